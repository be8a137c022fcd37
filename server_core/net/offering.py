"""What new sessions are offered beside the settings; seen anew when accounts or these change."""

from __future__ import annotations

import time
from collections.abc import Mapping

from server_core.accounts.directory import Directory
from server_core.accounts.readiness import ready_methods, unready, vouched_methods
from server_core.accounts.stranded import offered, stranded
from server_core.config.model import Config
from server_core.config.signing_in import Method
from server_core.events.views import MethodView
from server_core.policy.maildrop_use import UseLimits
from server_core.protocol.session_policy import NO_DELAY, LoginDelay


class Offering:
    """Lives on the control loop; never waits."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._seen: tuple[Config, int, str] | None = None
        self.kerberos = "Kerberos has not been tried yet"
        """Why no ticket can be accepted; whoever finds that out says so here."""
        self._reasons: Mapping[Method, str] = {}
        self._login_delay = NO_DELAY

    def look(self, config: Config) -> Mapping[Method, str]:
        """Why methods are not offered, half a sentence each; found anew when anything changed."""
        seen = config, self._directory.revision, self.kerberos
        if seen != self._seen:
            self._seen = seen
            vault = self._directory.secrets_problem
            ready = self._directory.ready()
            self._reasons = unready(config, ready, vault=vault, kerberos=self.kerberos)
            limits = UseLimits.wanted_by(config)
            records = self._directory.records()
            self._login_delay = limits.announced(record.account.terms for record in records)
        return self._reasons

    def login_delay(self, config: Config) -> LoginDelay:
        """The time between sign-ins that CAPA tells of; found anew when anything changed."""
        self.look(config)
        return self._login_delay

    def views(self, config: Config) -> tuple[MethodView, ...]:
        """Every method: where it is switched on, for how many accounts it works, who used it.

        ``config`` need not be what runs.
        """
        reasons = self.look(config)
        records = self._directory.records()
        ready = [ready_methods(record) | vouched_methods(record) for record in records]
        uses = self._directory.method_uses(time.time())
        return tuple(
            MethodView(
                method=method,
                in_clear=method in config.pop3.plain_methods,
                under_tls=method in config.pop3.secure_methods,
                ready=sum(method in one for one in ready),
                accounts=len(ready),
                problem=reasons.get(method, ""),
                uses=uses.get(_log_name(method), (0, 0.0))[0],
                last_used=uses.get(_log_name(method), (0, 0.0))[1],
            )
            for method in Method
        )

    def stranded(self, running: Config, wanted: Config) -> tuple[str, ...]:
        """The accounts that can be signed in to now and could not be any more, by name."""
        before, after = (offered(config, self.look(config)) for config in (running, wanted))
        accounts = [(one.account, ready_methods(one)) for one in self._directory.records()]
        return stranded(accounts, before, after, now=time.time())


def _log_name(method: Method) -> str:
    return "USER" if method is Method.USER_PASS else method.value.upper()
