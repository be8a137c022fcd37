"""What scanners find at a listener with default settings: nothing worse than LOW."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from server_core.config.model import Security
from server_core.home import Home
from server_core.service import MailService
from tests.net.conftest import listener, office, save_config

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 180
KINDS = {"implicit": "pop3s", "STLS": "pop3"}
# What a self-signed certificate and no DNS name bring with them is the administrator's to choose.
CERTIFICATE = ("cert_trust", "cert_chain_of_trust", "DNS_CAA", "cert_revocation")
GRAVE = {"MEDIUM", "HIGH", "CRITICAL"}


def program(*names: str) -> str:
    """Where a scanner is; the test is skipped without, unless a CI ought to have it."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        absent = f"{names[0]} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def targets(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """Addresses by kind; only the flow limits are wider than at the first start."""
    service = MailService(Home(tmp_path_factory.mktemp("scan") / "home"))
    service.home.prepare()
    wide = {"max_connections_per_peer": 0, "max_new": 0, "max_new_per_peer": 0}
    both = (listener("pop3"), listener("pop3s", Security.TLS))
    save_config(service, office(*both, flow=wide))
    await service.start()
    yield {view.name: view.address for view in service.listeners()}
    await service.stop(grace=0.5)


async def run(*command: str, typed: bytes = b"") -> str:
    """What a program says, both outputs together."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate(typed)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode("utf-8", "replace")


@pytest.mark.parametrize("kind", KINDS)
async def test_openssl_shakes_hands_by_modern_means_only(
    targets: dict[str, str], kind: str
) -> None:
    openssl = program("openssl")

    async def talk(*options: str) -> str:
        start = ("-starttls", "pop3") if kind == "STLS" else ()
        command = (openssl, "s_client", "-connect", targets[KINDS[kind]], *start, *options)
        return await run(*command, typed=b"QUIT\r\n")

    for version in ("-tls1_2", "-tls1_3"):
        told = await talk(version)
        assert "Cipher is TLS_" in told or "Cipher is ECDHE-" in told, told
        assert "Compression: NONE" in told
        assert "Server Temp Key: X25519" in told
    assert "Secure Renegotiation IS supported" in await talk("-tls1_2")
    for lesser in (
        ("-tls1", "-cipher", "ALL:@SECLEVEL=0"),
        ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
        ("-tls1_2", "-cipher", "AES256-GCM-SHA384:AES128-SHA:@SECLEVEL=0"),  # no forward secrecy
        ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0"),  # CBC
        ("-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"),
    ):
        told = await talk(*lesser)
        assert "Cipher is (NONE)" in told or "no ciphers available" in told, (lesser, told)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_may_not_renegotiate(targets: dict[str, str], kind: str) -> None:
    start = ("-starttls", "pop3") if kind == "STLS" else ()
    address = targets[KINDS[kind]]
    process = await asyncio.create_subprocess_exec(
        *(program("openssl"), "s_client", "-connect", address, "-tls1_2", *start),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdin is not None and process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        # Once this is answered no greeting can come between the client and its handshake.
        process.stdin.write(b"CAPA\r\n")
        told = (await process.stdout.readuntil(b"\n.\r\n")).decode("latin-1")
        process.stdin.write(b"R\n")
        process.stdin.write_eof()
        told += (await process.stdout.read()).decode("latin-1")
        await process.wait()
    assert "RENEGOTIATING" in told
    assert "no renegotiation" in told


@pytest.mark.parametrize("kind", KINDS)
async def test_sslscan_finds_nothing_weak(
    targets: dict[str, str], kind: str, tmp_path: Path
) -> None:
    found = tmp_path / "found.xml"
    start = ("--starttls-pop3",) if kind == "STLS" else ()
    told = await run(
        program("sslscan"), "--no-colour", f"--xml={found}", *start, targets[KINDS[kind]]
    )
    (scan,) = ET.parse(found).getroot().iter("ssltest")
    enabled = {
        f"{one.get('type')}v{one.get('version')}"
        for one in scan.iter("protocol")
        if one.get("enabled") == "1"
    }
    assert enabled == {"tlsv1.2", "tlsv1.3"}, told
    ciphers = [(str(one.get("cipher")), int(str(one.get("bits")))) for one in scan.iter("cipher")]
    assert ciphers, told
    for name, bits in ciphers:
        assert name.startswith(("TLS_", "ECDHE-")) and bits >= 128, told
    (renegotiation,) = scan.iter("renegotiation")
    assert (renegotiation.get("supported"), renegotiation.get("secure")) != ("1", "0"), told
    assert all(one.get("supported") == "0" for one in scan.iter("compression")), told
    assert all(one.get("vulnerable") == "0" for one in scan.iter("heartbleed")), told


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
async def test_testssl_finds_nothing_worse_than_low(
    targets: dict[str, str], kind: str, tmp_path: Path
) -> None:
    found = tmp_path / "found.json"
    start = ("--starttls", "pop3") if kind == "STLS" else ()
    checks = ("--protocols", "--std", "--fs", "--server-defaults", "--vulnerable")
    told = await run(
        *(program("testssl.sh", "testssl"), "--quiet", "--warnings=batch", "--color=0"),
        *("--nodns=none", "--jsonfile", str(found), *checks, *start, targets[KINDS[kind]]),
    )
    findings = json.loads(found.read_text())
    assert {"TLS1", "TLS1_2", "TLS1_3", "heartbleed"} <= {one["id"] for one in findings}, told
    grave = [
        one
        for one in findings
        if one["severity"] in GRAVE and not one["id"].startswith(CERTIFICATE)
    ]
    assert grave == [], told
