"""postroomctl sessions, kick, status: what the running server does."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from server_core.ctl.door import ask
from server_core.ctl.outcome import Failed, moment, show_json, show_table
from server_core.ctl.verbs import add_json, add_verb
from server_core.events.views import ServerStatus, SessionView
from server_core.home import Home
from server_core.wording import counted

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs


def add_to(verbs: Verbs) -> None:
    """Add the verbs."""
    add_json(add_verb(verbs, "sessions", _sessions, "List the open sessions."))
    kick = add_verb(verbs, "kick", _kick, "End a session; what it marked for deletion stays.")
    kick.add_argument("session", type=int, metavar="ID", help="as in postroomctl sessions")
    add_json(add_verb(verbs, "status", _status, "Say how the server is."))


def _sessions(home: Home, options: argparse.Namespace) -> int:
    views: tuple[SessionView, ...] = ask(home, "sessions")
    if options.json:
        show_json(views)
        return 0
    show_table(
        ("ID", "LISTENER", "CLIENT", "USER", "STATE", "SINCE", "RETRIEVED"),
        (
            (
                *(view.session, view.listener, view.peer, view.user or "-", view.state),
                *(moment(view.opened), view.retrieved),
            )
            for view in views
        ),
    )
    return 0


def _kick(home: Home, options: argparse.Namespace) -> int:
    if not ask(home, "disconnect", session=options.session):
        raise Failed(f"there is no session {options.session}")
    return 0


def _status(home: Home, options: argparse.Namespace) -> int:
    status: ServerStatus = ask(home, "status")
    if options.json:
        show_json(status)
        return 0
    print(f"{status.name}: {status.state}")
    print(f"home {status.home}")
    if status.started:
        print(f"since {moment(status.started)}, configuration revision {status.revision}")
    print(f"{counted(status.accounts, 'account')}, {counted(status.sessions, 'open session')}")
    for view in status.listeners:
        sentence = f": {view.sentence}" if view.sentence else ""
        print(f"listener {view.name} {view.address} {view.security}: {view.state}{sentence}")
    listed = {f"{view.name}: {view.sentence}" for view in status.listeners}
    for problem in status.problems:
        if problem not in listed:
            print(f"problem: {problem}")
    return 0
