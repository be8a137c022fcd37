"""What exists when a dialogue begins: accounts, their mail, and the settings that matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server_core.config.account_terms import USUAL, AccountTerms
from server_core.config.model import Config, Listener, Pop3, Security, Server

DOMAIN = "example.com"


def sized(octets: int) -> bytes:
    """A message of exactly so many octets."""
    return b"Subject: x\r\n\r\n" + b"x" * (octets - 16) + b"\r\n"


@dataclass(frozen=True)
class World:
    """One listener; ``mail`` is what lies in each account's mailbox, with CRLF line ends.

    ``terms`` are those of accounts that have any of their own.
    ``server`` and ``pop3`` are settings of these sections that differ from the tests' ordinary.
    What follows only the bare engine can have as it is wanted: what is ``unique`` to the
    connection, the ``nonces`` in their order, the ``salt`` of SCRAM, and the addresses in the
    ``certificate`` that the client shows in a handshake.
    """

    accounts: Mapping[str, str] = field(default_factory=lambda: {f"ann@{DOMAIN}": "secret"})
    mail: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    terms: Mapping[str, AccountTerms] = field(default_factory=dict)
    security: Security = Security.STARTTLS
    server: Mapping[str, object] = field(default_factory=dict)
    pop3: Mapping[str, object] = field(default_factory=dict)
    unique: str = "17.4"
    nonces: tuple[str, ...] = ()
    salt: bytes = b"sixteen octets! "
    certificate: tuple[str, ...] | None = None

    @property
    def config(self) -> Config:
        """The configuration of a server that serves this world."""
        listener = Listener(name="world", address="127.0.0.1:0", security=self.security)
        return Config.model_validate(
            {
                "server": Server.model_validate({"primary_domain": DOMAIN, **self.server}),
                "pop3": Pop3.model_validate(
                    {"auth_failure_delay": 0.0, "listeners": (listener,), **self.pop3}
                ),
            }
        )

    def terms_of(self, account: str) -> AccountTerms:
        """The terms of an account."""
        return self.terms.get(account, USUAL)

    @property
    def listener(self) -> Listener:
        """Its only listener."""
        return self.config.pop3.listeners[0]


def with_mail(*messages: bytes, **settings: object) -> World:
    """A world where ann has these messages."""
    return World(mail={f"ann@{DOMAIN}": messages}, **settings)  # type: ignore[arg-type]
