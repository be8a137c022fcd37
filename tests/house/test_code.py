"""Promises about how the code is written, kept by reading it."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import server_core
from tests.house.tree import ROOT, program_files, project_files, text_of

LINES = 400
FUNCTION_LINES = 40
# Where somebody works is nobody else's business, and a path that exists on one machine only.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+|farm)/|[A-Z]:\\Users\\")


@pytest.mark.parametrize("path", program_files(), ids=str)
def test_a_file_says_what_it_is_for_and_has_one_subject(path: Path) -> None:
    text = text_of(path)
    assert ast.get_docstring(ast.parse(text)), "opens without a docstring"
    assert len(text.splitlines()) <= LINES, f"longer than {LINES} lines; does it have one subject?"


@pytest.mark.parametrize("path", program_files(), ids=str)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in functions}
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", program_files(), ids=str)
def test_a_task_is_kept_and_its_error_heard(path: Path) -> None:
    """A bare ``create_task`` may be collected before it is done, and dies in silence."""
    statements = [
        node.value for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.Expr)
    ]
    bare = [
        call.lineno
        for call in statements
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("create_task", "ensure_future")
    ]
    assert bare == []


def test_no_dialog_blocks_the_loop() -> None:
    """Inside a dialog's own loop every other coroutine fails with "Cannot enter into task"."""
    app = [path for path in program_files() if path.parts[0] == "app"]
    assert [str(path) for path in app if re.search(r"\.exec_?\(", text_of(path))] == []


def test_no_part_of_the_window_reaches_another_thread() -> None:
    """Qt's objects may be made, used and destroyed on the window's thread alone."""
    threads = re.compile(r"\b(threading|concurrent|QThread\w*|QRunnable)\b")
    app = [path for path in program_files() if path.parts[0] == "app"]
    assert [str(path) for path in app if threads.search(text_of(path))] == []
    handed_over = [
        (str(path), call.lineno, argument)
        for path in app
        for call in ast.walk(ast.parse(text_of(path)))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("to_thread")
        for argument in map(ast.unparse, call.args)
    ]
    assert handed_over
    assert [found for found in handed_over if re.search(r"\b(self|lambda)\b", found[2])] == []


def test_nothing_in_the_tree_is_about_one_machine() -> None:
    found = [
        f"{path}:{number}"
        for path in project_files()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    assert found == []


def test_nothing_waits_to_be_done_later() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    assert [str(path) for path in program_files() if unfinished.search(text_of(path))] == []


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == server_core.__version__
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest and newest[1] == server_core.__version__
