"""The part of the facade that is about who gets in: rules, limits, bans, threads."""

from __future__ import annotations

import time
from collections.abc import Sequence

from server_core.acting import ORIGIN, administered
from server_core.config.admission import Bans, Flow
from server_core.config.checking import Problem
from server_core.config.draft import Draft
from server_core.config.model import Config
from server_core.config.networks import parse_address
from server_core.config.schema import settings_of
from server_core.config.warnings import warnings_of
from server_core.events.reasons import REFUSAL_TEXTS, RefusalReason, Scope
from server_core.events.ring import Hub
from server_core.events.views import (
    BanView,
    MeterView,
    Refusal,
    Refusals,
    RuleUse,
    Trial,
    WorkersView,
)
from server_core.net.data_plane import DataPlane
from server_core.policy.access_rules import AccessRules
from server_core.policy.unreached import unreached_rules
from server_core.premises import Premises
from server_core.refusals import Refused

_TITLES = {limit.name: limit.title[:1].lower() + limit.title[1:] for limit in settings_of(Flow)}


class AdmissionMethods:
    """What can be asked and done about who gets in. Rules can be tried without a running server."""

    _hub: Hub
    _plane: DataPlane | None

    def _opened(self) -> Premises:
        raise Refused("The server is stopped.")

    def _running(self) -> DataPlane:
        raise Refused("The server is stopped.")

    async def apply(self, draft: Draft, *, origin: str) -> object:
        """See MailService."""
        raise Refused("The server is stopped.")

    def try_address(self, address: str, listener: str, *, config: Config | None = None) -> Trial:
        """What would happen to a connection from an address now, or under another configuration.

        Refused when the text is no address, or there is no such listener.
        """
        wanted = config or self._opened().config
        if all(one.name != listener for one in wanted.pop3.listeners):
            raise Refused(f"There is no listener called '{listener}'.")
        try:
            where = parse_address(address)
        except ValueError as problem:
            raise Refused(_sentence(problem)) from None
        gate = self._plane.gate if self._plane is not None else None
        if gate is not None and (ban := gate.ban_of(where)) is not None:
            words, banned = f"{ban.address}: {ban.why}", RefusalReason.BANNED
            return _trial(address, listener, scope=Scope.SERVICE, words=words, reason=banned)
        decision = AccessRules(wanted).verdict(where, listener, time.time())
        scope, words = decision.scope, decision.words
        if not decision.admitted:
            reason = RefusalReason.RULE_DENIED
            return _trial(address, listener, scope=scope, words=words, reason=reason)
        if gate is None:
            return _trial(address, listener, scope=scope, words=words)
        limits, full, limit = gate.limits_for(listener, where, decision)
        words = limit or words
        return _trial(address, listener, scope=scope, words=words, reason=full, limits=limits)

    def config_warnings(self, config: Config) -> tuple[Problem, ...]:
        """What a usable configuration had better not say, beside the fields it is about."""
        return (*warnings_of(config), *unreached_rules(config))

    def meters(self) -> tuple[MeterView, ...]:
        """All flow limits and their use now."""
        return self._plane.gate.meters() if self._plane is not None else ()

    def rule_uses(self) -> tuple[RuleUse, ...]:
        """How often each rule decided since the start."""
        return self._plane.gate.rule_uses() if self._plane is not None else ()

    def refusals(self) -> tuple[Refusal, ...]:
        """The last thousand refused connections, newest first."""
        return self._plane.gate.refusals() if self._plane is not None else ()

    def refused_lately(self) -> tuple[Refusals, ...]:
        """How many connections each listener refused within the last hour, and why."""
        return self._plane.gate.refused_lately() if self._plane is not None else ()

    def bans(self) -> tuple[BanView, ...]:
        """Bans and locks in force, newest first."""
        return self._plane.gate.bans() if self._plane is not None else ()

    async def ban(self, address: str, seconds: float | None, why: str) -> BanView:
        """Keep an address, range or network out, for ever when ``seconds`` is None.

        Sessions from there that are not signed in end.
        """
        try:
            made = self._running().gate.ban(address, seconds, why)
        except ValueError as problem:
            raise Refused(_sentence(problem)) from None
        self._hub.emit(administered(f"banned {made.address}", address=made.address))
        return made

    async def unban(self, address: str) -> bool:
        """Lift a ban or lock at once; False when there is none of that name."""
        lifted = self._running().gate.unban(address)
        if lifted:
            self._hub.emit(administered(f"lifted the ban of {address}", address=address))
        return lifted

    async def trust(self, address: str) -> None:
        """Lift a ban, and never ban the address again."""
        draft = Draft(self._opened().config)
        trusted: Sequence[str] = self._opened().config.bans.trusted
        draft.set("bans.trusted", [*(one for one in trusted if one != address), address])
        await self.apply(draft, origin=ORIGIN.get())
        self._running().gate.unban(address)

    async def replay_bans(self, settings: Bans) -> tuple[BanView, ...]:
        """The bans that the failures of the last seven days would have led to."""
        return await self._opened().workers.run(self._running().gate.replay, settings)

    def workers(self) -> WorkersView:
        """The worker threads now."""
        workers = self._opened().workers
        minimum, maximum = workers.bounds
        return WorkersView(
            minimum=minimum,
            maximum=maximum,
            threads=workers.threads,
            busy=workers.busy,
            queued=workers.queued,
            longest_wait=workers.longest_wait,
            most_busy=workers.most_busy,
        )


def _sentence(problem: ValueError) -> str:
    text = str(problem)
    return f"{text[:1].upper()}{text[1:]}."


def _trial(
    address: str,
    listener: str,
    *,
    scope: Scope,
    words: str,
    reason: RefusalReason | None = None,
    limits: tuple[MeterView, ...] = (),
) -> Trial:
    verdict = "Allowed" if reason is None else f"Refused, {REFUSAL_TEXTS[reason]}"
    used = "; ".join(f"{meter.used} of {meter.allowed} {_TITLES[meter.limit]}" for meter in limits)
    sentence = f"{verdict}: {words}." + (f" Limits: {used}." if used else "")
    return Trial(
        address=address,
        listener=listener,
        admitted=reason is None,
        scope=scope,
        rule=words,
        sentence=sentence,
        limits=limits,
        reason=reason,
    )
