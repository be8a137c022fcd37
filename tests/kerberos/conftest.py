"""A KDC, a server that accepts its tickets, and clients that hold some."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.model import Server as ServerSection
from server_core.config.signing_in import Kerberos, Method
from server_core.events.reasons import SignInReason
from server_core.events.types import Event, Level, SignedIn, SignInFailed
from tests.clients.conftest import HOST as ADDRESS
from tests.clients.conftest import Server
from tests.kerberos.realm import OTHER, PASSWORD, SERVICE, Realm

DOMAIN = "office.example"
ANN = "ann@example.test"
BEN = f"ben@{DOMAIN}"
DAN = f"dan@{DOMAIN}"
EVE = f"eve@{DOMAIN}"
LIL = f"lil@{DOMAIN}"
MIA = "mia@other.test"
_OURS = ("ann", "ann/admin", "ben", "dan", "lil", "zoe")
_THEIRS = ("eve", "mia")
_NEEDED = ("spnego", "gssapi", "krb5")


@pytest.fixture(scope="package")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """The running KDC with its users; this process and its children ask that one and no other."""
    for name in _NEEDED:
        if os.environ.get("CI"):
            __import__(name)
        pytest.importorskip(name)
    realm = Realm(tmp_path_factory.mktemp("realm"))
    try:
        realm.start()
        realm.admin(*(f'addprinc -pw "{PASSWORD}" {name}' for name in _OURS))
        realm.admin(*(f'addprinc -pw "{PASSWORD}" {name}' for name in _THEIRS), realm=OTHER)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in realm.environment.items():
                patch.setenv(name, value)
            yield realm
    finally:
        realm.stop()


class Office(Server):
    """A server whose accounts are mostly those of the realm."""

    def __init__(self, root: Path, key_file: Path) -> None:
        listeners = (
            Listener(name="open", address=f"{ADDRESS}:0", security=Security.STARTTLS),
            Listener(name="tls", address=f"{ADDRESS}:0", security=Security.TLS),
        )
        kerberos = Kerberos(key_file=str(key_file))
        pop3 = Pop3(listeners=listeners, kerberos=kerberos, auth_failure_delay=0, max_auth_errors=0)
        super().__init__(root, Config(server=ServerSection(primary_domain=DOMAIN), pop3=pop3))
        self._ring = self.service.watch(Level.up_to(Level.INFO))

    def allow(self, *, in_clear: bool, under_tls: bool) -> None:
        """Switch GSSAPI on and off, in the way the window does."""

        async def applied() -> None:
            draft = self.service.draft()
            for setting, on in (("plain_methods", in_clear), ("secure_methods", under_tls)):
                others = [one for one in getattr(Pop3(), setting) if one is not Method.GSSAPI]
                draft.set(f"pop3.{setting}", [*others, *([Method.GSSAPI] if on else [])])
            await self.service.apply(draft, origin="test")

        self.call(applied())

    def events(self) -> list[Event]:
        """What has happened since this was last asked."""
        return list(self._ring.drain().events)

    def refusals(self) -> list[tuple[str, SignInReason]]:
        """Who could not sign in since then, and why."""
        return [(one.user, one.reason) for one in self.events() if isinstance(one, SignInFailed)]

    def sign_ins(self) -> list[tuple[str, str]]:
        """Who signed in since then, and how."""
        return [(one.user, one.method) for one in self.events() if isinstance(one, SignedIn)]


@pytest.fixture(scope="package")
def office(realm: Realm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The running server; dan is suspended, only lil has mail."""
    office = Office(tmp_path_factory.mktemp("office"), realm.key_file("pop.keytab", SERVICE))
    try:
        office.start()
        for name in (ANN, BEN, DAN, EVE, LIL, MIA):
            office.call(office.service.add_account(name, None))
        office.call(office.service.set_enabled(DAN, False))
        yield office
    finally:
        office.stop()
