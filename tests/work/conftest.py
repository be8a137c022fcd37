"""The counts are shown in every summary, so that what grows by little is seen to grow."""

from __future__ import annotations

import pytest

from tests.work.verdict import Verdict

COUNTED: list[Verdict] = []


@pytest.fixture
def counted() -> list[Verdict]:
    """What goes to the summary."""
    return COUNTED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Every count beside its baseline."""
    if COUNTED:
        terminalreporter.section("work a session costs")
        for verdict in COUNTED:
            terminalreporter.line(str(verdict))
