"""postroomctl selftest: whether the server works, and what does not."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from server_core.ctl.door import ask
from server_core.ctl.outcome import show_json
from server_core.ctl.verbs import add_json, add_verb
from server_core.events.health import Finding, FindingState
from server_core.home import Home

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs

_WIDTH = max(map(len, FindingState))


def add_to(verbs: Verbs) -> None:
    """Add ``selftest``."""
    test = add_verb(verbs, "selftest", _selftest, "Check that the server works, part by part.")
    add_json(test)


def _selftest(home: Home, options: argparse.Namespace) -> int:
    findings: tuple[Finding, ...] = ask(home, "check_health")
    if options.json:
        show_json(findings)
    else:
        _show(findings)
    return 1 if any(one.state is FindingState.PROBLEM for one in findings) else 0


def _show(findings: tuple[Finding, ...]) -> None:
    group = ""
    for one in findings:
        if one.group != group:
            print(group := one.group)
        subject = f" ({one.subject})" if one.subject else ""
        print(f"  {one.state.ljust(_WIDTH)}  {one.what}{subject}: {one.sentence}")
