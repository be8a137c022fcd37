"""postroomctl init: a new home with a first configuration."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server_core.config.checking import check
from server_core.config.draft import ConfigRejected
from server_core.config.file import save
from server_core.config.model import Security
from server_core.ctl.outcome import Failed, first_problem
from server_core.ctl.verbs import add_verb
from server_core.home import Home

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs


def add_to(verbs: Verbs) -> None:
    """Add ``init``."""
    init = add_verb(verbs, "init", _init, "Make a home with a first configuration.")
    init.add_argument("--domain", metavar="D", help="completes sign-in names without @domain")
    init.add_argument(
        "--listen",
        action="append",
        default=[],
        metavar=f"ADDR:PORT[/{'|'.join(Security)}]",
        help="where clients connect; may be given more than once",
    )


def _init(home: Home, options: argparse.Namespace) -> int:
    tree: dict[str, Any] = {"server": {}, "pop3": {}}
    if options.domain is not None:
        tree["server"]["primary_domain"] = options.domain
    if options.listen:
        tree["pop3"]["listeners"] = _listeners(options.listen)
    try:
        config = check(tree)
    except ConfigRejected as rejected:
        raise Failed(first_problem(rejected)) from None
    home.prepare()
    with home.lock():
        _refuse_to_overwrite(home.config_file)
        save(home.config_file, config)
    print(f"made {home.root}")
    return 0


def _refuse_to_overwrite(file: Path) -> None:
    if file.exists():
        raise Failed(f"{file} exists already; change it with: postroomctl config set KEY VALUE")


def _listeners(texts: list[str]) -> list[dict[str, str]]:
    """Entries with a name each: pop3s for implicit TLS, else pop3; numbered from the second."""
    entries: list[dict[str, str]] = []
    for text in texts:
        address, _, security = text.partition("/")
        security = security or Security.STARTTLS
        base = "pop3s" if security == Security.TLS else "pop3"
        names = {entry["name"] for entry in entries}
        free = (base, *(f"{base}-{number}" for number in range(2, len(texts) + 2)))
        name = next(name for name in free if name not in names)
        entries.append({"name": name, "address": address, "security": security})
    return entries
