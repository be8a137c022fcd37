"""The pane beside the lists: all there is to know of the session that was chosen."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import IntEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget

from app.bridge.services import Services
from app.dashboard.conversation_pane import ConversationPane
from app.dashboard.refused_model import refused_fields
from app.dashboard.session_conversation import Conversations, Recorder
from app.dashboard.session_filter import host_of
from app.dashboard.session_maildrop import MaildropPane
from app.dashboard.session_summary import (
    Fields,
    FieldsView,
    closed_fields,
    encryption_fields,
    open_fields,
)
from app.look.marks import StateLabel
from app.look.parts import Card, IconButton, label, muted, row, tab_bar
from app.look.words import session_state
from server_core.events.log_views import CaptureKind
from server_core.events.ring import Batch
from server_core.events.session_views import MaildropView, SessionFacts
from server_core.events.views import (
    CertificateView,
    ClosedSession,
    Refusal,
    SessionState,
    SessionView,
)

MOST_KNOWN = 50
SETTLED_SECONDS, BUSY_SECONDS = 5.0, 0.5

Shown = SessionView | ClosedSession | Refusal


class Tab(IntEnum):
    """The parts of the pane."""

    SUMMARY = 0
    CONVERSATION = 1
    MAILBOX = 2
    ENCRYPTION = 3


@dataclass
class Known:
    """What was learned of a session while it was open."""

    facts: SessionFacts | None = None
    maildrop: MaildropView | None = None
    certificate: CertificateView | None = None
    looked: float = 0.0
    at: SessionView | None = field(default=None, repr=False)


class SessionDetails(Card):
    """Shows one row of any list. While it shows an open session, that session is captured."""

    closed = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme)
        self.setObjectName("sessions.details")
        self.setAccessibleName(self.tr("Details"))
        self._services = services
        self.shown: Shown | None = None
        self._known: OrderedDict[tuple[int, float], Known] = OrderedDict()
        self.conversations = Conversations(self._captured_addresses)
        self._recorder = Recorder(services, self)
        self._who = label(services.theme, kind="section", bold=True)
        self._state = StateLabel(services.theme)
        self._where = muted(services.theme, kind="small")
        self.tabs = tab_bar(
            "sessions.details_tabs",
            self.tr("Details"),
            self.tr("Summary"),
            self.tr("Conversation"),
            self.tr("Mailbox"),
            self.tr("Encryption"),
        )
        self._summary = FieldsView(services.theme, self.tr("Summary"))
        self._conversation = ConversationPane(services)
        self._mailbox = MaildropPane(services.theme)
        self._encryption = FieldsView(services.theme, self.tr("Encryption"))
        self._parts = QStackedWidget()
        self._build()
        self.tabs.currentChanged.connect(self._turn)

    def show_row(self, shown: Shown | None) -> None:
        """Show a row, or the same one as it is now."""
        self.shown = shown
        self._record()
        if shown is None:
            return
        refused = isinstance(shown, Refusal)
        for tab in (Tab.CONVERSATION, Tab.MAILBOX, Tab.ENCRYPTION):
            self.tabs.setTabVisible(tab, not refused)
        if isinstance(shown, Refusal):
            self._tell(host_of(shown.peer), shown.listener, ("dash", "neutral", self.tr("Refused")))
        elif isinstance(shown, SessionView):
            self._tell(shown.user or host_of(shown.peer), shown.peer, session_state(shown.state))
        else:
            ended = session_state(SessionState.CLOSED)
            self._tell(shown.user or host_of(shown.peer), shown.peer, ended)
        self._paint()
        self.look()

    def take(self, batch: Batch) -> None:
        """Follow a batch of events."""
        spoken_of = self.conversations.take(batch.events)
        if isinstance(self.shown, SessionView | ClosedSession) and self.shown.session in spoken_of:
            self._paint_conversation()

    def look(self) -> None:
        """Ask for what events do not tell of an open session, when it may have changed."""
        if not (isinstance(self.shown, SessionView) and self.isVisible()):
            return
        known = self._known_of(self.shown)
        settled = known.at is not None and _same(known.at, self.shown)
        patience = SETTLED_SECONDS if settled else BUSY_SECONDS
        if time.monotonic() - known.looked > patience:
            known.looked, known.at = time.monotonic(), self.shown
            self._services.tasks.start(self._ask(self.shown, known), on_error=lambda error: None)

    def copy(self) -> None:
        """Put all fields on the clipboard, whatever part is in sight."""
        if self.shown is not None:
            self._summary.show_fields(self._fields(self.shown))
            QGuiApplication.clipboard().setText(self._summary.text())
            self._services.window.say(self.tr("Copied."))

    def _build(self) -> None:
        close = IconButton(
            self._services.theme, "close", self.tr("Close the details"), "sessions.close_details"
        )
        close.clicked.connect(self.closed)
        self._who.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.heading.addWidget(self._who, 1)
        copy = IconButton(
            self._services.theme, "copy", self.tr("Copy the summary"), "sessions.copy_details"
        )
        copy.clicked.connect(self.copy)
        self.heading.addWidget(copy)
        self.heading.addWidget(close)
        self.body.addLayout(self.heading)
        below = row(gap="m")
        below.addWidget(self._state)
        below.addWidget(self._where, 1)
        self.body.addLayout(below)
        self.body.addWidget(self.tabs)
        for part in (self._summary, self._conversation, self._mailbox, self._encryption):
            self._parts.addWidget(part)
        self.body.addWidget(self._parts, 1)
        self.setMinimumWidth(408)

    def _tell(self, who: str, where: str, state: tuple[str, str, str]) -> None:
        self._who.setText(who)
        self._where.setText(where)
        self._state.show_state(*state)

    def _turn(self, tab: int) -> None:
        self._parts.setCurrentIndex(tab)
        self._paint()

    def _paint(self) -> None:
        """Bring the part in sight up to what is known."""
        shown = self.shown
        if shown is None:
            return
        if isinstance(shown, Refusal):
            self._summary.show_fields(self._fields(shown))
            return
        known, live = self._known_of(shown), isinstance(shown, SessionView)
        match self.tabs.currentIndex():
            case Tab.CONVERSATION:
                self._paint_conversation()
            case Tab.MAILBOX:
                self._mailbox.show_maildrop(known.maildrop, live=live, user=shown.user)
            case Tab.ENCRYPTION:
                fields = encryption_fields(shown.secure, known.facts, known.certificate)
                self._encryption.show_fields(fields)
            case _:
                self._summary.show_fields(self._fields(shown))

    def _fields(self, shown: Shown) -> Fields:
        if isinstance(shown, Refusal):
            return refused_fields(shown)
        facts = self._known_of(shown).facts
        if isinstance(shown, SessionView):
            return open_fields(shown, facts)
        return closed_fields(shown, facts)

    def _paint_conversation(self) -> None:
        shown = self.shown
        if shown is None or isinstance(shown, Refusal):
            return
        closed = shown.closed if isinstance(shown, ClosedSession) else time.time()
        known = self.conversations.of(shown.session, shown.opened, closed)
        self._conversation.show_conversation(known, live=isinstance(shown, SessionView))

    def _known_of(self, shown: SessionView | ClosedSession) -> Known:
        key = shown.session, shown.opened
        known = self._known.setdefault(key, Known())
        self._known.move_to_end(key)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return known

    async def _ask(self, view: SessionView, known: Known) -> None:
        service = self._services.service
        facts = await service.session_facts(view.session)
        maildrop = await service.session_maildrop(view.session)
        known.facts = facts or known.facts
        known.maildrop = maildrop or known.maildrop
        if facts is not None and facts.fingerprint and known.certificate is None:
            certificates = await service.certificates()
            same = (one for one in certificates if one.fingerprint == facts.fingerprint)
            known.certificate = next(same, None)
        self._paint()

    def _record(self) -> None:
        """Capture the session that is shown, while it is open and the pane too."""
        live = self.isVisible() and isinstance(self.shown, SessionView)
        session = self.shown.session if live and isinstance(self.shown, SessionView) else 0
        if self._recorder.want(session):
            self.conversations.resumed(session, time.time())

    def _captured_addresses(self) -> set[str]:
        captures = self._services.service.captures()
        return {one.value for one in captures if one.kind is CaptureKind.ADDRESS}

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._record()
        self.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._record()


def _same(before: SessionView, now: SessionView) -> bool:
    """Whether a session has done nothing between two pictures of it."""
    said_before = before.received_octets, before.sent_octets, before.state
    return said_before == (now.received_octets, now.sent_octets, now.state)
