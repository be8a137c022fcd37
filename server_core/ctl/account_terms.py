"""postroomctl account show and set: what one account may do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python

from server_core.config.account_terms import AccountTerms
from server_core.config.schema import Setting, Unit, settings_of
from server_core.ctl.door import ask
from server_core.ctl.outcome import Failed, moment, show_json
from server_core.ctl.verbs import add_json, add_verb
from server_core.events.views import AccountView, MethodReadiness
from server_core.home import Home
from server_core.wording import counted

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs

_NEVER, _ALL, _DEFAULT = "never", "all", "default"
# What is meant when a setting says nothing of its own.
_UNSAID = {
    "aliases": "none",
    "expires": _NEVER,
    "notes": "none",
    "connections": "as the server",
    "delay": "as the server",
    "methods": _ALL,
    "networks": _ALL,
    "listeners": _ALL,
}


def add_to(group: Verbs) -> None:
    """Add ``show`` and ``set`` to the verbs of ``account``."""
    show = add_verb(group, "show", _show, "Show an account and what it may do.")
    change = add_verb(group, "set", _set, "Change what an account may do.")
    for parser in (show, change):
        parser.add_argument("name", metavar="NAME", help="user@domain, or user")
    add_json(show)
    add = change.add_argument
    add("--full-name", metavar="TEXT", help="whose account it is")
    names = change.add_mutually_exclusive_group()
    names.add_argument(
        "--alias",
        metavar="ADDRESS",
        dest="aliases",
        action="append",
        help="another sign-in name; give all of them, each with --alias",
    )
    names.add_argument("--no-aliases", action="store_true", help="no other sign-in names")
    add("--expires", metavar="DATE", help=f"2026-12-31, '2026-12-31 18:00' or {_NEVER}")
    add("--methods", metavar="LIST", help=f"the only methods, with commas, or {_ALL}")
    add("--networks", metavar="LIST", help=f"the only addresses, with commas, or {_ALL}")
    add("--listeners", metavar="LIST", help=f"the only listeners, with commas, or {_ALL}")
    add("--connections", metavar="N", help=f"sessions at the same time, 0: any, or {_DEFAULT}")
    add("--delay", metavar="SECONDS", help=f"time between sign-ins, 0: none, or {_DEFAULT}")
    add("--notes", metavar="TEXT", help="for whoever looks after the accounts")


def _set(home: Home, options: argparse.Namespace) -> int:
    edits = dict(_edits(options))
    if not edits:
        raise Failed("nothing to change; see: postroomctl account set --help")
    view: AccountView = ask(home, "edit_account", name=options.name, edits=edits)
    for warning in view.warnings:
        print(f"warning: {warning.text}", file=sys.stderr)
    return 0


def _edits(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """The settings that were given, as plain values."""
    for name in ("full_name", "aliases", "notes"):
        if (given := getattr(options, name)) is not None:
            yield name, given
    if options.no_aliases:
        yield "aliases", []
    if options.expires is not None:
        yield "expires", "" if options.expires == _NEVER else options.expires
    for name in ("methods", "networks", "listeners"):
        if (given := getattr(options, name)) is not None:
            parts = [part.strip() for part in given.split(",")]
            yield name, [] if given == _ALL else [part for part in parts if part]
    for name in ("connections", "delay"):
        if (given := getattr(options, name)) is not None:
            yield name, None if given == _DEFAULT else _number(given)


def _number(text: str) -> int | str:
    """The number; what is none is left for the check, which says what may be written."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _show(home: Home, options: argparse.Namespace) -> int:
    view: AccountView = ask(home, "account", name=options.name)
    readiness: tuple[MethodReadiness, ...] = ask(home, "readiness", account=view.name)
    if options.json:
        show_json(to_jsonable_python(view) | {"readiness": readiness})
        return 0
    lines = [*_lines(view), ("ready for", ", ".join(x.method for x in readiness if x.ready) or "-")]
    lines += [(f"not {x.method}", x.reason) for x in readiness if not x.ready]
    lines += [("warning", warning.text) for warning in view.warnings]
    width = max(len(title) for title, _ in lines)
    for title, text in lines:
        print(f"{title.ljust(width)}  {text}".rstrip())
    return 0


def _lines(view: AccountView) -> Iterator[tuple[str, str]]:
    yield "name", view.name
    yield "full name", view.full_name or "-"
    yield "state", view.sentence
    yield "mailbox", f"{counted(view.messages, 'message')}, {view.octets} octets"
    yield "last sign-in", moment(view.last_sign_in)
    for declared in settings_of(AccountTerms):
        value = getattr(view.terms, declared.name)
        yield declared.title.lower(), _spoken(declared, value)


def _spoken(declared: Setting, value: object) -> str:
    if value in ("", (), None):
        return _UNSAID[declared.name]
    if isinstance(value, tuple):
        return ", ".join(value)
    unit = " seconds" if declared.unit is Unit.SECONDS else ""
    return "no limit" if value == 0 else " ".join(f"{value}{unit}".split())
