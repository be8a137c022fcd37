"""postroomctl account: who may sign in."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from typing import TYPE_CHECKING

from server_core.ctl import account_terms
from server_core.ctl.door import ask
from server_core.ctl.outcome import Failed, moment, show_json, show_table
from server_core.ctl.verbs import add_group, add_json, add_verb
from server_core.events.views import AccountView
from server_core.home import Home
from server_core.service import MailService

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs

# No 0, o, 1, l or i: people copy this from a screen. Sixteen of 31 letters are 79 bits.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def add_to(verbs: Verbs) -> None:
    """Add ``account`` and its verbs."""
    group = add_group(verbs, "account", "Look after the accounts.")
    add = add_verb(group, "add", _add, "Add an account.")
    listing = add_verb(group, "list", _list, "List the accounts.")
    password = add_verb(group, "set-password", _set_password, "Give an account a new password.")
    enable = add_verb(group, "enable", _enable, "Let a suspended account sign in again.")
    disable = add_verb(group, "disable", _disable, "Suspend an account and end its sessions.")
    remove = add_verb(group, "remove", _remove, "Remove an account with all its mail.")
    for parser in (add, password, enable, disable, remove):
        parser.add_argument("name", metavar="NAME", help="user@domain, or user")
    for parser in (add, password):
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        how.add_argument("--generate", action="store_true", help="make a password and print it")
    for parser in (add, password):
        parser.add_argument(
            "--allow-weak", action="store_true", help="take a password of less than 8 characters"
        )
    add_json(listing)
    account_terms.add_to(group)


def _add(home: Home, options: argparse.Namespace) -> int:
    password = _password(options)
    view: AccountView = ask(
        home,
        "add_account",
        name=options.name,
        password=password,
        allow_weak=options.allow_weak,
    )
    _tell_notes(password)
    print(f"added {view.name}")
    if options.generate:
        print(f"password {password}")
    elif password is None:
        print(f"nobody can sign in before: postroomctl account set-password {view.name}")
    return 0


def _list(home: Home, options: argparse.Namespace) -> int:
    views: tuple[AccountView, ...] = ask(home, "accounts")
    if options.json:
        show_json(views)
        return 0
    show_table(
        ("NAME", "STATE", "MESSAGES", "OCTETS", "LAST SIGN-IN"),
        (
            (view.name, _state(view), view.messages, view.octets, moment(view.last_sign_in))
            for view in views
        ),
    )
    return 0


def _set_password(home: Home, options: argparse.Namespace) -> int:
    password = _password(options)
    if password is None:
        password = getpass.getpass("New password: ")
        if not password:
            raise Failed("the password is empty")
    ask(
        home,
        "set_password",
        name=options.name,
        password=password,
        allow_weak=options.allow_weak,
    )
    _tell_notes(password)
    if options.generate:
        print(f"password {password}")
    return 0


def _enable(home: Home, options: argparse.Namespace) -> int:
    ask(home, "set_enabled", name=options.name, enabled=True)
    return 0


def _disable(home: Home, options: argparse.Namespace) -> int:
    ask(home, "set_enabled", name=options.name, enabled=False)
    return 0


def _remove(home: Home, options: argparse.Namespace) -> int:
    ask(home, "remove_account", name=options.name)
    return 0


def _password(options: argparse.Namespace) -> str | None:
    if options.generate:
        letters = "".join(secrets.choice(_LETTERS) for _ in range(16))
        return "-".join(letters[start : start + 4] for start in range(0, 16, 4))
    if not options.password_stdin:
        return None
    try:
        password = sys.stdin.buffer.readline().rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        raise Failed("the password on standard input is not UTF-8") from None
    if not password:
        raise Failed("the password on standard input is empty")
    return password


def _tell_notes(password: str | None) -> None:
    for note in MailService.password_notes(password or ""):
        print(f"note: {note}", file=sys.stderr)


def _state(view: AccountView) -> str:
    if not view.enabled:
        return "suspended"
    if view.expired:
        return "expired"
    if view.locked_until:
        return "locked"
    return "active" if view.has_password else "no password"
