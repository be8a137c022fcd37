"""A mail store in memory, for conversations without a disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import scramp

from server_core.events.reasons import SignInReason
from server_core.policy.maildrop_use import MaildropUse, UseLimits
from server_core.protocol.actions import Secret, Verdict
from server_core.protocol.claims import (
    CheckPassword,
    Claim,
    HeldKeys,
    HeldSecret,
    LookUpScram,
    LookUpSecret,
    ScramKeys,
)
from server_core.protocol.session_policy import LoginDelay
from tests.dialogues.world import World


class Mailbox:
    """Messages by uid, as all sessions share them."""

    def __init__(self, messages: Iterable[bytes]) -> None:
        self.messages = dict(enumerate(messages, 1))
        self.removals: list[int] = []
        self.seen: set[int] = set()
        self._next = len(self.messages) + 1

    def deliver(self, message: bytes) -> None:
        """One more message."""
        self.messages[self._next] = message
        self._next += 1

    def remove(self, uids: Iterable[int]) -> None:
        """Remove for good; one that is gone already is no error."""
        for uid in uids:
            if self.messages.pop(uid, None) is not None:
                self.removals.append(uid)


class MemoryMaildrop:
    """A snapshot of a mailbox; counts how often its listings are asked for."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.uids = tuple(mailbox.messages)
        self._sizes = tuple(len(text) for text in mailbox.messages.values())

    @property
    def count(self) -> int:
        return len(self.uids)

    @property
    def octets(self) -> int:
        return sum(self._sizes)

    def size(self, number: int) -> int:
        return self._sizes[number - 1]

    def unique_id(self, number: int) -> str:
        return f"1.{self.uids[number - 1]:x}"

    def is_gone(self, number: int) -> bool:
        return self.uids[number - 1] not in self.mailbox.messages

    def gone(self) -> frozenset[int]:
        return frozenset(n for n in range(1, self.count + 1) if self.is_gone(n))

    def scan_listing(self) -> bytes:
        return b"".join(b"%d %d\r\n" % (n, size) for n, size in enumerate(self._sizes, 1))

    def unique_id_listing(self) -> bytes:
        numbers = range(1, self.count + 1)
        return "".join(f"{n} {self.unique_id(n)}\r\n" for n in numbers).encode()


class MemoryStore:
    """The mailboxes and passwords of a world; every password is kept in every way."""

    def __init__(self, world: World) -> None:
        self._accounts = world.accounts
        self._salt = world.salt
        self.mailboxes = {name: Mailbox(world.mail.get(name, ())) for name in world.accounts}
        self.use = MaildropUse(UseLimits.wanted_by(world.config))
        self.now = 0.0
        self.terms_of = world.terms_of

    @property
    def login_delay(self) -> LoginDelay:
        """What strangers are told of the time between sign-ins."""
        return self.use.limits.announced(self.terms_of(name) for name in self._accounts)

    def delay_of(self, account: str) -> int:
        """Seconds between two sign-ins of an account."""
        return self.use.limits.delay_of(self.terms_of(account))

    def look_into(self, claim: Claim[Any]) -> object:
        """What an account directory would say."""
        password = self._accounts.get(claim.user)
        reason = SignInReason.UNKNOWN_USER if password is None else SignInReason.OK
        verdict = Verdict(claim.user if password else None, reason)
        secret = Secret((password or "nobody knows").encode())
        match claim:
            case CheckPassword(password=tried) if password is not None and tried != secret:
                return Verdict(None, SignInReason.WRONG_PASSWORD)
            case LookUpSecret():
                return HeldSecret(verdict, secret)
            case LookUpScram(hash_name=name):
                return HeldKeys(verdict, scram_keys(name, secret, self._salt))
            case _:
                return verdict


def scram_keys(hash_name: str, secret: Secret, salt: bytes = b"sixteen octets! ") -> ScramKeys:
    """What is kept of a password for SCRAM."""
    mechanism = scramp.ScramMechanism(f"SCRAM-{hash_name}")
    made = mechanism.make_auth_info(secret.reveal().decode(), iteration_count=4096, salt=salt)
    salt, stored, server, iterations = made
    return ScramKeys(salt, iterations, stored, server)
