"""Accepting the network's tickets: MIT Kerberos, or SSPI on Windows (RFC 4121, RFC 4752)."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from server_core.config.file import Fingerprint, fingerprint
from server_core.config.signing_in import Kerberos
from server_core.events.views import KerberosView
from server_core.net.keytab import principals_in
from server_core.protocol.claims import Ticket

_SERVICE = "pop"
_NEEDED = ("spnego",) if sys.platform == "win32" else ("spnego", "gssapi", "krb5")
_NOT_INSTALLED = "the part of Postroom that speaks Kerberos is not installed (postroom[kerberos])"
_LARGEST_KEY_FILE = 1 << 20
_LONGEST_PROBLEM = 300


class _Unusable(Exception):
    """Why no ticket can be accepted, as half a sentence."""


class _Wrapped(Protocol):
    """What wrapping or unwrapping gave."""

    @property
    def data(self) -> bytes:
        """The octets."""


class _Context(Protocol):
    """What is asked of a security context of pyspnego."""

    complete: bool
    client_principal: str | None
    negotiated_protocol: str | None

    def new_context(self) -> _Context:
        """Another one with the same credential."""

    def step(self, in_token: bytes) -> bytes | None:
        """Go on with a token of the client; gives one for it."""

    def wrap(self, data: bytes, encrypt: bool) -> _Wrapped:
        """Protect octets."""

    def unwrap(self, data: bytes) -> _Wrapped:
        """Octets that the client protected."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What a configuration of Kerberos amounts to.

    ``problem`` is half a sentence, empty when tickets can be accepted. ``file`` is the key file
    that was looked at, ``principals`` all that are in it, ``realms`` those of the service.
    """

    problem: str = ""
    file: Path | None = None
    principals: tuple[str, ...] = ()
    realms: frozenset[str] = frozenset()
    template: _Context | None = field(default=None, repr=False)

    @property
    def view(self) -> KerberosView:
        """The same for a person."""
        sentence = f"{self.problem[:1].upper()}{self.problem[1:]}"
        where = f"a key of {self.file}" if self.file else "this computer's own key"
        ready = f"Tickets for {_SERVICE} that fit {where} are accepted"
        return KerberosView(not self.problem, f"{sentence or ready}.", self.principals)


class Tickets:
    """Accepts clients' tickets as the configuration says; every method waits, so on workers only.

    What a client's exchange has come to is its context, and with whoever holds that it ends.
    """

    def __init__(self) -> None:
        self._seen: tuple[Kerberos, Fingerprint | None] | None = None
        self._examined = Examination(_NOT_INSTALLED)

    def attend(self, wanted: Kerberos) -> str:
        """Look whether settings or key file changed; gives why no ticket can be accepted."""
        if self._seen != (wanted, _stamp(self._examined.file)):
            self._examined = examine(wanted)
            self._seen = wanted, _stamp(self._examined.file)
        return self._examined.problem

    def accept(self, token: bytes, context: object) -> Ticket:
        """Go on with an exchange, or begin one when there is no context yet."""
        examined = self._examined
        if examined.template is None:
            return Ticket(problem=examined.problem)
        try:
            # A context that is not None is one that came from here.
            ours: _Context = context or examined.template.new_context()  # type: ignore[assignment]
            answer = ours.step(token) or b""
            if not ours.complete:
                return Ticket(answer, context=ours)
            if ours.negotiated_protocol != "kerberos":
                return Ticket(problem=f"not Kerberos but {ours.negotiated_protocol}")
            principal = _principal(ours.client_principal or "")
        except Exception as problem:  # noqa: BLE001 - whatever a stranger's octets lead to
            return Ticket(problem=_words(problem))
        known = principal.rpartition("@")[2] in examined.realms
        return Ticket(answer, complete=True, principal=principal, ours=known, context=ours)


def wrap(octets: bytes, context: _Context) -> bytes | None:
    """Protect octets against changes; None when the client's ticket does not allow that."""
    try:
        return context.wrap(octets, encrypt=False).data
    except Exception:  # noqa: BLE001 - the libraries have no error in common
        return None


def unwrap(octets: bytes, context: _Context) -> bytes | None:
    """The octets that the client protected; None when they were changed."""
    try:
        return context.unwrap(octets).data
    except Exception:  # noqa: BLE001 - whatever a stranger's octets lead to
        return None


def examine(wanted: Kerberos) -> Examination:
    """Try what tickets would be accepted with. Waits for the disk."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        return Examination(_NOT_INSTALLED)
    file: Path | None = None
    principals: tuple[str, ...] = ()
    try:
        file = _key_file(wanted)
        principals = _principals(file) if file else ()
        service = _service(wanted.principal, principals, file)
        template = _template(file, service.principal)
    except _Unusable as unusable:
        return Examination(str(unusable), file, principals)
    except Exception as problem:  # noqa: BLE001 - the libraries have no error in common
        return Examination(f"Kerberos does not work here: {_words(problem)}", file, principals)
    return Examination("", file, principals, service.realms, template)


class _Service(NamedTuple):
    """Whose tickets are accepted: one principal's, or with an empty one any of the service's."""

    principal: str
    realms: frozenset[str]


def _key_file(wanted: Kerberos) -> Path | None:
    """The file with the keys; None where the system keeps them itself."""
    if wanted.key_file:
        file = Path(wanted.key_file)
        if not file.is_absolute():
            raise _Unusable(f"the key file {file} has to be given with its whole path")
        return file
    if sys.platform == "win32":
        return None
    krb5 = importlib.import_module("krb5")
    name: bytes = krb5.kt_default_name(krb5.init_context())
    kind, _, place = os.fsdecode(name).rpartition(":")
    if kind not in ("", "FILE", "WRFILE"):
        raise _Unusable(f"the system keeps its keys in {kind}; name a key file")
    return Path(place)


def _principals(file: Path) -> tuple[str, ...]:
    try:
        with file.open("rb") as opened:
            octets = opened.read(_LARGEST_KEY_FILE + 1)
        if len(octets) > _LARGEST_KEY_FILE:
            raise ValueError("too large")
        return principals_in(octets)
    except FileNotFoundError:
        raise _Unusable(f"there is no key file {file}") from None
    except OSError as problem:
        words = (problem.strerror or "it is out of reach").lower()
        raise _Unusable(f"the key file {file} cannot be read: {words}") from None
    except ValueError:
        raise _Unusable(f"{file} is damaged, or no key file of Kerberos") from None


def _service(principal: str, principals: tuple[str, ...], file: Path | None) -> _Service:
    """What is wanted of what there is.

    In a file with keys of several realms it takes a configured principal to say which is ours.
    """
    if file is None:
        domains = (os.environ.get(name, "") for name in ("USERDOMAIN", "USERDNSDOMAIN"))
        return _Service(principal, frozenset(filter(None, domains)))
    fitting = [one for one in principals if one.startswith(f"{_SERVICE}/")]
    if not fitting:
        raise _Unusable(f"the key file {file} has no key for {_SERVICE}/HOST@REALM")
    if principal:
        fitting = [one for one in fitting if principal in (one, one.rpartition("@")[0])]
        if not fitting:
            raise _Unusable(f"the key file {file} has no key for {principal}")
        if len(fitting) > 1:
            raise _Unusable(f"the key file {file} has {principal} in several realms; add one")
        principal = fitting[0]
    realms = frozenset(one.rpartition("@")[2] for one in fitting)
    return _Service(principal, realms if len(realms) == 1 else frozenset())


def _template(file: Path | None, principal: str) -> _Context:
    """A context that others are made from, each with the same credential."""
    spnego = importlib.import_module("spnego")
    credential: dict[str, object]
    if sys.platform == "win32":
        # Without a file it is the computer's account, or that of whoever runs the server.
        keys = spnego.KerberosKeytab(str(file), principal or None) if file else None
        credential = {"credentials": keys}
    else:
        gssapi = importlib.import_module("gssapi")
        # Or it hands out the token for a refusal, and forgets why it refused.
        gssapi.SecurityContext.__DEFER_STEP_ERRORS__ = False
        kinds = gssapi.NameType
        # A service without a host is any of the file's; pyspnego itself knows no key files here.
        name = (
            gssapi.Name(principal, kinds.kerberos_principal)
            if principal
            else gssapi.Name(_SERVICE, kinds.hostbased_service)
        )
        keys = gssapi.Credentials(
            name=name,
            usage="accept",
            mechs=[gssapi.MechType.kerberos],
            store={"keytab": f"FILE:{file}"},
        )
        credential = {"_gssapi_credential": keys}
    template: _Context = spnego.server(service=_SERVICE, protocol="kerberos", **credential)
    return template


def _principal(told: str) -> str:
    """``name@REALM``, which Windows tells as ``DOMAIN\\name``."""
    domain, separator, name = told.partition("\\")
    return f"{name}@{domain}" if separator and sys.platform == "win32" else told


def _stamp(file: Path | None) -> Fingerprint | None:
    return fingerprint(file) if file else None


def _words(problem: BaseException) -> str:
    """What a library says, in one line; pyspnego puts the system's words inside its own."""
    inner = getattr(problem, "base_error", None) or problem
    return " ".join(str(inner).split())[:_LONGEST_PROBLEM] or type(inner).__name__
