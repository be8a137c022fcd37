"""postroomctl log: where entries go and how that is going, and conversations line by line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from server_core.ctl.door import ask
from server_core.ctl.outcome import Failed, moment, show_json, show_table
from server_core.ctl.verbs import add_group, add_json, add_verb
from server_core.events.log_views import CaptureKind, CaptureView, LogPlaceView
from server_core.home import Home

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs

_MINUTES = 15


def add_to(verbs: Verbs) -> None:
    """Add ``log`` with its verbs."""
    group = add_group(verbs, "log", "Look after the log of the running server.")
    places = add_verb(group, "places", _places, "Say how every destination of the log is doing.")
    test = add_verb(group, "test", _test, "Send a test entry to one destination.")
    test.add_argument("name", metavar="NAME", help="as in postroomctl log places")
    capture = add_verb(
        group, "capture", _capture, "Log every line of some conversations for a while."
    )
    kinds = [kind.value for kind in CaptureKind]
    capture.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    capture.add_argument(
        "value",
        metavar="VALUE",
        help="an account, failed sign-ins too, an address or a session's ID",
    )
    capture.add_argument(
        "--minutes", type=_minutes, default=_MINUTES, metavar="N", help="for how long (else 15)"
    )
    captures = add_verb(group, "captures", _captures, "List the captures that run.")
    stop = add_verb(group, "stop-capture", _stop, "End a capture.")
    stop.add_argument("number", type=int, metavar="N", help="as in postroomctl log captures")
    for parser in (places, test, capture, captures):
        add_json(parser)


def _places(home: Home, options: argparse.Namespace) -> int:
    views: tuple[LogPlaceView, ...] = ask(home, "log_places")
    if options.json:
        show_json(views)
    else:
        show_table(
            ("DESTINATION", "WRITTEN", "WAITING", "LOST", "PROBLEM"),
            (
                (view.name, view.written, view.waiting, view.lost, view.problem or "-")
                for view in views
            ),
        )
    return 0


def _test(home: Home, options: argparse.Namespace) -> int:
    view: LogPlaceView = ask(home, "try_log_place", name=options.name)
    if options.json:
        show_json(view)
    if view.problem:
        raise Failed(f"{view.name}: {view.problem}; the test entry waits")
    if not options.json:
        print(f"{view.name}: the test entry was sent")
    return 0


def _capture(home: Home, options: argparse.Namespace) -> int:
    view: CaptureView = ask(
        home,
        "capture",
        kind=options.kind,
        value=options.value,
        seconds=60.0 * options.minutes,
    )
    if options.json:
        show_json(view)
    else:
        print(f"capture {view.number}: {view.kind} {view.value} until {moment(view.until)}")
    return 0


def _captures(home: Home, options: argparse.Namespace) -> int:
    views: tuple[CaptureView, ...] = ask(home, "captures")
    if options.json:
        show_json(views)
    else:
        show_table(
            ("N", "KIND", "OF", "UNTIL", "LINES"),
            (
                (view.number, view.kind, view.value, moment(view.until), view.lines)
                for view in views
            ),
        )
    return 0


def _stop(home: Home, options: argparse.Namespace) -> int:
    if not ask(home, "stop_capture", number=options.number):
        raise Failed(f"no capture {options.number} runs")
    return 0


def _minutes(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write a number of minutes") from None
