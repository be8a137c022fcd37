"""What may go wrong with a listener that can be applied: warnings, each with its remedy."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.bridge.draft_keeper import DraftKeeper
from app.forms import addresses
from app.forms.form import Note
from app.forms.words import tr
from server_core.config.listening import (
    CIPHERS_FOR_OLDER_DEVICES,
    ClientCertificates,
    ProxyMode,
)
from server_core.config.model import Security
from server_core.config.signing_in import TEXT_METHODS

WELL_KNOWN = 1024
POP3, POP3S = 110, 995
STANDARD_PATIENCE = 600
READABLE = (Security.NONE, Security.STARTTLS)
UNPROTECTED = "Passwords can cross the network unprotected."


def may_open_low_ports() -> bool:
    """Whether this process opens ports below 1024 without further rights."""
    return sys.platform in ("win32", "darwin") or os.geteuid() == 0


def is_readable(values: Mapping[str, Any]) -> bool:
    """Whether others on a network can read what clients send to this listener."""
    host, _ = addresses.parted(str(values["address"]))
    return values["enabled"] and values["security"] in READABLE and not addresses.is_loopback(host)


def sends_passwords(keeper: DraftKeeper) -> bool:
    """Whether the draft lets clients send passwords on connections that are not encrypted."""
    return not {*TEXT_METHODS}.isdisjoint(keeper.draft.get("pop3.plain_methods"))


def advice(values: Mapping[str, Any], *, passwords: bool = True) -> Iterator[Note]:
    """Warnings for the settings of one listener; ``passwords``: they may be sent unencrypted."""
    host, port = addresses.parted(str(values["address"]))
    security = values["security"]
    if 0 < port < WELL_KNOWN and not may_open_low_ports():
        other = addresses.joined(host, addresses.alternative_port(host, port, set()))
        yield Note(
            "address",
            "info",
            tr("This system lets only services use ports below 1024."),
            tr("Use {port}").format(port=addresses.parted(other)[1]),
            other,
        )
    yield from _surprising_port(host, port, security)
    if passwords and security in READABLE and not addresses.is_loopback(host):
        yield Note(
            "security",
            "attention",
            tr(UNPROTECTED),
            tr("Require encryption"),
            Security.STARTTLS_REQUIRED.value,
        )
    if 0 < values["idle_timeout"] < STANDARD_PATIENCE:
        yield Note(
            "idle_timeout",
            "attention",
            tr("The standard asks for at least 10 minutes; some clients read slowly."),
        )


def tls_advice(values: Mapping[str, Any]) -> Iterator[Note]:
    """Warnings for the TLS options of one listener."""
    if values["client_certificates"] == ClientCertificates.REQUIRE:
        text = tr("Who has no certificate of these authorities can no longer connect.")
        yield Note("client_certificates", "attention", text)
    if values["ciphers"] == CIPHERS_FOR_OLDER_DEVICES:
        text = tr("Also takes ciphers in CBC mode, which have been attacked. Only while needed.")
        yield Note("ciphers", "attention", text)


def proxy_advice(values: Mapping[str, Any]) -> Iterator[Note]:
    """Warnings for the proxies of one listener."""
    if values["mode"] == ProxyMode.REQUIRED and not values["trusted"]:
        text = tr("Nobody can connect before a trusted proxy is named.")
        yield Note("trusted", "attention", text)
    elif values["mode"] == ProxyMode.OPTIONAL and not values["trusted"]:
        text = tr("Without a trusted proxy no header is heard.")
        yield Note("trusted", "attention", text)


def collision(values: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> Iterator[Note]:
    """Said when another listener asks for the same address and port."""
    listed = list(others)
    host, port = addresses.parted(str(values["address"]))
    for other in listed:
        other_host, other_port = addresses.parted(str(other["address"]))
        if not (values["enabled"] and other["enabled"] and port == other_port != 0):
            continue
        if addresses.overlap(host, other_host):
            taken = {addresses.parted(str(each["address"]))[1] for each in listed}
            free = addresses.alternative_port(host, port, taken)
            text = tr("Port {port} is already used by listener {name} ({address}).").format(
                port=port, address=addresses.spoken_host(other_host), name=other["name"]
            )
            action = tr("Use {port}").format(port=free)
            yield Note("address", "problem", text, action, addresses.joined(host, free))
            return


def _surprising_port(host: str, port: int, security: str) -> Iterator[Note]:
    if port == POP3S and security != Security.TLS:
        yield Note(
            "security",
            "attention",
            tr("Clients expect TLS from the start on port 995."),
            tr("Use TLS from the start"),
            Security.TLS.value,
        )
    if port == POP3 and security == Security.TLS:
        yield Note(
            "address",
            "attention",
            tr("Clients expect TLS from the start on port 995, not 110."),
            tr("Use 995"),
            addresses.joined(host, POP3S),
        )
    if host and not _is_here(host):
        yield Note(
            "address",
            "attention",
            tr("{host} is not an address of this computer now.").format(host=host),
        )


def _is_here(host: str) -> bool:
    if host in (addresses.ANY, addresses.ANY_IPV4, addresses.ANY_IPV6):
        return True
    return addresses.is_loopback(host) or any(
        host == known for known, _ in addresses.interface_addresses()
    )
