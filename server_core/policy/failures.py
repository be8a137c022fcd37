"""Failed sign-ins and misbehaviour, remembered for a while: what bans are made of."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from server_core.policy.peers import Address, network_text, peer_network, peer_of

# Peers fill this; who guesses from more addresses than that pushes out only others who guess.
MOST_KEPT = 50_000
_NAMED = 10

Key = TypeVar("Key")


class Failure(NamedTuple):
    """One failed sign-in, or one session ended for wrong commands.

    ``password_mark`` is equal for equal passwords and says nothing else about them; empty when
    none was sent. ``reason`` is a SignInReason; empty when it was not kept.
    """

    time: float
    address: Address
    listener: str
    account: str = ""
    password_mark: bytes = b""
    wrong_commands: bool = False
    reason: str = ""

    def repeats(self, other: Failure) -> bool:
        """Whether the same password was sent for the same account by the same peer."""
        return (
            bool(self.password_mark)
            and self.password_mark == other.password_mark
            and self.account == other.account
            and peer_of(self.address) == peer_of(other.address)
        )


class FailureWindows(Generic[Key]):
    """The failures of each peer, or of each account, within a window that slides.

    A failure at ``t`` is out of the window at ``t + window`` exactly. Memory is bounded: the keys
    that failed longest ago go first.
    """

    def __init__(self) -> None:
        # In the order of the last failure.
        self._of: OrderedDict[Key, list[Failure]] = OrderedDict()
        self._kept = 0

    def __len__(self) -> int:
        return len(self._of)

    def add(self, key: Key, failure: Failure, window: int, most: int) -> Sequence[Failure]:
        """Count one more; gives those that count now, at most the last ``most``."""
        recent = [*self.recent(key, failure.time, window), failure][-most:]
        self.forget(key)
        self._of[key] = recent
        self._kept += len(recent)
        edge = failure.time - window
        while self._kept > MOST_KEPT or next(iter(self._of.values()))[-1].time <= edge:
            self.forget(next(iter(self._of)))
        return recent

    def recent(self, key: Key, now: float, window: int) -> Sequence[Failure]:
        """The failures that count, oldest first."""
        return [failure for failure in self._of.get(key, ()) if failure.time > now - window]

    def forget(self, key: Key) -> None:
        """Begin anew with this one."""
        self._kept -= len(self._of.pop(key, ()))


def summary(failures: Sequence[Failure]) -> str:
    """What happened, in a few words."""
    wrong = sum(failure.wrong_commands for failure in failures)
    failed = len(failures) - wrong
    parts = [
        f"{failed} failed sign-in{'s' if failed > 1 else ''}" if failed else "",
        f"{wrong} session{'s' if wrong > 1 else ''} full of wrong commands" if wrong else "",
    ]
    return " and ".join(part for part in parts if part)


def evidence(failures: Sequence[Failure]) -> tuple[str, ...]:
    """What was tried, how often, from where, in sentences of bounded length."""
    seconds = round(failures[-1].time - failures[0].time)
    sentences = [f"{summary(failures)} within {seconds} seconds"]
    accounts = [failure.account for failure in failures if failure.account]
    for title, found in (
        ("accounts tried", accounts),
        ("from", [network_text(peer_network(failure.address)) for failure in failures]),
        ("listeners", [failure.listener for failure in failures]),
    ):
        if found:
            sentences.append(f"{title}: {_listed(found)}")
    return tuple(sentences)


def _listed(found: Iterable[str]) -> str:
    times = Counter(found)
    named = ", ".join(f"{name} ({count})" for name, count in times.most_common(_NAMED))
    return named + (f" and {len(times) - _NAMED} more" if len(times) > _NAMED else "")
