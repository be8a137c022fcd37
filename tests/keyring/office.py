"""Run as a program inside a session: a home that keeps the passwords of ann and bob.

``python -m tests.keyring.office HOME``
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.signing_in import Method, Secrets
from server_core.home import Home
from server_core.service import MailService
from tests.faults.conversation import PASSWORD


async def furnish(home: Home) -> None:
    """Make the home and its accounts; the key lies wherever Postroom puts it by itself."""
    home.prepare()
    listener = Listener(name="pop3", address="127.0.0.1:0", security=Security.NONE)
    secrets = Secrets(keep_for=(Method.CRAM_MD5,))
    save(home.config_file, Config(pop3=Pop3(listeners=(listener,), secrets=secrets)))
    async with MailService(home).opened() as service:
        for name in ("ann@example.org", "bob@example.org"):
            await service.add_account(name, PASSWORD)


if __name__ == "__main__":
    asyncio.run(furnish(Home(Path(sys.argv[1]))))
