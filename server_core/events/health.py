"""How the server is: what checks and visits found, and why somebody can or cannot sign in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from server_core.config.log import Category
from server_core.events.types import Event
from server_core.wording import counted


class FindingState(StrEnum):
    """What a check came to, the worst first."""

    PROBLEM = "problem"
    ATTENTION = "attention"
    NOT_CHECKED = "not checked"
    OK = "ok"


class HealthGroup(StrEnum):
    """What a check is about, in the order of the Health page."""

    REACHABLE = "Reachable"
    ENCRYPTION = "Encryption"
    SIGNING_IN = "Signing in"
    STORAGE = "Storage"
    SAFETY = "Safety"
    COMPUTER = "This computer"


class Mend(StrEnum):
    """What the facade can do at once about a finding."""

    RESTART_LISTENER = "restart listener"
    RETRY_VAULT = "retry vault"
    CLOSE_FILES = "close files"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``sentence`` is for a person, ``time`` in epoch seconds.

    ``subject`` is the listener, certificate or account it is about. ``page`` and ``target`` name
    the place where it is mended; without a page ``target`` is a setting's path. ``mend`` is what
    ``MailService.mend`` can do about ``subject``.
    """

    id: str
    group: HealthGroup
    state: FindingState
    what: str
    sentence: str
    time: float
    subject: str = ""
    page: str = ""
    target: str = ""
    mend: Mend | None = None
    details: tuple[str, ...] = ()


class StepState(StrEnum):
    """Whether a step on the way to a mailbox stands in the way."""

    OK = "ok"
    ATTENTION = "attention"
    OBSTACLE = "obstacle"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of signing in: what was looked at and what was found, in a sentence.

    The last step is the conclusion. ``page`` and ``target`` are where an obstacle is taken away.
    """

    id: str
    state: StepState
    what: str
    sentence: str
    page: str = ""
    target: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One step of trying a listener as a client: what was said or found, and how long it took.

    One that was ``skipped`` could not be tried, which is no fault of the listener. ``noted`` is
    what the server itself said about a step that went wrong.
    """

    name: str
    passed: bool
    words: str
    seconds: float
    skipped: bool = False
    noted: tuple[str, ...] = ()


def milliseconds(seconds: float) -> str:
    """How long a step took, as people read it: short ones with one decimal."""
    spent = seconds * 1_000
    return f"{spent:.1f}" if spent < 10 else f"{spent:.0f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChecked(Event):
    """All checks were run; the first problem in its own words."""

    category: ClassVar[Category] = Category.SYSTEM
    problems: int
    attention: int
    first: str = ""

    def __str__(self) -> str:
        if not self.problems and not self.attention:
            return "health checked: everything looks right"
        first = f"; {self.first}" if self.first else ""
        problems = counted(self.problems, "problem")
        return f"health checked: {problems}, {self.attention} to look at{first}"
