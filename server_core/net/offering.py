"""Which methods can sign somebody in now; looked at anew when accounts or settings change."""

from __future__ import annotations

import time

from server_core.accounts.directory import Directory
from server_core.accounts.readiness import ready_methods, unready
from server_core.config.model import Config
from server_core.config.signing_in import Method
from server_core.events.views import MethodView


class Offering:
    """Lives on the control loop; never waits."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._seen: tuple[Config, int, str] | None = None
        self.kerberos = ""
        """Why no ticket can be accepted; whoever finds that out says so here."""
        self.reasons: dict[Method, str] = {}
        """Why a method is not offered, half a sentence each."""

    def look(self, config: Config) -> None:
        """Look whether anything has changed since."""
        seen = config, self._directory.revision, self.kerberos
        if seen == self._seen:
            return
        self._seen = seen
        records = self._directory.records()
        self.reasons = unready(config, records, vault="", kerberos=self.kerberos)

    def views(self, config: Config) -> tuple[MethodView, ...]:
        """Every method: where it is switched on, for how many accounts it works, who used it."""
        self.look(config)
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
                problem=self.reasons.get(method, ""),
                uses=uses.get(_log_name(method), (0, 0.0))[0],
                last_used=uses.get(_log_name(method), (0, 0.0))[1],
            )
            for method in Method
        )


def _log_name(method: Method) -> str:
    return "USER" if method is Method.USER_PASS else method.value.upper()
