"""Whether connections are protected: handshakes, certificates, versions, readable passwords."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from ssl import TLSVersion

from server_core.config.model import Config, Listener, Security
from server_core.config.networks import parse_address
from server_core.config.signing_in import TEXT_METHODS
from server_core.events.views import CertificateKind, CertificateView, ListenerView
from server_core.health.check import (
    Place,
    Seen,
    Subject,
    attention,
    fine,
    named,
    problem,
    unchecked,
)
from server_core.health.reachable import (
    STEP_SECONDS,
    at,
    barred,
    entrance,
    listening,
    timed,
    untriable,
)
from server_core.net.own_networks import own_addresses
from server_core.net.visit import Visit

DAY = 86_400
SOON_DAYS = 14


def handshakes(subject: Subject) -> Iterator[Seen]:
    """Whether each listener that offers TLS comes to an encrypted connection."""
    for listener, view in listening(subject):
        if listener.security is Security.NONE:
            continue
        if subject.visit is not None:
            yield _shaken(subject, subject.visit, listener, view)


def old_versions(subject: Subject) -> Iterator[Seen]:
    """Whether versions of TLS that are no longer safe are refused (RFC 8996)."""
    for name, oldest in subject.oldest_tls.items():
        place = Place(name, "listeners", f"{name}.tls.minimum_version")
        words = oldest.name.replace("TLSv", "TLS ").replace("_", ".")
        if oldest < TLSVersion.TLSv1_2:
            yield problem(f"{words} is spoken, which others can break; ask for 1.2.", place)
        else:
            yield fine(f"{words} is the oldest version spoken.", place)


def certificates(subject: Subject) -> Iterator[Seen]:
    """Whether the certificates in use are whole, in time, and for the names clients use."""
    users = {
        one.name
        for one in subject.config.pop3.listeners
        if one.enabled and one.security is not Security.NONE
    }
    for view in subject.certificates() if users else ():
        if view.kind is not CertificateKind.AUTHORITY and not users.isdisjoint(view.used_by):
            yield certificate(view, subject.config, subject.now)


def certificate(view: CertificateView, config: Config, now: float) -> Seen:
    """What is to be said about one certificate that is in use."""
    place = Place(view.name, "certs", view.name)
    days = int((view.not_after - now) // DAY)
    missing = _missing_names(view.names, config)
    lan = [one for one in _reached_at(config) if one not in view.names]
    details = (
        f"For {', '.join(view.names) or 'no name'}; issued by {view.issuer or 'nobody'}.",
        f"Chain: {' - '.join(view.chain) or 'none'}.",
        *([f"Not for these addresses of this computer: {', '.join(lan)}."] if lan else []),
    )
    if view.problem:
        return problem(view.problem, place, details=details)
    if missing:
        text = f"It is not for {named(missing)}; clients that connect by that name will warn."
        return attention(text, place, details=details)
    if view.warning:
        return attention(view.warning, place, details=details)
    end = datetime.fromtimestamp(view.not_after, UTC)
    until = f"Valid until {end:%Y-%m-%d}, {days} days from now"
    if view.renews:
        return fine(f"{until}; it renews itself before.", place, details=details)
    if days < SOON_DAYS:
        return attention(f"{until}. Replace it before.", place, details=details)
    return fine(f"{until}.", place, details=details)


def readable_passwords(subject: Subject) -> Iterator[Seen]:
    """Whether passwords can cross a network unprotected."""
    config = subject.config
    allowed = not {*TEXT_METHODS}.isdisjoint(config.pop3.plain_methods)
    for listener in config.pop3.listeners:
        if not listener.enabled:
            continue
        place = Place(listener.name, "listeners", f"{listener.name}.security")
        if listener.security in (Security.TLS, Security.STARTTLS_REQUIRED):
            yield fine("Nobody signs in without encryption.", place)
        elif is_loopback(listener.endpoint.host):
            yield fine("Reached from this computer only, so nobody can read along.", place)
        elif not allowed:
            yield fine("Methods that show the password need encryption first.", place)
        else:
            text = "Passwords can be read on the way: clients may sign in without encryption."
            yield attention(text, place)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this computer only."""
    return host == "::1" or host.startswith("127.")


def _shaken(subject: Subject, visit: Visit, listener: Listener, view: ListenerView) -> Seen:
    place = Place(view.name, "listeners", view.name)
    if why := untriable(listener, view):
        return unchecked(why, place)
    host, trial = entrance(subject, listener, view)
    if not host:
        return barred(trial, "so no encrypted connection could be tried", view)
    steps = visit.look(at(host, view), patience=STEP_SECONDS)
    details = timed(steps)
    shaken = next((step for step in steps if step.name == "Handshake" and step.passed), None)
    if shaken is not None:
        words = shaken.words.replace("TLSv", "TLS ")
        return fine(f"Encrypted with {words}.", place, details=details)
    text = f"No encrypted connection came about: {steps[-1].words}."
    return problem(text, Place(view.name, "certs"), details=details)


def _missing_names(names: tuple[str, ...], config: Config) -> list[str]:
    wanted = [config.server.name or socket.gethostname()]
    # A name without a dot is no host name that a certificate has to carry for others.
    return [one for one in wanted if "." in one and not _covers(names, one.lower())]


def _covers(names: tuple[str, ...], host: str) -> bool:
    parent = host.partition(".")[2]
    return any(name.lower() in (host, f"*.{parent}") for name in names)


def _reached_at(config: Config) -> list[str]:
    """The addresses of this computer at which others reach a listener that offers TLS."""
    hosts = [
        one.endpoint.host
        for one in config.pop3.listeners
        if one.enabled and one.security is not Security.NONE
    ]
    wild = any(host in ("*", "0.0.0.0", "::") for host in hosts)  # noqa: S104 - compared
    found = [*(own_addresses() if wild else ()), *hosts]
    return [one for one in dict.fromkeys(found) if _is_address(one) and not is_loopback(one)]


def _is_address(text: str) -> bool:
    try:
        return parse_address(text)[1] != 0
    except ValueError:
        return False
