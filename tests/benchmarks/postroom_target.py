"""Postroom as it ships: ``postroomctl serve`` on a home with real accounts and the real store."""

from __future__ import annotations

import asyncio
import io
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from server_core import __version__
from server_core.accounts.directory import Directory
from server_core.config.admission import Flow
from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security, Server
from server_core.control.client import ControlClient, connect
from server_core.home import Home
from server_core.service import MailService
from server_core.store.backend import Incoming
from tests.benchmarks.mailboxes import PASSWORD, Group, Population
from tests.benchmarks.process_tree import ProcessTree
from tests.benchmarks.target import Deliver, TargetFailed, bounded

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
    on_arrival = b""

    def __init__(self, folder: Path) -> None:
        self.prefixes: Mapping[str, str] = {}
        self._home = Home(folder / "home")
        self._log = folder / "log"
        self._process: subprocess.Popen[str] | None = None
        self._store_ids: dict[str, str] = {}
        self.port = self.tls_port = self.resuming_port = 0

    def versions(self) -> str:
        """Version, Python and session loop's library."""
        return f"{__version__} on Python {platform.python_version()}; Argon2id accounts"

    def prepare(self, population: Population, *, bystanders: int = 0) -> None:
        """Make the home through the facade, as window and console do.

        Bystanders are more accounts, which nobody signs in to.
        """
        self._home.prepare()
        save(self._home.config_file, Config(pop3=Pop3(listeners=_LISTENERS, flow=_FLOW)))
        asyncio.run(self._populate(population))
        directory = Directory(self._home.accounts_file, remember=0)
        for number in range(bystanders):
            directory.add(f"bystander{number}@{Server().primary_domain}", None)
        for account in directory.list():
            self._store_ids[account.name.partition("@")[0]] = account.store_id
        directory.close()

    async def _populate(self, population: Population) -> None:
        async with MailService(self._home).opened() as service:
            for group in population.values():
                users = group.everybody()
                await asyncio.gather(*(service.add_account(user, PASSWORD) for user in users))
                for user in () if group.awaited else users:
                    mail = (Incoming(io.BytesIO(octets)) for octets in group.messages(user))
                    await service.deliver(user, mail)

    def start(self) -> ProcessTree:
        """Serve until ``stop``; the ports are where it says it is ready."""
        program = shutil.which("postroomctl", path=str(Path(sys.executable).parent))
        if program is None:
            raise TargetFailed("postroomctl is not installed beside this Python")
        return self._run([program, "--home", str(self._home.root), "serve"], os.environ)

    def _run(self, command: Sequence[str], environment: Mapping[str, str]) -> ProcessTree:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
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
        self.port = ports["pop3"]
        self.tls_port = self.resuming_port = ports["pop3s"]
        return ProcessTree(self._process.pid)

    def stop(self) -> None:
        """SIGTERM, and the end is waited for."""
        if self._process is None:
            return
        with self._process as process, bounded(process, _PATIENCE):
            process.terminate()
        self._process = None

    def change_config(self, edits: Mapping[str, object]) -> None:
        """Change settings while it runs, as ``postroomctl config set`` does."""
        with self._link() as link:
            link.call("change_config", edits=edits)

    def fill(self, group: Group) -> None:
        """Import a folder for each user, as ``postroomctl import`` does."""
        with self._link() as link, TemporaryDirectory(dir=self._home.root.parent) as name:
            for user in group.everybody():
                folder = Path(name, user)
                folder.mkdir()
                for number, octets in enumerate(group.messages(user), 1):
                    (folder / f"{number}.eml").write_bytes(octets)
                link.call("import_mail", account=user, path=folder, format="eml")

    @contextmanager
    def deliveries(self) -> Iterator[Deliver]:
        """Import a file for each message."""
        with self._link() as link, TemporaryDirectory(dir=self._home.root.parent) as name:
            path = Path(name, "message.eml")

            def deliver(user: str, octets: bytes) -> None:
                path.write_bytes(octets)
                link.call("import_mail", account=user, path=path, format="eml")

            yield deliver

    def _link(self) -> ControlClient:
        link = connect(self._home)
        if link is None:
            raise TargetFailed("Postroom's control endpoint does not answer")
        return link

    def mail_folder(self, user: str) -> Path:
        """The mailbox's folder, found by the name of its account."""
        return self._home.mail / self._store_ids[user]

    def forget_index(self, user: str) -> None:
        """Nothing to do: a mailbox is indexed as mail comes in, not when it is read."""
