"""postroomctl selftest: whether the server works, what does not, and a listener step by step."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from server_core.ctl.door import ask
from server_core.ctl.outcome import show_json
from server_core.ctl.verbs import add_json, add_verb
from server_core.events.health import Finding, FindingState, ProbeStep, milliseconds
from server_core.health.report import report
from server_core.home import Home

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs

_WIDTH = max(map(len, FindingState))


def add_to(verbs: Verbs) -> None:
    """Add ``selftest``."""
    test = add_verb(verbs, "selftest", _selftest, "Check that the server works, part by part.")
    test.add_argument("--listener", metavar="NAME", help="try this listener only, step by step")
    shape = test.add_mutually_exclusive_group()
    shape.add_argument("--report", action="store_true", help="print a report with all details")
    shape.add_argument(
        "--short-report",
        action="store_true",
        help="the same with names and addresses shortened, to hand on",
    )
    add_json(test)


def _selftest(home: Home, options: argparse.Namespace) -> int:
    if options.listener is not None:
        return _listener(home, options)
    findings: tuple[Finding, ...] = ask(home, "check_health")
    if options.json:
        show_json(findings)
    elif options.report or options.short_report:
        print(report(findings, str(home.root), shortened=options.short_report), end="")
    else:
        _show(findings)
    return 1 if any(one.state is FindingState.PROBLEM for one in findings) else 0


def _listener(home: Home, options: argparse.Namespace) -> int:
    steps: tuple[ProbeStep, ...] = ask(home, "visit_listener", name=options.listener)
    if options.json:
        show_json(steps)
    else:
        for step in steps:
            state = "not tried" if step.skipped else "ok" if step.passed else "failed"
            spent = milliseconds(step.seconds)
            print(f"  {state.ljust(9)}  {step.name}: {step.words} ({spent} ms)")
            for line in step.noted:
                print(f"             the server: {line}")
    return 0 if steps[-1].passed else 1


def _show(findings: tuple[Finding, ...]) -> None:
    group = ""
    for one in findings:
        if one.group != group:
            print(group := one.group)
        subject = f" ({one.subject})" if one.subject else ""
        print(f"  {one.state.ljust(_WIDTH)}  {one.what}{subject}: {one.sentence}")
