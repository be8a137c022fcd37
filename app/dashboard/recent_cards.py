"""The latest sessions and events: short tables that stand still while somebody points at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import QAbstractItemView

from app.bridge.services import Services
from app.dashboard.live import LATEST_EVENTS, Live
from app.dashboard.log_columns import FIELD_OF_COLUMN
from app.dashboard.log_rows import LogRow
from app.look.parts import Card, EmptyState, button, muted
from app.look.tables import ROW_ROLE, LiveRows, TableView
from server_core.events.views import SessionView

SHOWN_EVENT_FIELDS = ("", "level", "account", "text")


class RecentCard(Card):
    """A table that is as high as its rows; Return or a double click opens what a row is about.

    ``place_of`` gives the page that has the rest of a row, and what to show there; ``link`` the
    words, the name and the page of the link in the heading.
    """

    def __init__(
        self,
        services: Services,
        live: Live,
        name: str,
        *,
        title: str,
        link: tuple[str, str, str],
        model: LiveRows[Any],
        place_of: Callable[[Any], tuple[str, str]],
    ) -> None:
        super().__init__(services.theme, title)
        self._services, self._live, self._model = services, live, model
        self._place_of = place_of
        self._note = muted(services.theme, kind="small")
        self._note.setObjectName(f"dashboard.{name}.note")
        self.heading.addWidget(self._note)
        # Before the table, for so the keyboard goes.
        self._add_link(*link)
        self.table = TableView(services.theme, f"dashboard.{name}", title)
        self.table.make_inline()
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.table.show_model(model, model.columns)
        self.table.activated.connect(self._open)
        self.table.viewport().installEventFilter(self)
        self.empty = EmptyState(services.theme, _ICONS[name], f"dashboard.no_{name}")
        self.body.addWidget(self.table)
        self.body.addWidget(self.empty)
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            changed.connect(self._fit)
        self._fit()

    def add_action(self, words: str) -> None:
        """Offer in the context menu what Return does."""
        action = QAction(words, self.table)
        action.triggered.connect(lambda: self._open(self.table.currentIndex()))
        self.table.insertAction(self.table.copy_action, action)

    def _add_link(self, words: str, name: str, page: str) -> None:
        more = button(words, name, kind="link")
        more.clicked.connect(lambda: self._services.window.go(page))
        self.heading.addWidget(more)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Enter:
            self._hold(held=True)
        elif event.type() is QEvent.Type.Leave:
            self._hold(held=False)
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._hold(held=False)

    def _hold(self, *, held: bool) -> None:
        self._note.setText(self.tr("Paused while you point here") if held else "")
        self._live.hold_latest(held=held)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self._services.window.go(*self._place_of(index.data(ROW_ROLE)))

    def _fit(self) -> None:
        rows = self._model.rowCount()
        self.table.setVisible(rows > 0)
        self.empty.setVisible(rows == 0)
        self.table.fit_rows(min(rows, LATEST_EVENTS))


_ICONS = {"latest": "sessions", "events": "log"}


class SessionsCard(RecentCard):
    """The ten sessions that were active last."""

    def __init__(self, services: Services, live: Live) -> None:
        super().__init__(
            services,
            live,
            "latest",
            title=self.tr("Latest sessions"),
            link=(self.tr("All sessions"), "dashboard.all_sessions", "sessions"),
            model=live.latest,
            place_of=_session_place,
        )
        self.add_action(self.tr("Open session"))
        nobody = self.tr("No one is connected. Clients usually look for mail every few minutes.")
        self.empty.tell(nobody)


class EventsCard(RecentCard):
    """The latest facts."""

    def __init__(self, services: Services, live: Live) -> None:
        super().__init__(
            services,
            live,
            "events",
            title=self.tr("Latest events"),
            link=(self.tr("Open log"), "dashboard.open_log", "log"),
            model=live.latest_events,
            place_of=_event_place,
        )
        self.add_action(self.tr("Open log here"))
        self.empty.tell(self.tr("Nothing has happened since the server started."))
        for place, field in enumerate(FIELD_OF_COLUMN):
            self.table.setColumnHidden(place, field not in SHOWN_EVENT_FIELDS)


def _session_place(row: SessionView) -> tuple[str, str]:
    return "sessions", f"session:{row.session}"


def _event_place(row: LogRow) -> tuple[str, str]:
    """The log at what surrounds the event: its session, else its category."""
    return "log", f"session:{row.session}" if row.session else row.category.value
