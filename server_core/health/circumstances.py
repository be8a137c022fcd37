"""Gathering what decides about a sign-in, from accounts, rules, bans, limits and sessions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from server_core.accounts.account import Account
from server_core.accounts.directory import Directory
from server_core.accounts.names import complete
from server_core.accounts.stranded import methods_of
from server_core.config.model import Config, Listener, Security
from server_core.config.networks import address_text, parse_address
from server_core.config.signing_in import Method
from server_core.events.views import MethodReadiness, MethodView
from server_core.health.sign_in import Circumstances
from server_core.net.data_plane import DataPlane
from server_core.policy.access_rules import AccessRules
from server_core.policy.failures import Failure
from server_core.protocol.session_policy import policy_for

_FAILURES = 5


class Gathering:
    """One question about one account; ``plane`` is None while the server does not run.

    ValueError says what is wrong with the address.
    """

    def __init__(self, config: Config, directory: Directory, plane: DataPlane | None) -> None:
        self._config, self._directory, self._plane = config, directory, plane

    def name_of(self, account: str) -> str:
        """The account that this sign-in name means, whether there is one or not."""
        full = complete(account, self._config.server.primary_domain)
        return self._directory.main_name(full)

    def about(
        self,
        account: str,
        address: str,
        listener: str,
        readiness: Sequence[MethodReadiness],
        methods: Sequence[MethodView],
    ) -> Circumstances:
        """All that decides; what was not named is taken from the latest try."""
        if address:
            parse_address(address)
        asked = complete(account, self._config.server.primary_domain)
        name = self.name_of(account)
        known = self._directory.get(name)
        failures = self._plane.gate.failures_of(name, _FAILURES) if self._plane else ()
        where = address or _latest_address(failures, known)
        door = self._door(listener or _latest_listener(failures, known), known)
        seen = Circumstances(
            now=time.time(),
            serving=self._plane is not None,
            name=name,
            account=known,
            alias_of=asked if asked != name else "",
            address=where,
            assumed="" if address or not where else f" {where} is where the latest try came from.",
            listener=door,
            readiness=tuple(readiness),
            failures=failures,
        )
        return self._completed(seen, methods)

    def _completed(self, seen: Circumstances, methods: Sequence[MethodView]) -> Circumstances:
        door = seen.listener
        if door is not None:
            unready = [Method(view.method) for view in methods if view.problem]
            policy = policy_for(self._config, door, tls_usable=True, unready=unready)
            implicit = door.security is Security.TLS
            clear = frozenset() if implicit else methods_of(policy.in_clear)
            tls = implicit or policy.in_clear.stls
            under = frozenset[Method]().union(*map(methods_of, policy.under_tls.values()))
            seen = replace(seen, in_clear=clear, under_tls=under if tls else frozenset())
        if self._plane is None:
            return seen
        return self._with_the_gate(self._with_the_mailbox(seen, self._plane), self._plane)

    def _with_the_gate(self, seen: Circumstances, plane: DataPlane) -> Circumstances:
        views = {view.name: view for view in plane.listeners()}
        if seen.listener is not None:
            seen = replace(seen, view=views.get(seen.listener.name))
        if not seen.address or seen.listener is None:
            return seen
        where, name = parse_address(seen.address), seen.listener.name
        decision = AccessRules(self._config).verdict(where, name, seen.now)
        limits, full, words = plane.gate.limits_for(name, where, decision)
        return replace(
            seen,
            decision=decision,
            limits=limits,
            limit=words if full is not None else "",
            ban=plane.gate.ban_of(where),
            locked=plane.gate.is_locked(seen.name, where),
        )

    def _with_the_mailbox(self, seen: Circumstances, plane: DataPlane) -> Circumstances:
        if seen.account is None:
            return seen
        open_sessions, refusal = plane.mailbox_use(seen.account)
        delay = plane.login_delay_of(seen.account)
        return replace(seen, open_sessions=open_sessions, refusal=refusal, login_delay=delay)

    def _door(self, name: str, account: Account | None) -> Listener | None:
        """The listener of that name, else the first that the account may be used at."""
        usable = [one for one in self._config.pop3.listeners if one.enabled]
        named = [one for one in self._config.pop3.listeners if one.name == name]
        allowed = account.terms.listeners if account is not None else ()
        fitting = [one for one in usable if not allowed or one.name in allowed]
        return next(iter((*named, *fitting, *usable)), None)


def _latest_address(failures: Sequence[Failure], account: Account | None) -> str:
    if failures:
        return address_text(*failures[0].address)
    host = account.last_peer if account is not None else ""
    for text in (host, host.rpartition(":")[0]):
        try:
            return address_text(*parse_address(text))
        except ValueError:
            continue
    return ""


def _latest_listener(failures: Sequence[Failure], account: Account | None) -> str:
    if failures:
        return failures[0].listener
    return account.last_listener if account is not None else ""
