"""The developer's script: every check counts, a half-made environment heals, errors are told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import dev


def test_every_check_runs_and_one_failure_fails_all(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    program = Path(sys.executable).name
    broken = dev.Step("broken", [program, "-c", "print('no good'); raise SystemExit(3)"])
    sound = dev.Step("sound", [program, "-c", "print('= 7 passed in 1s =')"])
    assert dev.check([broken, sound]) == 1
    *_, first, second, verdict = capfd.readouterr().out.splitlines()
    assert first.split()[:2] == ["broken", "FAILED"] and first.endswith("no good")
    assert second.split()[:2] == ["sound", "ok"] and second.endswith("7 passed in 1s")
    assert verdict == "1 of 2 checks failed"


def test_another_python_is_refused_in_a_sentence(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
    assert dev.main() == 2
    assert "needs Python 3.11, 3.12 or 3.13" in capfd.readouterr().err


def test_an_environment_without_its_stamp_is_not_taken_for_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[list[str]] = []
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(dev, "PYTHON", tmp_path / ".venv" / "python")
    monkeypatch.setattr(dev, "install_packages", lambda packages, purpose: None)

    def make(command: list[str], *, check: bool) -> None:
        made.append(command)
        dev.VENV.mkdir(exist_ok=True)
        dev.PYTHON.touch()

    monkeypatch.setattr("subprocess.run", make)
    dev.VENV.mkdir()
    (dev.VENV / "half").touch()
    dev.set_up()
    assert not (dev.VENV / "half").exists() and len(made) == 2
    dev.set_up()
    assert len(made) == 2
