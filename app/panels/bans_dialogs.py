"""The questions of the bans page: whom to ban by hand, and what edited settings would have done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QWidget

from app.bridge.services import Services
from app.forms.bound_form import sentence
from app.forms.form import Message, Note
from app.forms.keyed_rows import KeyedRows
from app.forms.paced import Paced
from app.forms.words import tr
from app.forms.work_dialog import WorkDialog
from app.look.marks import StateLabel
from app.look.parts import button, column, label, muted, row
from app.look.tables import TableView
from app.panels.accounts_table import sessions_text
from app.panels.bans_networks import people, sessions_from
from app.panels.bans_table import counted, replay_columns
from server_core.config.networks import Network
from server_core.events.ring import Batch
from server_core.events.types import SessionClosed, SessionOpened, SignedIn
from server_core.events.views import BanView, SessionView

DURATIONS: tuple[tuple[str, float | None], ...] = (
    ("30 minutes", 1_800.0),
    ("1 hour", 3_600.0),
    ("1 day", 86_400.0),
    ("1 week", 604_800.0),
    ("30 days", 2_592_000.0),
    ("For ever", None),
)
USUAL = 1
NAMED = 3
READ_AGAIN_MS = 1_000
COMINGS = (SessionOpened, SignedIn, SessionClosed)


class BanByHand(WorkDialog):
    """Keeps an address, range or network out; says who is connected from there and asks then.

    After it was accepted ``ban`` is the new ban, or None when the address was trusted instead.
    """

    def __init__(self, services: Services, parent: QWidget, address: str = "") -> None:
        super().__init__(services, "bans.add_dialog", tr("Ban an address"), tr("Ban"), parent)
        self.ban: BanView | None = None
        self._trusting = False
        self._open = True
        self._sessions: Sequence[SessionView] = ()
        self._address = QLineEdit(address)
        self._address.setObjectName("bans.address")
        self._address.setPlaceholderText("192.0.2.7")
        self._use = Message(services.theme, "bans.use")
        self._use.action.clicked.connect(self._trust)
        self._duration = QComboBox()
        self._duration.setObjectName("bans.duration")
        for text, seconds in DURATIONS:
            self._duration.addItem(tr(text), seconds)
        self._duration.setCurrentIndex(USUAL)
        self._reason = QLineEdit()
        self._reason.setObjectName("bans.reason")
        forms = muted(services.theme, tr("One address, a range a-b, or a network a/bits."))
        self.add_field(tr("Address"), self._address, forms, self._use)
        self._add_duration()
        self.add_field(tr("Reason (may stay empty)"), self._reason)
        self._again = Paced(self._look, READ_AGAIN_MS, self)
        self._address.textChanged.connect(self._show_use)
        services.pump.batch.connect(self._follow)
        self.finished.connect(self._close)
        self.setMinimumWidth(520)
        self._again.ask()
        self._show_use()
        self._address.setFocus()

    def problem(self) -> str:
        if not self._typed():
            return tr("Type the address to ban.")
        try:
            Network.parse(self._typed())
        except ValueError as wrong:
            return sentence(str(wrong))
        return ""

    @property
    def address(self) -> str:
        """What is to be banned, as it was typed."""
        return self._typed()

    async def work(self) -> None:
        service, address = self.services.service, self._typed()
        trusting, self._trusting = self._trusting, False
        if trusting:
            await service.trust(address)
            return
        why = self._reason.text().strip() or tr("banned by hand")
        self.ban = await service.ban(address, self._duration.currentData(), why)
        self._sessions = await service.sessions()
        for session in self._affected():
            await service.disconnect(session.session)

    def _typed(self) -> str:
        return self._address.text().strip()

    def _affected(self) -> list[SessionView]:
        try:
            return sessions_from(Network.parse(self._typed()), self._sessions)
        except ValueError:
            return []

    def _add_duration(self) -> None:
        title = tr("For how long")
        name = label(self.services.theme, title)
        name.setBuddy(self._duration)
        self._duration.setAccessibleName(title)
        group = column(gap="xs")
        group.addWidget(name)
        group.addWidget(self._duration)
        self.body.addLayout(group)

    def _show_use(self) -> None:
        affected = self._affected()
        self._show_action(cuts_off=bool(affected))
        if affected:
            self._use.tell(
                Note("", "attention", use_text(self._typed(), affected), tr("Trust instead"))
            )
        elif self.problem():
            self._use.tell(None)
        else:
            self._use.tell(Note("", "info", tr("Nobody is connected from there now.")))
        self.make_room()

    def _show_action(self, *, cuts_off: bool) -> None:
        """What ends sessions is never what Enter does."""
        self.action.setText(tr("Ban anyway") if cuts_off else tr("Ban"))
        self.action.setAccessibleName(self.action.text())
        self.action.setProperty("kind", "danger" if cuts_off else "primary")
        self.action.style().unpolish(self.action)
        self.action.style().polish(self.action)
        self.action.setAutoDefault(not cuts_off)
        (self.cancel if cuts_off else self.action).setDefault(True)

    def _trust(self) -> None:
        self._trusting = True
        self.try_it()

    def _follow(self, batch: Batch) -> None:
        if self._open and any(isinstance(event, COMINGS) for event in batch.events):
            self._again.ask()

    def _look(self) -> None:
        self.services.tasks.start(self._read(), on_error=lambda error: None)

    async def _read(self) -> None:
        sessions = await self.services.service.sessions()
        if self._open:
            self._sessions = sessions
            self._show_use()

    def _close(self) -> None:
        self._open = False
        self._again.stop()


def use_text(address: str, sessions: Sequence[SessionView]) -> str:
    """Who would be cut off by a ban, with numbers and some names."""
    names = people(sessions)
    one = len(sessions) == 1
    told = tr("{n} is open from {address}") if one else tr("{n} are open from {address}")
    told = told.format(n=sessions_text(len(sessions)), address=address)
    if names:
        listed = ", ".join(name for name, _ in names.most_common(NAMED))
        if len(names) > NAMED:
            listed += tr(" and {n} more").format(n=len(names) - NAMED)
        told = f"{told}: {listed}"
    return f"{told}. " + (tr("Banning ends it.") if one else tr("Banning ends them."))


class Replay(QDialog):
    """What edited settings would have done: the addresses and accounts, with the evidence."""

    def __init__(self, services: Services, bans: Sequence[BanView], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("bans.replay_dialog")
        self.setWindowTitle(tr("What would this have done?"))
        self.setMinimumWidth(460)
        body = column(self, margin="xl", gap="m")
        heading = label(services.theme, self.windowTitle(), kind="section", bold=True)
        body.addWidget(heading)
        told = StateLabel(services.theme)
        told.setObjectName("bans.replay_sentence")
        told.show_state(*self._sentence(bans))
        body.addWidget(told)
        if bans:
            self.resize(720, 400)
            self.model: KeyedRows[BanView] = KeyedRows(
                replay_columns(), lambda ban: (ban.address, ban.since)
            )
            self.model.show_rows(bans)
            table = TableView(services.theme, "bans.replay", tr("Bans there would have been"))
            table.show_model(self.model, self.model.columns)
            body.addWidget(table, 1)
        body.addWidget(
            muted(
                services.theme,
                tr("Played back with the settings on this page, whether applied or not."),
                kind="small",
            )
        )
        close = button(tr("Close"), "bans.replay_close", kind="primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        line = row()
        line.addStretch(1)
        line.addWidget(close)
        body.addLayout(line)
        close.setFocus()

    def _sentence(self, bans: Sequence[BanView]) -> tuple[str, str, str]:
        if not bans:
            nobody = tr("Nobody would have been banned in the last 7 days.")
            return "circle", "ok", nobody
        told = tr("{who} would have been banned or locked in the last 7 days.")
        return "triangle", "attention", told.format(who=counted(_first_of_each(bans)))


def _first_of_each(bans: Sequence[BanView]) -> list[BanView]:
    """An address that would have been banned again counts once."""
    return list({(ban.kind, ban.address): ban for ban in bans}.values())
