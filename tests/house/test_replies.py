"""Promises about replies: whatever the server says to a client, it can say in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from server_core.protocol.languages import DEFAULT, LANGUAGES
from server_core.protocol.languages.language import Language
from tests.house.tree import program_files, text_of

PLACEHOLDER = re.compile(r"%[sd]")
TRANSLATED = [language for language in LANGUAGES if language.texts]


def _trees() -> list[tuple[Path, ast.Module]]:
    files = [path for path in program_files() if path.parts[0] == "server_core"]
    return [(path, ast.parse(text_of(path))) for path in files]


def _named(tree: ast.Module) -> dict[str, ast.expr]:
    """Names and what they stand for."""
    return {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _spoken(tree: ast.Module) -> Iterator[ast.expr]:
    """What is given to whatever takes a text for clients."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("CommandError" | "Reply"), args=[text, *_]):
                yield text
            case ast.Call(func=ast.Attribute(attr="abandon"), args=[text, *_]):
                yield text
            case ast.Call(func=ast.Attribute(ast.Name("session"), "words"), args=[text, *_]):
                yield text


def _texts(expression: ast.expr, named: dict[str, ast.expr]) -> set[str]:
    """The texts an expression may be; KeyError when nobody can read that off the code."""
    match expression:
        case ast.Constant(str(text)):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            return _texts(one, named) | _texts(other, named)
        case ast.JoinedStr(values=parts):  # values for machines: no letter of it may be ours
            fixed = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
            return {fixed} if any(map(str.isalpha, fixed)) else set()
        case ast.Attribute(attr="text"):  # passed on by the engine
            return set()
        case ast.Name(name):
            return _texts(named[name], named)
    raise KeyError(ast.unparse(expression))


@cache
def _all_texts() -> frozenset[str]:
    """Every text for people that the program may say to a client."""
    trees = _trees()
    shared = {n: t for _, tree in trees for n, t in _named(tree).items() if n.isupper()}
    found: set[str] = set()
    for path, tree in trees:
        named = shared | _named(tree)
        if path.name == "engine.py":
            named["text"] = ast.Constant("Server shutting down")  # what it is told to end with
        for expression in _spoken(tree):
            found |= _texts(expression, named)
    return frozenset(found)


def test_the_texts_are_found_in_the_code() -> None:
    assert {"Send PASS", "Mailbox is in use", "Message %d is deleted"} <= _all_texts()
    assert len(_all_texts()) > 45


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda language: language.tag)
def test_a_language_has_every_text_and_no_other(language: Language) -> None:
    assert language.texts.keys() == _all_texts()


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda language: language.tag)
def test_a_text_has_its_placeholders_fits_a_line_and_looks_like_no_code(
    language: Language,
) -> None:
    for english, text in language.texts.items():
        assert PLACEHOLDER.findall(text) == PLACEHOLDER.findall(english), english
        assert text.isprintable() and text == text.strip() and not text.startswith("[")
        assert len(text.encode()) <= 300, english
        assert "%" not in PLACEHOLDER.sub("", text), english


def test_languages_have_tags_and_names_of_their_own_and_the_default_is_first() -> None:
    assert LANGUAGES[0] is DEFAULT
    assert len({language.tag for language in LANGUAGES}) == len(LANGUAGES)
    assert all(language.name and language.tag == language.tag.lower() for language in LANGUAGES)


def test_what_is_said_before_a_language_is_chosen_is_ascii() -> None:
    assert all(text.isascii() for text in _all_texts())
