"""The self-test: what it proves, how it tells, and that it leaves everybody's files alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from server_core import self_test
from server_core.self_test import Lacking, run_self_test

SECONDS = 60
CORE = {name for name, _ in self_test.CORE_CHECKS}
WINDOW = {"Qt", "fonts", "icons", "sample mail", "window"}


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["verdict"] for check in report["checks"]}


@pytest.mark.parametrize(
    ("module", "checks"), [("app", CORE | WINDOW), ("server_core.ctl.main", CORE)]
)
def test_both_programs_are_whole_and_touch_no_home(
    module: str, checks: set[str], tmp_path: Path
) -> None:
    out, home = tmp_path / "out.json", tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", module, "--self-test", f"--self-test-out={out}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "POSTROOM_HOME": str(home)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), out.read_text("utf-8")
    report = json.loads(out.read_text("utf-8"))
    assert report["passed"] and not report["packed"]
    found = verdicts(report)
    assert found.keys() == checks
    assert found.pop("credential store") == ("warning" if sys.platform == "linux" else "failed")
    assert found.pop("Kerberos") in ("passed", "warning")  # it is optional
    assert set(found.values()) == {"passed"}
    assert not home.exists()


def test_whatever_a_check_runs_into_is_a_failure_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken() -> str:
        raise ImportError("libgone.so is not here")

    assert run_self_test("postroom", (("sound", lambda: "yes"), ("broken", broken)), None) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["passed"]
    assert report["checks"] == [
        {"name": "sound", "verdict": "passed", "found": "yes"},
        {"name": "broken", "verdict": "failed", "found": "ImportError: libgone.so is not here"},
    ]


def test_what_one_can_do_without_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    def absent() -> str:
        raise Lacking("not here")

    assert run_self_test("postroom", (("absent", absent),), None) == 0
    assert verdicts(json.loads(capsys.readouterr().out)) == {"absent": "warning"}


def test_a_result_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_self_test("postroom", (), tmp_path / "nowhere" / "out.json") == 1
    assert "the result cannot be written" in capsys.readouterr().err


def test_a_credential_store_that_waits_for_somebody_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    somebody = threading.Event()
    monkeypatch.setattr(self_test, "_KEYRING_SECONDS", 0.05)
    monkeypatch.setattr(self_test, "_round_trip", lambda: str(somebody.wait(SECONDS)))
    try:
        run_self_test("postroom", self_test.CORE_CHECKS[-1:], None)
    finally:
        somebody.set()
    (check,) = json.loads(capsys.readouterr().out)["checks"]
    assert check["found"] == "the credential store waits for somebody to unlock it"
