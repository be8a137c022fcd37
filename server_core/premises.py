"""An opened home: owned by this process, its configuration read, its accounts and mail at hand."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from server_core.accounts.directory import Directory
from server_core.accounts.kept import Keeping
from server_core.accounts.kept_passwords import KeptPasswords
from server_core.accounts.vault import Vault
from server_core.config.file import fingerprint, keep_last_good, last_good_of, load
from server_core.config.model import Config
from server_core.events.ring import Hub
from server_core.events.types import Level, Noticed
from server_core.home import Home
from server_core.logs.bridge import LogBridge
from server_core.mailroom import Mailroom
from server_core.store.file_store import FileStore
from server_core.workers.pool import WorkerPool


class Premises:
    """What is open while a home is in use, with or without serving; closed in reverse order."""

    def __init__(self, home: Home, hub: Hub, *, last_good: bool = False) -> None:
        """Open everything; waits for the disk.

        Raises HomeUnusable, HomeInUse, ConfigRejected, and OSError when a file cannot be read.
        ``last_good`` runs the configuration that last worked instead of the file as it stands.
        """

        def notice(text: str) -> None:
            hub.emit(Noticed(level=Level.CRITICAL, source="storage", text=text))

        self.home = home
        home.prepare()
        with ExitStack() as opened:
            self.lock = opened.enter_context(home.lock())
            self.fingerprint = fingerprint(home.config_file)
            source = last_good_of(home.config_file) if last_good else home.config_file
            self.config = load(source) if source.exists() else Config()
            if source.exists() and not last_good:
                keep_last_good(home.config_file)
            vault = Vault(home.key_file, home.key_names_file, self.config.pop3.secrets.key_in)
            self.directory = Directory(
                home.accounts_file,
                remember=self.config.storage.remember_sign_ins,
                on_problem=notice,
                vault=vault,
            )
            opened.callback(self.directory.close)
            self.kept_passwords = KeptPasswords(self.directory, vault)
            self._set_directory()
            self.store = FileStore(
                home.mail,
                cached_mailboxes=self.config.storage.cached_mailboxes,
                on_problem=notice,
            )
            opened.pop_all()
        self.workers = WorkerPool()
        self.mailroom = Mailroom(self.directory, self.store, self.workers, hub)
        self.mailroom.config = self.config
        self._bridge = LogBridge(hub)
        logging.getLogger().addHandler(self._bridge)

    async def take(self, config: Config) -> None:
        """A new configuration runs from now on."""
        self.config = config
        self.mailroom.config = config
        self.store.resize(config.storage.cached_mailboxes)
        await self.workers.run(self._set_directory)
        await self.workers.run(self.kept_passwords.follow)

    def _set_directory(self) -> None:
        config = self.config
        self.directory.set_remember(config.storage.remember_sign_ins)
        self.directory.alias_logins = config.server.allow_alias_logins
        self.directory.keep(Keeping.wanted_by(config))

    def close(self) -> None:
        """Write what is noted, give everything back; waits for the disk."""
        logging.getLogger().removeHandler(self._bridge)
        self.workers.shutdown(wait=True)
        self.store.close()
        self.directory.close()
        self.lock.release()
