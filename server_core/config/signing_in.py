"""Settings of how clients prove who they are, and of what is kept for it."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, field_validator

from server_core.config.schema import Effect, Kind, Section, Unit, setting

_REALM = re.compile(r'[^\x00-\x1f\x7f"\\,]{1,255}')
TOKEN = re.compile(r"%(.?)")
"""A word of the greeting that is filled in for each connection."""
_PRINCIPAL = re.compile(r"(pop/[A-Za-z0-9.-]+(@[A-Za-z0-9._-]+)?)?")


class Method(StrEnum):
    """A way to sign in; the value is its name in the file."""

    USER_PASS = "user-pass"
    PLAIN = "plain"
    LOGIN = "login"
    APOP = "apop"
    CRAM_MD5 = "cram-md5"
    DIGEST_MD5 = "digest-md5"
    SCRAM_SHA_1 = "scram-sha-1"
    SCRAM_SHA_256 = "scram-sha-256"
    SCRAM_SHA_1_PLUS = "scram-sha-1-plus"
    SCRAM_SHA_256_PLUS = "scram-sha-256-plus"
    GSSAPI = "gssapi"
    EXTERNAL = "external"


TEXT_METHODS = (Method.USER_PASS, Method.PLAIN, Method.LOGIN)
"""The password itself crosses the line."""
SECRET_METHODS = (Method.APOP, Method.CRAM_MD5, Method.DIGEST_MD5)
"""The server has to know the password itself."""
TLS_METHODS = (Method.SCRAM_SHA_1_PLUS, Method.SCRAM_SHA_256_PLUS, Method.EXTERNAL)
"""They prove something about the encrypted connection too, so they exist only there."""
UNASKED_METHODS = (Method.APOP, Method.EXTERNAL)
"""Off until somebody wants them."""
DEFAULT_SECURE = tuple(method for method in Method if method not in UNASKED_METHODS)
DEFAULT_PLAIN = tuple(method for method in DEFAULT_SECURE if method not in TLS_METHODS)


def _works_in_clear(method: Method) -> Method:
    if method in TLS_METHODS:
        raise ValueError(f"{method} needs an encrypted connection; leave it out here")
    return method


def _needs_the_password(method: Method) -> Method:
    if method not in SECRET_METHODS:
        raise ValueError(f"{method} works without; choose among {', '.join(SECRET_METHODS)}")
    return method


def _is_realm(text: str) -> str:
    if not _REALM.fullmatch(text):
        raise ValueError("a realm is up to 255 characters without quotes, commas and backslashes")
    return text


PlainMethod = Annotated[Method, AfterValidator(_works_in_clear)]
SecretMethod = Annotated[Method, AfterValidator(_needs_the_password)]
Realm = Annotated[str, AfterValidator(_is_realm)]


def greeting_problem(greeting: str, methods: Collection[Method]) -> str:
    """Why the greeting does not go with these methods; empty when it does.

    APOP's timestamp is the first thing in angle brackets (RFC 1939 section 7).
    """
    if Method.APOP not in methods:
        return ""
    if "U" not in TOKEN.findall(greeting):
        return "APOP is chosen and needs %U in the greeting; add it, or leave APOP out"
    if "<" in greeting:
        return "APOP is chosen, so the greeting may have no <; take it out, or leave APOP out"
    return ""


class KeyPlace(StrEnum):
    """Where the key lies that encrypts kept passwords."""

    AUTO = "auto"
    KEYRING = "keyring"
    FILE = "file"


class Secrets(Section):
    """What is kept of passwords beside the verifier that everybody has."""

    keep_for: tuple[SecretMethod, ...] = setting(
        (),
        "Keep passwords for",
        "These methods need the password itself, so it is kept, encrypted with a key of this "
        "computer. It is taken when a password is set or next used.",
        effect=Effect.NOW,
    )
    key_in: KeyPlace = setting(
        KeyPlace.AUTO,
        "Key for kept passwords",
        "keyring: the credential store of the system. file: a file in the home that only its "
        "owner may read. auto: the credential store where there is one, else the file.",
        effect=Effect.NEXT_START,
    )
    scram_iterations: int = setting(
        15_000,
        "SCRAM iterations",
        "How much work one guess costs somebody who stole the accounts file; mail programs do "
        "it too at each sign-in. Counts for passwords set from now on.",
        effect=Effect.NOW,
        ge=4_096,
        le=1_000_000,
    )
    upgrade: bool = setting(
        True,
        "Renew older verifiers",
        "What is kept of a password is brought up to date when the password is next used.",
        effect=Effect.NOW,
    )


class Kerberos(Section):
    """Signing in with the tickets of a network (GSSAPI, RFC 4752)."""

    principal: str = setting(
        "",
        "Service principal",
        "Like pop/mail.example.com@EXAMPLE.COM; empty means any whose name begins with pop/ "
        "in the key file.",
        effect=Effect.NEW_CONNECTIONS,
        max_length=512,
    )
    key_file: str = setting(
        "",
        "Key file",
        "The keytab with the service's key, made by the network's administrator; empty means "
        "the system's own.",
        effect=Effect.NEW_CONNECTIONS,
        max_length=1024,
    )

    @field_validator("principal")
    @classmethod
    def _is_a_pop_service(cls, text: str) -> str:
        if not _PRINCIPAL.fullmatch(text):
            raise ValueError("write it like pop/mail.example.com@EXAMPLE.COM")
        return text


class SignInLimits(Section):
    """How many sessions an account may have, and how often it may sign in."""

    connections: int = setting(
        16,
        "Sessions per account",
        "One more is told that the mailbox is in use; 0 means no limit. An account can have "
        "its own.",
        effect=Effect.NEW_CONNECTIONS,
        kind=Kind.LIMIT,
        ge=0,
        le=2_048,
    )
    delay: int = setting(
        0,
        "Time between sign-ins",
        "An account that signs in again sooner is asked to wait; 0 means it never is. An "
        "account can have its own.",
        effect=Effect.NEW_CONNECTIONS,
        unit=Unit.SECONDS,
        kind=Kind.LIMIT,
        ge=0,
        le=86_400,
    )
    padding: int = setting(
        3,
        "Quick sign-ins forgiven",
        "So many in a row may come too soon, as when somebody presses Get mail twice.",
        effect=Effect.NEW_CONNECTIONS,
        ge=0,
        le=100,
    )
