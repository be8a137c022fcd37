"""What is logged, captured and counted: immutable pictures for every reader."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server_core.events.types import Level
from server_core.events.views import Counters


@dataclass(frozen=True, slots=True)
class LogPlaceView:
    """A destination of the log: ``problem`` says why entries wait, empty while they do not.

    ``lost`` entries could not wait any longer.
    """

    name: str
    problem: str = ""
    waiting: int = 0
    lost: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class LogFolderView:
    """The folder of log files and what it holds; ``problem`` says why nothing can be written."""

    path: str
    files: int = 0
    octets: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReceiverView:
    """Taking entries from other servers: ``address`` is empty while nothing is received.

    ``problem`` says why not, if it should be; ``refused`` datagrams came from elsewhere than the
    networks that may send.
    """

    address: str = ""
    problem: str = ""
    refused: int = 0


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """A line read back from a log file.

    ``event`` and ``reason`` are what the line was recognised as, empty when it was not; a text
    line knows whole seconds only.
    """

    time: float
    level: Level
    host: str
    module: str
    session: int
    text: str
    category: str = ""
    event: str = ""
    reason: str = ""
    listener: str = ""
    peer: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class EarlierLines:
    """Lines of the log files, oldest first; ``more`` tells that older ones are left."""

    lines: tuple[LoggedLine, ...]
    more: bool


class CaptureKind(StrEnum):
    """What a protocol capture follows."""

    SESSION = "session"
    ACCOUNT = "account"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class CaptureView:
    """Conversations recorded line by line until ``until`` (epoch seconds); ``lines`` so far."""

    number: int
    kind: CaptureKind
    value: str
    until: float
    lines: int = 0


class Span(StrEnum):
    """How far back a series goes, by what a sample of it is."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Sample:
    """One step of a series: ``step`` seconds from ``time`` on.

    ``sessions`` is the most that were open at once, ``done`` what happened in it.
    """

    time: float
    step: int
    sessions: int
    done: Counters
