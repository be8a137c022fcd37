"""The developer's script: every check counts, a half-made environment heals, errors are told."""

from __future__ import annotations

import subprocess
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

    def make(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        made.append(command)
        dev.VENV.mkdir(exist_ok=True)
        dev.PYTHON.touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("subprocess.run", make)
    dev.VENV.mkdir()
    (dev.VENV / "half").touch()
    dev.set_up()
    assert not (dev.VENV / "half").exists() and len(made) == 3
    dev.set_up()
    assert len(made) == 3


def test_the_set_up_does_without_kerberos_where_it_cannot_be_built(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "install_packages", lambda packages, purpose: None)
    dev.add_kerberos([sys.executable, "-c", "raise SystemExit('no compiler')"])
    assert "going on without Kerberos, which could not be built: " in capfd.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="Debian's own matter")
def test_services_of_packages_are_kept_off_while_they_are_installed(tmp_path: Path) -> None:
    rule = tmp_path / "policy-rc.d"
    script = dev.WITHOUT_SERVICES.replace("/usr/sbin/policy-rc.d", str(rule))
    command = ["sh", "-c", script, "sh", "sh", "-c", f"{rule}; echo refused with $?"]
    for kept in (False, True):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert done.stdout == "refused with 101\n"
        assert rule.exists() is kept
        rule.write_text("#!/bin/sh\nexit 101\n")
        rule.chmod(0o755)
