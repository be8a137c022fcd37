"""postroomctl rules, ban: who gets in, and who is kept out for a while."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from server_core.ctl.door import ask
from server_core.ctl.outcome import Failed, moment, show_json, show_table
from server_core.ctl.verbs import add_group, add_json, add_verb
from server_core.events.health import Step, StepState
from server_core.events.views import BanView, Trial
from server_core.home import Home

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs

_DURATION = re.compile(r"([1-9]\d{0,8})([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_BY_HAND = "by hand"
_MARKS = {
    StepState.OK: "ok",
    StepState.ATTENTION: "look",
    StepState.OBSTACLE: "STOP",
    StepState.UNKNOWN: "?",
}


def add_to(verbs: Verbs) -> None:
    """Add ``rules`` and ``ban`` with their verbs."""
    rules = add_group(verbs, "rules", "Ask the access rules.")
    test = add_verb(rules, "test", _test, "Say whether an address may connect, and why.")
    test.add_argument("address", metavar="ADDRESS")
    test.add_argument("--listener", metavar="NAME", required=True)
    why = add_verb(rules, "why", _why, "Say why somebody can or cannot sign in.")
    why.add_argument("account", metavar="ACCOUNT")
    why.add_argument("--from", dest="address", metavar="ADDRESS", default="")
    why.add_argument("--listener", metavar="NAME", default="")
    bans = add_group(verbs, "ban", "Look after the bans.")
    listing = add_verb(bans, "list", _list, "List the bans in force.")
    ban = add_verb(bans, "add", _add, "Keep an address or network out, at once.")
    unban = add_verb(bans, "remove", _remove, "Let an address in again, at once.")
    for parser in (ban, unban):
        parser.add_argument("address", metavar="ADDRESS")
    ban.add_argument(
        "--for",
        dest="seconds",
        type=_seconds,
        metavar="DURATION",
        help="like 90s, 30m, 12h or 7d; for ever when it is left out",
    )
    ban.add_argument("--why", metavar="TEXT", default=_BY_HAND)
    for parser in (test, why, listing, ban, unban):
        add_json(parser)


def _test(home: Home, options: argparse.Namespace) -> int:
    trial: Trial = ask(home, "try_address", address=options.address, listener=options.listener)
    if options.json:
        show_json(trial)
    else:
        print(trial.sentence)
    return 0 if trial.admitted else 1


def _why(home: Home, options: argparse.Namespace) -> int:
    steps: tuple[Step, ...] = ask(
        home,
        "explain_sign_in",
        account=options.account,
        address=options.address,
        listener=options.listener,
    )
    if options.json:
        show_json(steps)
    else:
        show_table(("", "STEP", "FOUND"), chain.from_iterable(map(_rows, steps)))
    return 1 if steps[-1].state is StepState.OBSTACLE else 0


def _rows(step: Step) -> Iterator[tuple[str, str, str]]:
    """A step, and its details unless all is well with it; of failures they are always told."""
    yield _MARKS[step.state], step.what, step.sentence
    if step.state is not StepState.OK or step.id == "failures":
        yield from (("", "", detail) for detail in step.details)


def _list(home: Home, options: argparse.Namespace) -> int:
    views: tuple[BanView, ...] = ask(home, "bans")
    if options.json:
        show_json(views)
        return 0
    show_table(
        ("ADDRESS", "KIND", "SINCE", "UNTIL", "BLOCKED", "WHY"),
        (
            (
                *(view.address, view.kind, moment(view.since), _end(view)),
                *(view.blocked, view.why),
            )
            for view in views
        ),
    )
    return 0


def _add(home: Home, options: argparse.Namespace) -> int:
    view: BanView = ask(
        home, "ban", address=options.address, seconds=options.seconds, why=options.why
    )
    if options.json:
        show_json(view)
    else:
        print(f"{view.address} is banned {'until ' * bool(view.until)}{_end(view)}")
    return 0


def _remove(home: Home, options: argparse.Namespace) -> int:
    lifted: bool = ask(home, "unban", address=options.address)
    if options.json:
        show_json({"address": options.address, "lifted": lifted})
    if not lifted:
        raise Failed(f"{options.address} is not banned")
    return 0


def _end(view: BanView) -> str:
    return moment(view.until) if view.until else "for ever"


def _seconds(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("write a duration like 90s, 30m, 12h or 7d")
    return int(found[1]) * _SECONDS[found[2]]
