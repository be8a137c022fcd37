"""The kept passwords of a home together with the vault that they are sealed in."""

from __future__ import annotations

import logging

from server_core.accounts.account import AccountsUnusable
from server_core.accounts.directory import Directory
from server_core.accounts.kept import VaultUnusable
from server_core.accounts.vault import Vault
from server_core.events.views import SecretsState, SecretsView
from server_core.wording import counted

_LOG = logging.getLogger(__name__)


class KeptPasswords:
    """``view`` and the properties never wait; the rest may, a few seconds at most, and
    belongs on a worker, one call at a time.
    """

    def __init__(self, directory: Directory, vault: Vault) -> None:
        self._directory = directory
        self._vault = vault
        self._seen = vault.revision

    @property
    def are_wanted(self) -> bool:
        """Whether there are any, or are to be: else no key is needed, and none is looked for."""
        return self._directory.keeps_secrets or self._directory.secrets_counted()[0] > 0

    @property
    def needs_a_look(self) -> bool:
        """Whether ``look_again`` may have something to do."""
        failed = self._vault.standing.state in (SecretsState.LOCKED, SecretsState.REFUSED)
        return failed or self._vault.revision != self._seen

    def open(self) -> None:
        """Read the keys, if there is a need for them; a person may be asked to unlock them."""
        if self.are_wanted:
            self._vault.open(self._directory.sealed())
        self.tend()

    def follow(self) -> None:
        """What is wanted may have changed: look for the keys now if it is the first time."""
        if self.are_wanted and self._vault.standing.state is SecretsState.UNUSED:
            self._vault.open(self._directory.sealed())
        self.tend()

    def look_again(self) -> None:
        """Now and then: try what failed if nobody is asked for it, and follow what has changed."""
        self._vault.look_again()
        if self._vault.revision != self._seen:
            self.tend()

    def tend(self) -> None:
        """Have everything under the key that seals now, and forget keys that are not needed.

        After a death at any moment this goes on where it ended.
        """
        try:
            self._directory.reseal()
            self._vault.retire(self._directory.sealed(), wanted=self._directory.keeps_secrets)
        except (VaultUnusable, AccountsUnusable) as problem:
            _LOG.warning("Kept passwords stay under the key they had: %s", problem)
        if self._vault.revision != self._seen:
            self._seen = self._vault.revision
            self._directory.forget_sign_ins()

    def renew_key(self) -> None:
        """Have everything under a new key and forget the old one; VaultUnusable, AccountsUnusable.

        What cannot be opened stays under the key it has.
        """
        if not self.are_wanted:
            raise VaultUnusable("No password is kept, so there is no key to renew.")
        if self._vault.standing.state is not SecretsState.USABLE:
            self.open()
        self._vault.renew()
        self._directory.reseal()
        self.tend()

    def view(self) -> SecretsView:
        """How it stands."""
        standing = self._vault.standing
        kept, readable = self._directory.secrets_counted()
        state, text, attention = standing.state, standing.text, standing.attention
        if state is SecretsState.USABLE and readable < kept:
            state, text, attention = SecretsState.MISSING, _missing(kept - readable, text), True
        return SecretsView(standing.place, state, text, kept, readable, attention)


def _missing(accounts: int, text: str) -> str:
    whose = counted(accounts, "account")
    return (
        f"The key for the kept passwords of {whose} is gone. Until these passwords are set again, "
        "or used once with a method that sends them, APOP, CRAM-MD5 and DIGEST-MD5 do not work "
        "there; everything else does. If the key was put back from a backup, have it tried again: "
        f"postroomctl secrets retry. {text}"
    )
