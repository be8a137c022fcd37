"""The conversations that were captured, line by line, and the captures behind an open pane."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QObject

from app.bridge.services import Services
from app.dashboard.session_filter import host_of
from app.look.words import clock, number
from server_core.events.log_views import CaptureKind
from server_core.events.protocol import CapturedLine
from server_core.events.types import Event, SessionOpened
from server_core.refusals import Refused

MOST_LINES = 5_000
MOST_KEPT = 50
LONGEST = 86_400.0
_BODY = re.compile(r"\((\d+) lines, (\d+) octets\)")


class Said(NamedTuple):
    """One line; ``received`` is None for a note of ours between two lines."""

    time: float
    received: bool | None
    text: str


@dataclass
class Conversation:
    """What was said in one session as far as it was captured; ``lost`` lines fell off its front.

    ``whole`` ones were captured from their first word on.
    """

    session: int
    whole: bool = False
    lines: list[Said] = field(default_factory=list)
    lost: int = 0

    def add(self, said: Said) -> None:
        """One more line; past the limit the oldest leave, some at a time."""
        self.lines.append(said)
        if len(self.lines) > MOST_LINES:
            surplus = MOST_LINES // 10
            del self.lines[:surplus]
            self.lost += surplus


class Conversations:
    """The latest conversations by session, fed with events.

    ``addresses`` tells which addresses are being captured: who comes from there is captured whole.
    """

    def __init__(self, addresses: Callable[[], set[str]]) -> None:
        self._addresses = addresses
        self._kept: OrderedDict[int, Conversation] = OrderedDict()

    def take(self, events: Iterable[Event]) -> set[int]:
        """Keep the captured lines among these events; gives whose there were."""
        spoken_of: set[int] = set()
        captured: set[str] | None = None
        for event in events:
            if type(event) is SessionOpened:
                captured = self._addresses() if captured is None else captured
                if captured and host_of(event.peer) in captured:
                    self._kept[event.session] = Conversation(event.session, whole=True)
            elif type(event) is CapturedLine:
                said = Said(event.time, event.received, shown(event.line, event.received))
                self._of(event.session).add(said)
                spoken_of.add(event.session)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return spoken_of

    def resumed(self, session: int, time: float) -> None:
        """Lines are captured again; between the last one and the next there may be a gap."""
        known = self._kept.get(session)
        if known is not None and known.lines and known.lines[-1].received is not None:
            text = QCoreApplication.translate("Sessions", "what was said meanwhile was not kept")
            known.add(Said(time, None, text))

    def of(self, session: int, opened: float, closed: float) -> Conversation | None:
        """What was kept of a session; a number of an earlier run is another session's."""
        known = self._kept.get(session)
        if known is None or not known.lines:
            return None
        if not opened - 1 <= known.lines[0].time <= closed + 1:
            return None
        self._kept.move_to_end(session)
        return known

    def _of(self, session: int) -> Conversation:
        known = self._kept.get(session)
        if known is None:
            known = self._kept[session] = Conversation(session)
        self._kept.move_to_end(session)
        return known


def shown(line: str, received: bool) -> str:
    """A line as people read it: secrets and message texts are named, not shown."""
    tr = QCoreApplication.translate
    if received:
        return line.replace("***", tr("Sessions", "(hidden)"))
    body = _BODY.fullmatch(line)
    if body is None:
        return line
    lines, octets = (number(int(count)) for count in body.groups())
    return tr("Sessions", "({lines} lines, {octets} octets, not shown)").format(
        lines=lines, octets=octets
    )


def written(said: Said) -> str:
    """One line of the transcript: when, who, what."""
    who = {True: "C: ", False: "S: ", None: "– "}[said.received]
    return f"{clock(said.time, milliseconds=True)}  {who}{said.text}"


class Recorder(QObject):
    """Has the server capture one session at a time; the latest wish counts."""

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._wanted = 0
        self._recorded = 0
        self._capture = 0
        self._busy = False

    def want(self, session: int) -> bool:
        """Capture this session from now on, and no other; 0 for none. Whether that is news."""
        news, self._wanted = session != self._wanted, session
        if not self._busy and self._wanted != self._recorded:
            # At once, not when the task begins: two of them would lose each other's captures.
            self._busy = self._services.tasks.start(self._follow()) is not None
        return news

    async def _follow(self) -> None:
        try:
            while self._wanted != self._recorded:
                await self._change(self._wanted)
        finally:
            self._busy = False

    async def _change(self, session: int) -> None:
        service = self._services.service
        stopping, self._capture, self._recorded = self._capture, 0, session
        # A server that was stopped has no captures any more, and no sessions to capture.
        with suppress(Refused):
            if stopping:
                await service.stop_capture(stopping)
            if session:
                view = await service.capture(CaptureKind.SESSION, str(session), seconds=LONGEST)
                self._capture = view.number
