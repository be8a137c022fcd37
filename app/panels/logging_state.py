"""How the destinations of the log are doing, in words, with a button that tries one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.bridge.services import Services
from app.forms.bound_form import sentence
from app.forms.words import tr
from app.look.marks import StateLabel
from app.look.parts import button, row
from app.look.words import number
from server_core.events.log_views import CaptureView, LogPlaceView, ReceiverView
from server_core.events.views import ServerState
from server_core.service import MailService

FILES, SYSTEM = "files", "system log"
"""What the server calls these two destinations."""

State = tuple[str, str, str]


@dataclass(frozen=True)
class LogFacts:
    """What the server says of its log at one moment."""

    running: bool = False
    places: Mapping[str, LogPlaceView] = field(default_factory=dict)
    receiving: ReceiverView = field(default_factory=ReceiverView)
    captures: tuple[CaptureView, ...] = ()
    protocol_since: float = 0.0


def facts_of(service: MailService) -> LogFacts:
    """The facts as they are now; a server that is stopped has no destinations."""
    places = {view.name: view for view in service.log_places()}
    return LogFacts(
        running=service.state is not ServerState.STOPPED,
        places=places,
        receiving=service.receiving(),
        captures=service.captures(),
        protocol_since=service.protocol_since(),
    )


def place_state(view: LogPlaceView | None, *, wanted: bool, running: bool) -> State:
    """A destination as mark, colour and words."""
    if not wanted:
        return "dash", "neutral", tr("Off")
    if not running:
        return "square", "neutral", tr("The server is stopped.")
    return (
        _working_state(view) if view is not None else ("ring", "neutral", tr("Begins with Apply."))
    )


def _working_state(view: LogPlaceView) -> State:
    if view.problem:
        text = tr("{problem} Entries waiting: {n}.").format(
            problem=sentence(view.problem), n=number(view.waiting)
        )
        return "cross", "problem", text + (" " + _lost(view) if view.lost else "")
    if view.lost:
        return "triangle", "attention", tr("Works again. {lost}").format(lost=_lost(view))
    if not view.written:
        return "circle", "ok", tr("Ready; nothing written yet.")
    return "circle", "ok", tr("Works. Entries written: {n}.").format(n=number(view.written))


def receiving_state(view: ReceiverView, *, wanted: bool, running: bool) -> State:
    """Receiving from other servers as mark, colour and words."""
    if not wanted:
        return "dash", "neutral", tr("Off")
    if not running:
        return "square", "neutral", tr("The server is stopped.")
    if view.problem:
        return "cross", "problem", sentence(view.problem)
    if not view.address:
        return "ring", "neutral", tr("Begins with Apply.")
    text = tr("Listens at {address}.").format(address=view.address)
    if view.refused:
        refused = tr("Refused, from other networks: {n}.").format(n=number(view.refused))
        return "triangle", "attention", f"{text} {refused}"
    return "circle", "ok", text


def _lost(view: LogPlaceView) -> str:
    return tr("Entries lost: {n}.").format(n=number(view.lost))


class PlaceState(QWidget):
    """The live state of one destination, and *Send a test entry*. ``tried`` when one was sent."""

    tried = Signal()

    def __init__(self, services: Services, name: str, title: str) -> None:
        super().__init__()
        self._services = services
        self._title = title
        self._place = ""
        self.state = StateLabel(services.theme)
        self.state.setObjectName(f"{name}.state")
        self.test = button(
            tr("Send a test entry"),
            f"{name}.test",
            accessible=tr("Send a test entry: {place}").format(place=title),
        )
        self.test.clicked.connect(lambda: services.tasks.start(self._try()))
        self._trying = False
        line = row(self, gap="m")
        line.addWidget(self.state)
        line.addWidget(self.test)

    def follow(self, place: str, *, wanted: bool, facts: LogFacts) -> None:
        """Show the state of the destination of this name."""
        self._place = place
        view = facts.places.get(place)
        self.state.show_state(*place_state(view, wanted=wanted, running=facts.running))
        self.test.setEnabled(view is not None)

    async def _try(self) -> None:
        if self._trying:  # a button that is switched off meanwhile would lose the keyboard
            return
        self._trying = True
        try:
            await try_place(self._services, self._place, self._title)
        finally:
            self._trying = False
        self.tried.emit()


async def try_place(services: Services, place: str, title: str) -> None:
    """Send a test entry and say what became of it."""
    view = await services.service.try_log_place(place)
    if view.problem:
        text = tr("{place}: the test entry waits. {problem}")
        services.window.say(text.format(place=title, problem=sentence(view.problem)))
    else:
        services.window.say(tr("{place}: the test entry was sent.").format(place=title))
