"""Everything outside an exchange that is stepped by hand: one account, and a client's responses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from server_core.events.reasons import SignInReason
from server_core.protocol import claims as c
from server_core.protocol.actions import Action, Secret, Steps, Verdict
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl.mechanism import Challenge, Identity
from tests.protocol.memory import scram_keys

Response = bytes | Callable[[bytes], bytes]
TIM = "tim@example.com"


@dataclass
class Outside:
    """Tim's account, or what stands in for it when ``refusal`` says why he cannot sign in.

    ``names`` are the addresses in the client's certificate, ``accounts`` whom others vouch for by
    address, with the reason where it is a refusal. ``asked`` collects what the exchange asked for,
    ``challenges`` what it said.
    """

    password: str = "tanstaaftanstaaf"
    refusal: SignInReason | None = None
    nonce: str = "an-unguessable-nonce"
    domain: str = "example.com"
    realms: tuple[str, ...] = ("example.com",)
    offered: frozenset[str] = frozenset()
    bindings: dict[str, bytes] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    accounts: dict[str, SignInReason] = field(default_factory=dict)
    asked: list[Action[Any]] = field(default_factory=list)
    challenges: list[bytes] = field(default_factory=list)

    def hold(self, exchange: Steps[Identity], *responses: Response) -> Identity:
        """Go through the exchange; every challenge takes the next response."""
        waiting = list(responses)
        answer: object = None
        while True:
            try:
                action = exchange.send(answer)
            except StopIteration as done:
                identity: Identity = done.value
                assert not waiting, "the exchange ended before the client did"
                return identity
            if isinstance(action, Challenge):
                self.challenges.append(action.octets)
                response = waiting.pop(0)
                answer = response if isinstance(response, bytes) else response(action.octets)
            else:
                self.asked.append(action)
                answer = self._answer(action)

    def refuses(self, exchange: Steps[Identity], *responses: Response) -> tuple[SignInReason, str]:
        """Why the exchange fails, and whom the log names."""
        with pytest.raises(ExchangeFailed) as failure:
            self.hold(exchange, *responses)
        return failure.value.reason, failure.value.user

    def _answer(self, action: Action[Any]) -> object:
        verdict = Verdict(None, self.refusal) if self.refusal else Verdict(TIM, SignInReason.OK)
        secret = Secret(self.password.encode())
        answer: object
        match action:
            case c.LookAround():
                answer = c.Surroundings(self.domain, self.realms, self.offered, "")
            case c.NewNonce():
                answer = self.nonce
            case c.LookUpSecret():
                answer = c.HeldSecret(verdict, secret)
            case c.LookUpScram(hash_name=name):
                answer = c.HeldKeys(verdict, scram_keys(name, secret))
            case c.BindChannel(name=name):
                answer = self.bindings.get(name)
            case c.ClientNames():
                answer = self.names
            case c.FindAccount(user=user):
                reason = self.accounts.get(user, SignInReason.UNKNOWN_USER)
                answer = Verdict(user if reason is SignInReason.OK else None, reason)
            case _:
                raise AssertionError(f"nobody answers {action}")
        return answer
