"""Every way to sign in, on every wire, at every kind of listener, allowed and refused.

A method joins by its row in ``sign_ins.CLIENTS``: what a client says to sign in with it.
"""

from __future__ import annotations

import itertools
import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from server_core.config.model import Config, Security
from server_core.config.signing_in import SECRET_METHODS, TLS_METHODS, Method
from server_core.protocol.sasl import MECHANISMS
from server_core.service import MailService
from tests.net.conftest import PASSWORD, Client, Connect, anybody, apply, listener, office
from tests.net.sign_ins import CLIENTS

ANN = "ann@localhost"
IN_CLEAR, AFTER_STLS, IMPLICIT = "in clear", "after STLS", "implicit TLS"
DOORS = (
    (Security.NONE, IN_CLEAR),
    (Security.STARTTLS, IN_CLEAR),
    (Security.STARTTLS, AFTER_STLS),
    (Security.STARTTLS_REQUIRED, IN_CLEAR),
    (Security.STARTTLS_REQUIRED, AFTER_STLS),
    (Security.TLS, IMPLICIT),
)


# --- what they ought to find ----------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """Where one method is allowed; LOGIN is never without PLAIN."""

    method: Method
    in_clear: bool
    under_tls: bool

    @property
    def methods(self) -> tuple[Method, ...]:
        return (Method.PLAIN, self.method) if self.method is Method.LOGIN else (self.method,)

    def config(self, tls: dict[str, object]) -> Config:
        """A listener of each kind, and this choice."""
        return office(
            *(listener(security.value, security, tls=tls) for security in Security),
            plain_methods=self.methods if self.in_clear else (),
            secure_methods=self.methods if self.under_tls else (),
            secrets={"keep_for": SECRET_METHODS},
        )

    def works(self, security: Security, wire: str) -> bool:
        """Whether it signs somebody in there. Nobody has a ticket for GSSAPI here."""
        in_clear = self.in_clear and security is not Security.STARTTLS_REQUIRED
        if self.method is Method.GSSAPI:
            return False
        if wire == IN_CLEAR:
            return in_clear
        if self.method is Method.APOP and wire == AFTER_STLS:
            return self.under_tls and in_clear  # the greeting was in clear
        return self.under_tls

    def timestamp(self, security: Security, wire: str) -> bool:
        """Whether the greeting has something for APOP to work with."""
        greeted = IN_CLEAR if wire == AFTER_STLS else wire
        return self.method is Method.APOP and self.works(security, greeted)

    def announced(self, security: Security, wire: str) -> set[str]:
        """CAPA's lines about signing in, SASL's names without their order."""
        if not self.works(security, wire) or self.method is Method.APOP:
            return set()
        if self.method is Method.USER_PASS:
            return {"USER"}
        return {f"SASL {method.value.upper()}" for method in self.methods}


# --- the table ------------------------------------------------------------------------------------


@dataclass
class Desk:
    """A service where every method could work, and what a client needs for it."""

    service: MailService
    connect: Connect
    tls: dict[str, object]
    context: ssl.SSLContext

    async def arrive(self, security: Security, wire: str) -> tuple[Client, str]:
        """A client on that wire, and the greeting it heard."""
        implicit = self.context if wire == IMPLICIT else False
        client = await self.connect(security.value, tls=implicit)
        greeting = await client.line()
        if wire == AFTER_STLS:
            assert (await client.say("STLS")).startswith("+OK")
            await client.secure(self.context)
        return client, greeting


@pytest.fixture
async def desk(service: MailService, connect: Connect, tmp_path: Path) -> AsyncIterator[Desk]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "clients.pem"))
    context = anybody()
    # What every system's Python can bind to.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    authority.issue_cert(ANN).configure_cert(context)
    assert service._premises is not None
    tls: dict[str, object] = {
        "client_certificates": "accept",
        "ca": str(tmp_path / "clients.pem"),
        "minimum_version": "1.2",
    }
    everywhere = Choice(Method.CRAM_MD5, in_clear=True, under_tls=True)
    await apply(service, everywhere.config(tls))
    yield Desk(service, connect, tls, context)


def choices(method: Method) -> list[Choice]:
    """Allowed or refused in clear and under TLS, as far as the configuration lets one choose."""
    both = itertools.product((False, True), repeat=2)
    return [
        Choice(method, in_clear, under_tls)
        for in_clear, under_tls in both
        if not (in_clear and method in TLS_METHODS)
    ]


async def announced(client: Client) -> set[str]:
    await client.say("CAPA")
    lines = [line.split() for line in await client.lines()]
    user = {"USER"} if ["USER"] in lines else set()
    names = [name for tag, *names in lines if tag == "SASL" for name in names]
    return user | {f"SASL {name}" for name in names}


def test_every_method_that_is_there_has_a_client() -> None:
    assert CLIENTS.keys() == set(Method)
    assert {Method(name.lower()) for name in MECHANISMS} <= CLIENTS.keys()


@pytest.mark.parametrize("method", Method)
async def test_a_method_works_where_it_is_allowed_and_nowhere_else(
    desk: Desk, method: Method
) -> None:
    for choice in choices(method):
        # A new password is kept for what is wanted now.
        await apply(desk.service, choice.config(desk.tls))
        await desk.service.set_password("ann", PASSWORD)
        await apply(desk.service, choice.config(desk.tls))
        for security, wire in DOORS:
            where = f"{choice} at {security.value}, {wire}"
            client, greeting = await desk.arrive(security, wire)
            assert ("<" in greeting) == choice.timestamp(security, wire), where
            assert await announced(client) == choice.announced(security, wire), where
            answer = await CLIENTS[method](client, greeting)
            if choice.works(security, wire):
                assert answer.startswith("+OK Mailbox has "), f"{where}: {answer}"
            else:
                assert re.match(r"-ERR [^\[]", answer), f"{where}: {answer}"
            await client.close()


async def test_with_all_methods_allowed_each_signs_in_beside_the_others(desk: Desk) -> None:
    everything = office(
        *(listener(security.value, security, tls=desk.tls) for security in Security),
        plain_methods=tuple(method for method in Method if method not in TLS_METHODS),
        secure_methods=tuple(Method),
        secrets={"keep_for": SECRET_METHODS},
    )
    await apply(desk.service, everything)
    await desk.service.set_password("ann", PASSWORD)
    await apply(desk.service, everything)
    for method, (security, wire) in itertools.product(Method, DOORS):
        works = Choice(method, in_clear=method not in TLS_METHODS, under_tls=True)
        if works.works(security, wire):
            client, greeting = await desk.arrive(security, wire)
            answer = await CLIENTS[method](client, greeting)
            assert answer.startswith("+OK Mailbox"), f"{method} at {security.value}, {wire}"
            await client.close()
