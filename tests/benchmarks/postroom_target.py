"""Postroom as it ships: ``postroomctl serve`` on a home with real accounts and the real store."""

from __future__ import annotations

import asyncio
import io
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from server_core import __version__
from server_core.accounts.directory import Directory
from server_core.config.admission import Flow
from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.home import Home
from server_core.service import MailService
from server_core.store.backend import Incoming
from tests.benchmarks.mailboxes import PASSWORD, Population
from tests.benchmarks.process_tree import ProcessTree
from tests.benchmarks.target import TargetFailed, bounded

_PATIENCE = 30
# The load comes from few addresses, as a whole office behind one router would.
_FLOW = Flow(max_connections=0, max_connections_per_peer=0, max_new=0, max_new_per_peer=0)
_LISTENERS = (
    Listener(name="pop3", address="127.0.0.1:0", security=Security.STARTTLS),
    Listener(name="pop3s", address="127.0.0.1:0", security=Security.TLS),
)


class PostroomTarget:
    """Postroom, headless, everything at its default but the ports."""

    name = "Postroom"
    argon2_prefix = ""

    def __init__(self, folder: Path) -> None:
        self._home = Home(folder / "home")
        self._log = folder / "log"
        self._process: subprocess.Popen[str] | None = None
        self._store_ids: dict[str, str] = {}
        self.port = self.tls_port = 0

    def versions(self) -> str:
        """Version, Python and session loop's library."""
        return f"{__version__} on Python {platform.python_version()}; Argon2id accounts"

    def prepare(self, population: Population) -> None:
        """Make the home through the facade, as window and console do."""
        self._home.prepare()
        save(self._home.config_file, Config(pop3=Pop3(listeners=_LISTENERS, flow=_FLOW)))
        asyncio.run(self._fill(population))

    async def _fill(self, population: Population) -> None:
        async with MailService(self._home).opened() as service:
            for group in population.groups():
                users = group.everybody()
                await asyncio.gather(*(service.add_account(user, PASSWORD) for user in users))
                for user in users:
                    mail = (Incoming(io.BytesIO(octets)) for octets in group.messages(user))
                    await service.deliver(user, mail)
        directory = Directory(self._home.accounts_file, remember=0)
        for account in directory.list():
            self._store_ids[account.name.partition("@")[0]] = account.store_id
        directory.close()

    def start(self) -> ProcessTree:
        """Serve until ``stop``; the ports are where it says it is ready."""
        program = shutil.which("postroomctl", path=str(Path(sys.executable).parent))
        if program is None:
            raise TargetFailed("postroomctl is not installed beside this Python")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "--home", str(self._home.root), "serve"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        ports: dict[str, int] = {}
        with bounded(self._process, _PATIENCE):
            while len(ports) < len(_LISTENERS):
                words = self._process.stdout.readline().split()
                if not words:
                    self.stop()
                    raise TargetFailed(f"Postroom did not start: {self._log.read_text()[-500:]}")
                if words[0] == "ready":
                    ports[words[1]] = int(words[2].rpartition(":")[2])
        self.port, self.tls_port = ports["pop3"], ports["pop3s"]
        return ProcessTree(self._process.pid)

    def stop(self) -> None:
        """SIGTERM, and the end is waited for."""
        if self._process is None:
            return
        with self._process as process, bounded(process, _PATIENCE):
            process.terminate()
        self._process = None

    def mail_folder(self, user: str) -> Path:
        """The mailbox's folder, found by the name of its account."""
        return self._home.mail / self._store_ids[user]

    def forget_index(self, user: str) -> None:
        """Nothing to do: a mailbox is indexed as mail comes in, not when it is read."""
