"""Settings of how a listener speaks TLS, trusts proxies, and how many threads work behind it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from server_core.config.admission import Addresses
from server_core.config.schema import Effect, Kind, Section, Unit, misplaced, setting

# What devices from before about 2014 need beside the recommended ciphers: forward secrecy is
# kept, but block ciphers in CBC mode have been attacked.
CIPHERS_FOR_OLDER_DEVICES = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"


class ProxyMode(StrEnum):
    """Whether connections begin with a PROXY header (versions 1 and 2)."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Proxy(Section):
    """A proxy before a listener that tells whose connection it passes on."""

    mode: ProxyMode = setting(
        ProxyMode.OFF,
        "PROXY protocol",
        "optional or required: a trusted proxy says in a header whom it speaks for.",
        effect=Effect.NEW_CONNECTIONS,
    )
    trusted: tuple[Addresses, ...] = setting(
        (),
        "Trusted proxies",
        "Only these addresses may send the header; from all others it is refused.",
        effect=Effect.NEW_CONNECTIONS,
        kind=Kind.ADDRESSES,
        max_length=100,
    )
    timeout: int = setting(
        5,
        "Patience for the header",
        "A proxy that has not sent its header by then is disconnected.",
        effect=Effect.NEW_CONNECTIONS,
        unit=Unit.SECONDS,
        ge=1,
        le=60,
    )


class ClientCertificates(StrEnum):
    """Whether clients are asked for a certificate."""

    NO = "no"
    ACCEPT = "accept"
    REQUIRE = "require"


class TlsVersion(StrEnum):
    """The oldest version that is spoken."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class Tls(Section):
    """How one listener speaks TLS, from the start or after STLS."""

    minimum_version: TlsVersion = setting(
        TlsVersion.TLS_1_2,
        "Oldest TLS version",
        "1.3 refuses mail programs from before about 2020.",
        effect=Effect.NEW_HANDSHAKES,
    )
    ciphers: str = setting(
        "",
        "Ciphers for TLS 1.2",
        "A list in OpenSSL's words; empty means the recommended ones.",
        effect=Effect.NEW_HANDSHAKES,
        kind=Kind.CIPHERS,
        max_length=1024,
    )
    server_order: bool = setting(
        True,
        "Server chooses the cipher",
        "On: the server's order counts, off: the client's.",
        effect=Effect.NEW_HANDSHAKES,
    )
    client_certificates: ClientCertificates = setting(
        ClientCertificates.NO,
        "Client certificates",
        "no: never asked for. accept: checked when shown. require: nobody connects without.",
        effect=Effect.NEW_HANDSHAKES,
    )
    ca: str = setting(
        "",
        "Authorities for client certificates",
        "A PEM file with the authorities whose client certificates are accepted.",
        effect=Effect.NEW_HANDSHAKES,
        kind=Kind.FILE,
        max_length=1024,
    )
    verify_depth: int = setting(
        4,
        "Chain depth",
        "How many certificates may stand between a client's and the authority.",
        effect=Effect.NEW_HANDSHAKES,
        ge=1,
        le=16,
    )

    @model_validator(mode="after")
    def _certificates_are_checked_against_somebody(self) -> Self:
        if self.client_certificates is not ClientCertificates.NO and not self.ca:
            raise misplaced("name the file with the authorities of the clients", "ca")
        return self


class Threads(Section):
    """Worker threads, shared by all connections for what may wait."""

    minimum: int = setting(
        2, "Threads at start", "Kept ready always.", effect=Effect.NOW, ge=1, le=128
    )
    maximum: int = setting(
        20, "Threads at peak", "Work waits in a queue beyond.", effect=Effect.NOW, ge=1, le=128
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise misplaced("must not be less than the threads at start", "maximum")
        return self
