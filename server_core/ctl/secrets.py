"""postroomctl secrets: kept passwords, and the key they are encrypted with."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from server_core.ctl.door import ask
from server_core.ctl.outcome import Failed, show_json
from server_core.ctl.verbs import add_group, add_json, add_verb
from server_core.events.views import SecretsState, SecretsView
from server_core.home import Home
from server_core.wording import counted

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs


def add_to(verbs: Verbs) -> None:
    """Add ``secrets`` with its verbs."""
    group = add_group(verbs, "secrets", "Look after kept passwords and their key.")
    status = add_verb(group, "status", _status, "Say where the key is and how it stands.")
    rotate = add_verb(group, "rotate", _rotate, "Encrypt every kept password with a new key.")
    retry = add_verb(group, "retry", _retry, "Read the key anew, as after unlocking a keyring.")
    for parser in (status, rotate, retry):
        add_json(parser)


def _status(home: Home, options: argparse.Namespace) -> int:
    _show(ask(home, "secrets_status"), options)
    return 0


def _rotate(home: Home, options: argparse.Namespace) -> int:
    _show(ask(home, "rotate_key"), options)
    return 0


def _retry(home: Home, options: argparse.Namespace) -> int:
    view: SecretsView = ask(home, "retry_vault")
    if options.json or view.state not in (SecretsState.LOCKED, SecretsState.REFUSED):
        _show(view, options)
        return 0
    raise Failed(view.sentence)


def _show(view: SecretsView, options: argparse.Namespace) -> None:
    if options.json:
        show_json(view)
        return
    place = f" in the {view.place}" if view.place else ""
    print(f"key{place}: {view.state}")
    print(f"passwords kept of {counted(view.kept, 'account')}, readable of {view.readable}")
    print(view.sentence)
