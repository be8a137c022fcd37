"""Certificates under a running server: each listener's own, replaced without cutting a session."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from pathlib import Path

import pytest
import trustme

from server_core.config.draft import ConfigRejected
from server_core.config.model import Security
from server_core.events.certificates import CertificateChanged, CertificateRefused
from server_core.events.reasons import ListenerProblem
from server_core.events.types import Level, Noticed
from server_core.events.views import CertificateView, ListenerState
from server_core.refusals import Refused
from server_core.service import MailService
from tests.net.conftest import Client, Connect, apply, listener, office, until


def shown_to(client: Client) -> str:
    """The fingerprint of the certificate a client was shown."""
    secured: ssl.SSLObject = client.writer.get_extra_info("ssl_object")
    certificate = secured.getpeercert(binary_form=True)
    assert certificate is not None
    return hashlib.sha256(certificate).hexdigest().upper()


def plain(fingerprint: str) -> str:
    return fingerprint.replace(":", "")


def foreign(name: str = "pop.example.com") -> bytes:
    return trustme.CA().issue_cert(name).private_key_and_cert_chain_pem.bytes()


async def one(service: MailService, name: str) -> CertificateView:
    return next(view for view in await service.certificates() if view.name == name)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_a_replaced_certificate_shows_at_the_next_handshake_and_cuts_no_session(
    service: MailService, connect: Connect, security: Security
) -> None:
    async def secured() -> Client:
        client = await connect(tls=security is Security.TLS)
        if security is Security.STARTTLS:
            await client.line()
            await client.say("STLS")
            await client.secure()
        return client

    await apply(service, office(listener(security=security)))
    before = await secured()
    if security is Security.TLS:
        await before.sign_in()
    else:
        await before.say("USER ann")
        await before.say("PASS correct horse")
    old = plain((await one(service, "server")).fingerprint)
    assert shown_to(before) == old
    await service.replace_certificate("server", foreign())
    new = plain((await one(service, "server")).fingerprint)
    assert shown_to(await secured()) == new != old
    assert (await before.say("STAT")).startswith("+OK")
    await service.revert_certificate("server")
    assert shown_to(await secured()) == old
    assert (await before.say("STAT")).startswith("+OK")


async def test_each_listener_serves_its_own_certificate(
    service: MailService, connect: Connect
) -> None:
    await service.create_authority("Office")
    await service.create_certificate("second", ["second.example.com"], authority="Office")
    await apply(
        service,
        office(
            listener("first", Security.TLS), listener("other", Security.TLS, certificate="second")
        ),
    )
    for name, certificate in (("first", "server"), ("other", "second")):
        view = await one(service, certificate)
        assert shown_to(await connect(name, tls=True)) == plain(view.fingerprint)
        assert view.used_by == (name,)
    with pytest.raises(Refused, match="second is used by other"):
        await service.remove_certificate("second")
    trusting = ssl.create_default_context(
        cadata=(await service.export_authority("Office")).decode("ascii")
    )
    address = next(view.address for view in service.listeners() if view.name == "other")
    _, writer = await asyncio.open_connection(
        *address.split(":"), ssl=trusting, server_hostname="second.example.com"
    )
    writer.close()


async def test_a_listener_without_its_certificate_fails_alone_and_mends_itself(
    service: MailService, connect: Connect
) -> None:
    await apply(
        service,
        office(listener(), listener("secure", Security.TLS, certificate="mail")),
    )
    good, bad = service.listeners()
    assert (good.state, bad.state) == (ListenerState.LISTENING, ListenerState.FAILED)
    assert bad.problem is ListenerProblem.CERTIFICATE_UNUSABLE and "mail" in bad.sentence
    await service.create_certificate("mail", ["mail.example.com"])
    assert service.listeners()[1].state is ListenerState.LISTENING
    assert (await (await connect("secure", tls=True)).line()).startswith("+OK")
    await apply(
        service,
        office(listener(), listener("secure", Security.TLS, certificate="gone")),
    )
    assert service.listeners()[1].state is ListenerState.FAILED


async def test_stls_is_not_offered_without_a_certificate_and_that_is_told(
    service: MailService, connect: Connect
) -> None:
    ring = service.watch(Level.WARNING)
    await apply(service, office(listener(certificate="mail")))
    client = await connect()
    await client.line()
    assert (await client.say("CAPA")).startswith("+OK")
    assert "STLS" not in await client.lines()
    assert (await client.say("STLS")).startswith("-ERR")
    told = [event for event in ring.drain().events if isinstance(event, Noticed)]
    assert ["does not offer STLS" in str(event) for event in told] == [True]
    await service.create_certificate("mail", ["mail.example.com"])
    later = await connect()
    await later.line()
    assert (await later.say("CAPA")).startswith("+OK")
    assert "STLS" in await later.lines()


async def test_changed_files_are_taken_over_while_serving(
    service: MailService, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "elsewhere.pem"
    file.write_bytes(foreign())
    await service.watch_certificate("acme", file, file)
    await apply(service, office(listener("secure", Security.TLS, certificate="acme")))
    before = await connect("secure", tls=True)
    await before.sign_in()
    ring = service.watch(Level.up_to(Level.INFO))
    first = (await one(service, "acme")).fingerprint
    file.write_bytes(b"half a file")
    seen: list[object] = []

    def told(kind: type[object]) -> bool:
        seen.extend(ring.drain().events)
        return any(isinstance(event, kind) for event in seen)

    await until(lambda: told(CertificateRefused))
    assert shown_to(await connect("secure", tls=True)) == plain(first)
    file.write_bytes(foreign())
    await until(lambda: told(CertificateChanged))
    second = (await one(service, "acme")).fingerprint
    assert second != first
    assert shown_to(await connect("secure", tls=True)) == plain(second)
    assert (await before.say("STAT")).startswith("+OK")


async def test_bad_tls_options_are_not_applied(service: MailService) -> None:
    draft = service.draft()
    draft.set("pop3.listeners.pop3.tls.ciphers", "grandmother")
    with pytest.raises(ConfigRejected, match="knows no cipher"):
        await service.apply(draft, origin="window")
    assert service.config.pop3.listeners[0].tls.ciphers == ""


async def test_a_client_certificate_is_asked_for_after_stls(
    service: MailService, connect: Connect, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "clients.pem"))
    tls = {"client_certificates": "require", "ca": str(tmp_path / "clients.pem")}
    await apply(service, office(listener(tls=tls)))
    client = await connect()
    await client.line()
    await client.say("STLS")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    authority.issue_cert("ann@example.com").configure_cert(context)
    await client.writer.start_tls(context)
    assert (await client.say("NOOP")).startswith("-ERR")
    stranger = await connect()
    await stranger.line()
    await stranger.say("STLS")
    with pytest.raises(OSError):
        await stranger.secure()
        await stranger.say("NOOP")
        assert not await stranger.rest()
        raise ConnectionAbortedError
