"""A ban as it is kept, and the plain rows that carry bans over a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from server_core.config.networks import Network
from server_core.events.views import BanKind, BanView
from server_core.policy.peers import Address, peer_of

Row = dict[str, object]
_PAST = "past"


@dataclass(slots=True)
class Ban:
    """A ban in force; ``address`` is its network in words, or an account's name for a lock.

    ``until`` is 0.0 for ever; ``times`` is how often this peer was banned, with this ban.
    """

    address: str
    network: Network | None
    kind: BanKind
    why: str
    since: float
    until: float
    evidence: tuple[str, ...] = ()
    times: int = 1
    blocked: int = 0

    def is_over(self, now: float) -> bool:
        """Whether its time has passed."""
        return 0.0 < self.until <= now

    def view(self) -> BanView:
        """The ban for readers."""
        return BanView(
            self.address,
            self.kind,
            self.why,
            self.since,
            self.until,
            self.evidence,
            self.times,
            self.blocked,
        )

    def row(self) -> Row:
        """The ban for a file."""
        return {
            "address": self.address,
            "kind": str(self.kind),
            "why": self.why,
            "since": self.since,
            "until": self.until,
            "evidence": list(self.evidence),
            "times": self.times,
            "blocked": self.blocked,
        }

    @classmethod
    def of_row(cls, row: Mapping[str, object]) -> Ban:
        """The ban a row tells of; ValueError when it cannot be understood."""
        kind = BanKind(_text(row, "kind"))
        address = _text(row, "address")
        sentences = row.get("evidence")
        if not isinstance(sentences, list):
            raise ValueError("evidence must be a list")
        return cls(
            address,
            None if kind is BanKind.ACCOUNT else Network.parse(address),
            kind,
            _text(row, "why"),
            _number(row, "since"),
            _number(row, "until"),
            tuple(str(sentence) for sentence in sentences),
            int(_number(row, "times")),
            int(_number(row, "blocked")),
        )


class Offence(NamedTuple):
    """How often a peer was banned, and when its last ban is over."""

    address: str
    times: int
    until: float

    def row(self) -> Row:
        """The offence for a file."""
        return {"kind": _PAST, "address": self.address, "times": self.times, "until": self.until}


def is_offence(row: Mapping[str, object]) -> bool:
    """Whether the row tells of a past ban."""
    return row.get("kind") == _PAST


def offence_of_row(row: Mapping[str, object]) -> tuple[Address, Offence]:
    """The peer and its offence; ValueError when the row cannot be understood."""
    address = _text(row, "address")
    network = Network.parse(address)
    peer = peer_of((network.version, network.first))
    return peer, Offence(address, int(_number(row, "times")), _number(row, "until"))


def _text(row: Mapping[str, object], key: str) -> str:
    match row.get(key):
        case str(text):
            return text
        case _:
            raise ValueError(f"{key} must be a text")


def _number(row: Mapping[str, object], key: str) -> float:
    match row.get(key):
        case int(number) | float(number) if 0 <= number < 1e18:
            return float(number)
        case _:
            raise ValueError(f"{key} must be a number")
