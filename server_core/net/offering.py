"""Which methods can sign somebody in now; looked at anew when accounts or settings change."""

from __future__ import annotations

import time

from server_core.accounts.directory import Directory
from server_core.accounts.readiness import ready_methods, unready
from server_core.accounts.stranded import offered, stranded
from server_core.config.model import Config
from server_core.config.signing_in import Method
from server_core.events.views import MethodView

_KERBEROS = "the part of Postroom that speaks Kerberos is not installed"


class Offering:
    """Lives on the control loop; never waits."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._seen: tuple[Config, int] | None = None
        self.reasons: dict[Method, str] = {}
        """Why a method is not offered, half a sentence each."""

    def look(self, config: Config) -> bool:
        """Look whether anything has changed since; True when other methods can work now."""
        seen = config, self._directory.revision
        if seen == self._seen:
            return False
        self._seen = seen
        before = self.reasons
        self.reasons = self._reasons(config)
        return self.reasons.keys() != before.keys()

    def views(self, config: Config) -> tuple[MethodView, ...]:
        """Every method: where it is switched on, for how many accounts it works, who used it.

        ``config`` need not be what runs.
        """
        records = self._directory.records()
        reasons = self._reasons(config)
        ready = [ready_methods(record, vault_works=True) for record in records]
        uses = self._directory.method_uses(time.time())
        return tuple(
            MethodView(
                method=method,
                in_clear=method in config.pop3.plain_methods,
                under_tls=method in config.pop3.secure_methods,
                ready=sum(method in one for one in ready),
                accounts=len(records),
                problem=reasons.get(method, ""),
                uses=uses.get(_log_name(method), (0, 0.0))[0],
                last_used=uses.get(_log_name(method), (0, 0.0))[1],
            )
            for method in Method
        )

    def stranded(self, running: Config, wanted: Config) -> tuple[str, ...]:
        """The accounts that can be signed in to now and could not be any more, by name."""
        before, after = (offered(config, self._reasons(config)) for config in (running, wanted))
        accounts = [
            (record.account, ready_methods(record, vault_works=True))
            for record in self._directory.records()
        ]
        return stranded(accounts, before, after, now=time.time())

    def _reasons(self, config: Config) -> dict[Method, str]:
        return unready(config, self._directory.records(), vault="", kerberos=_KERBEROS)


def _log_name(method: Method) -> str:
    return "USER" if method is Method.USER_PASS else method.value.upper()
