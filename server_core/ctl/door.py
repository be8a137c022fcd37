"""One way to the facade: through the running server, else on the files themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from server_core.config.checking import check
from server_core.config.file import load
from server_core.config.model import Config
from server_core.control.client import connect
from server_core.control.verbs import VERBS
from server_core.ctl.outcome import Failed
from server_core.home import Home
from server_core.service import MailService


def ask(home: Home, verb: str, **arguments: object) -> Any:
    """Do one thing: the running server does it, else this process owns the home meanwhile."""
    require(home)
    client = connect(home)
    if client is None:
        return asyncio.run(_on_files(home, verb, arguments))
    with client:
        return client.call(verb, **arguments)


def current_config(home: Home) -> Config:
    """The configuration that runs, or that the file holds while no server runs."""
    require(home)
    client = connect(home)
    if client is not None:
        with client:
            return check(client.call("config_tree"))
    return load(home.config_file) if home.config_file.exists() else Config()


def require(home: Home) -> None:
    """Refuse to work in a folder that was never made a home."""
    if not home.is_made():
        raise Failed(f"there is no Postroom home in {home.root}; make one with: postroomctl init")


async def _on_files(home: Home, verb: str, arguments: Mapping[str, object]) -> Any:
    async with MailService(home).opened() as service:
        return await VERBS[verb].perform(service, arguments)
