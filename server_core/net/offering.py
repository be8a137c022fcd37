"""Which methods can sign somebody in now; looked at anew when accounts or settings change."""

from __future__ import annotations

import time
from collections.abc import Mapping

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
        self._reasons: Mapping[Method, str] = {}

    def look(self, config: Config) -> Mapping[Method, str]:
        """Why methods are not offered, half a sentence each; found anew when anything changed."""
        seen = config, self._directory.revision
        if seen != self._seen:
            self._seen = seen
            records = self._directory.records()
            self._reasons = unready(config, records, vault="", kerberos=_KERBEROS)
        return self._reasons

    def views(self, config: Config) -> tuple[MethodView, ...]:
        """Every method: where it is switched on, for how many accounts it works, who used it.

        ``config`` need not be what runs.
        """
        reasons = self.look(config)
        records = self._directory.records()
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
        before, after = (offered(config, self.look(config)) for config in (running, wanted))
        accounts = [
            (record.account, ready_methods(record, vault_works=True))
            for record in self._directory.records()
        ]
        return stranded(accounts, before, after, now=time.time())


def _log_name(method: Method) -> str:
    return "USER" if method is Method.USER_PASS else method.value.upper()
