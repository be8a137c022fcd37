"""How hard a password is to guess, in a word, as far as people's habits are known."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.forms.words import tr

# Bits of an own choice, for a password that a person thought up.
LETTER, NEXT_LETTER, DIGIT, SIGN, CAPITAL, FOREIGN = 4.7, 2.5, 3.3, 5.0, 1.0, 7.0
# One of the words everybody takes, or one more step of a row like 1234, aaaa or qwerty.
USUAL, STEP = 6.0, 0.5
SHORT = 8
WEAK, FAIR, GOOD = 30.0, 44.0, 60.0
ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm")
COMMON = re.compile(
    r"passw(?:or[dt])?|kennwort|geheim|secret|admin|welcome|willkommen|hallo|hello|letmein|"
    r"summer|sommer|winter|test|login|postroom|mail"
)


class Strength(NamedTuple):
    """``state`` is attention, info or ok."""

    state: str
    text: str


def strength(password: str, name: str = "") -> Strength:
    """What to say about a password of the account ``name``; nothing about an empty one."""
    if not password:
        return Strength("info", "")
    return in_words(bits(password, name), short=len(password) < SHORT)


def in_words(bits_: float, *, short: bool = False) -> Strength:
    """So many bits in words."""
    if short or bits_ < WEAK:
        return Strength("attention", tr("Weak: easily guessed"))
    if bits_ < FAIR:
        return Strength("info", tr("Fair: longer would be better"))
    if bits_ < GOOD:
        return Strength("ok", tr("Good"))
    return Strength("ok", tr("Strong"))


def bits(password: str, name: str = "") -> float:
    """How many yes-or-no questions a guesser who knows people needs, roughly."""
    known, total = password.casefold(), 0.0
    for part in {part for part in re.split(r"[@.\-_]", name.casefold()) if len(part) > 2}:
        total += USUAL * min(known.count(part), 1)
        known = known.replace(part, "")
    total += USUAL * len(set(COMMON.findall(known)))
    known = COMMON.sub("", _unit(known))
    capitals = sum(character.isupper() for character in password[1:])
    return (
        total
        + CAPITAL * min(capitals, 6)
        + sum(
            _cost(known[place - 1] if place else "", character)
            for place, character in enumerate(known)
        )
    )


def _unit(text: str) -> str:
    """What is repeated, when the text is nothing else: abc of abcabcabc."""
    place = (text + text).find(text, 1) if text else 0
    return text[:place]


def _cost(before: str, character: str) -> float:
    if before and (before == character or any(_follow(row, before, character) for row in ROWS)):
        return STEP
    if character.isascii() and character.isalpha():
        return NEXT_LETTER if before.isalpha() else LETTER
    if not character.isascii():
        return FOREIGN if not before.isalpha() else NEXT_LETTER
    return DIGIT if character.isdigit() else SIGN


def _follow(row: str, before: str, character: str) -> bool:
    return before + character in row or character + before in row
