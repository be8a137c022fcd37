"""The open sessions, and for a moment those that have just ended, which fade."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from PySide6.QtCore import QObject, QTimer

from app.dashboard.session_model import SessionModel
from app.dashboard.source_rows import FAINTEST, SourceRows
from app.look import motion
from server_core.events.views import SessionState, SessionView

SECONDS = 3.0
FRAME_MS = 100
# More than a screen of them nobody can read, and a busy server ends hundreds in a second.
MOST = 50


class LeavingRows(SourceRows[SessionView]):
    """The rows of ``sessions``; one that ended is closed and stays while it fades."""

    def __init__(self, sessions: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(sessions.columns, parent)
        self._sessions = sessions
        self._leaving: dict[tuple[int, float], tuple[SessionView, float]] = {}
        self._frames = QTimer(self)
        self._frames.setInterval(FRAME_MS)
        self._frames.timeout.connect(self._take_up)
        sessions.ended.connect(self._see_off)
        sessions.changed.connect(self._take_up)
        self._take_up()

    def strength(self, row: SessionView) -> float:
        since = self._leaving.get((row.session, row.opened))
        if since is None:
            return 1.0
        return max(FAINTEST, 1.0 - (time.monotonic() - since[1]) / SECONDS)

    def _see_off(self, views: Sequence[SessionView]) -> None:
        if not motion.allowed():
            return
        now, moment = time.monotonic(), time.time()
        for view in views[-MOST:]:
            over = replace(view, state=SessionState.CLOSED, active=moment)
            self._leaving[view.session, view.opened] = over, now
        for key in [*islice(self._leaving, max(0, len(self._leaving) - MOST))]:
            del self._leaving[key]
        self._frames.start()

    def _take_up(self) -> None:
        gone = time.monotonic() - (SECONDS if motion.allowed() else 0.0)
        for key in [key for key, (_, since) in self._leaving.items() if since <= gone]:
            del self._leaving[key]
        if not self._leaving:
            self._frames.stop()
        self._rows = [*self._sessions.rows, *(view for view, _ in self._leaving.values())]
        self.changed.emit()
