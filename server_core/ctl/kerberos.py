"""postroomctl kerberos: whether the network's tickets can be accepted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from server_core.config.signing_in import Kerberos
from server_core.ctl.door import ask, current_config
from server_core.ctl.outcome import Failed, show_json
from server_core.ctl.verbs import add_group, add_json, add_verb
from server_core.events.views import KerberosView
from server_core.home import Home

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs


def add_to(verbs: Verbs) -> None:
    """Add ``kerberos`` with its verb."""
    group = add_group(verbs, "kerberos", "Ask about signing in with Kerberos (GSSAPI).")
    test = add_verb(group, "test", _test, "Say whether tickets can be accepted, and why not.")
    test.add_argument(
        "--principal", metavar="POP/HOST@REALM", help="try this one instead of the one configured"
    )
    test.add_argument(
        "--key-file", type=Path, metavar="FILE", help="try this one instead of the one configured"
    )
    add_json(test)


def _test(home: Home, options: argparse.Namespace) -> int:
    running = current_config(home).pop3.kerberos
    tried = running.model_dump()
    if options.principal is not None:
        tried["principal"] = options.principal
    if options.key_file is not None:
        # The server may stand in another folder.
        tried["key_file"] = str(options.key_file.absolute())
    try:
        settings = Kerberos.model_validate(tried)
    except ValidationError as problem:
        raise Failed(f"the principal cannot be used: {problem.errors()[0]['msg']}") from None
    view: KerberosView = ask(home, "test_kerberos", kerberos=settings)
    if options.json:
        show_json(view)
    else:
        print(view.sentence)
        for principal in view.principals:
            print(f"  {principal}")
    return 0 if view.ok else 1
