"""Which TLS context each listener serves with, from the certificate store and the configuration."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from server_core.certificates.bundle import CertificateProblem
from server_core.certificates.store import OWN, CertificateStore
from server_core.config.model import Config, Listener, Security
from server_core.events.ring import Hub
from server_core.events.types import Level, Noticed
from server_core.net.tls_options import TlsContexts


@dataclass(frozen=True, slots=True)
class Protection:
    """A listener's context; None with the reason in ``problem`` when it has none."""

    context: ssl.SSLContext | None = None
    problem: str = ""


UNPROTECTED = Protection()


class Protections:
    """Finds the listeners' contexts; its methods wait for the disk, on one worker at a time."""

    def __init__(self, store: CertificateStore, hub: Hub) -> None:
        self._store = store
        self._hub = hub
        self._contexts = TlsContexts()
        self._told: dict[str, str] = {}

    def of(self, config: Config) -> dict[str, Protection]:
        """The protection of every listener that offers TLS; a new problem is told."""
        found = {
            listener.name: self._of(config, listener)
            for listener in config.pop3.listeners
            if listener.enabled and listener.security is not Security.NONE
        }
        problems = {name: one.problem for name, one in found.items() if one.problem}
        for listener in config.pop3.listeners:
            name = listener.name
            # With implicit TLS the listener fails, which says the same.
            offers = listener.security is not Security.TLS
            if offers and name in problems and self._told.get(name) != problems[name]:
                text = f"listener '{name}' does not offer STLS: {problems[name]}"
                self._hub.emit(Noticed(level=Level.WARNING, source="certificates", text=text))
        self._told = problems
        return found

    def _of(self, config: Config, listener: Listener) -> Protection:
        try:
            if listener.certificate in ("", OWN):
                event = self._store.ensure_own(_names(config))
                if event is not None:
                    self._hub.emit(event)
            path = self._store.path(listener.certificate)
            return Protection(self._contexts.get(path, listener.tls))
        except CertificateProblem as problem:
            return Protection(problem=str(problem))


def used_by(config: Config) -> Mapping[str, tuple[str, ...]]:
    """The listeners of each certificate, by its name; those switched off count too."""
    users: dict[str, tuple[str, ...]] = {}
    for listener in config.pop3.listeners:
        if listener.certificate or listener.security is not Security.NONE:
            name = listener.certificate or OWN
            users[name] = (*users.get(name, ()), listener.name)
    return users


def _names(config: Config) -> list[str]:
    names = [config.server.name, config.server.primary_domain]
    return [name for name in (*names, *(x.domain for x in config.pop3.listeners)) if name]
