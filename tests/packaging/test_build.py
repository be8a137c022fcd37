"""The build script: a bundle that is not whole is no bundle, and every failure is a sentence."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tests.packaging.tools import build

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs are shell scripts here")


def program(folder: Path, report: dict[str, object] | None, status: int) -> Path:
    """A program that answers its self-test with this."""
    result = folder / "result.json"
    result.write_text(json.dumps(report), "utf-8")
    copy = f'cp {result} "${{2#--self-test-out=}}"' if report is not None else ":"
    file = folder / "postroom"
    file.write_text(f"#!/bin/sh\n{copy}\nexit {status}\n", "utf-8")
    file.chmod(0o755)
    return file


def report(**changed: object) -> dict[str, object]:
    return {"version": build.VERSION, "packed": True, "passed": True, "checks": [], **changed}


def test_a_whole_program_is_accepted_and_its_warnings_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warning = {"name": "credential store", "verdict": "warning", "found": "none"}
    build.self_test(program(tmp_path, report(checks=[warning]), 0))
    assert "warning: credential store: none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (report(passed=False), 1, "failed"),
        (report(), 1, "failed"),
        (report(version="0.0.1"), 0, "is 0.0.1"),
        (report(packed=False), 0, "packed: False"),
        (None, 134, "ended with 134 and left no result"),
    ],
)
def test_a_program_that_is_not_whole_is_refused(
    answer: dict[str, object] | None, status: int, words: str, tmp_path: Path
) -> None:
    with pytest.raises(build.CannotBuild, match=words):
        build.self_test(program(tmp_path, answer, status))


def test_a_file_of_resources_that_was_left_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "_internal/resources").mkdir(parents=True)
    with pytest.raises(build.CannotBuild, match=r"left out of the bundle: .*style/tokens\.toml"):
        build.prove(tmp_path)


def test_without_pyinstaller_the_way_to_it_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(build.ROOT)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["build.py", "bundle"])
    assert build.main() == 1
    assert "python3 dev.py package sees to that" in capsys.readouterr().err


def test_a_tool_that_fails_is_named_with_its_command() -> None:
    with pytest.raises(build.CannotBuild, match=r"false: .*exit status 1"):
        build.run(["false"])
