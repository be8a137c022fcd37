"""What can be done about the rows chosen on the Sessions page. Whatever hurts people asks first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.bridge.dialogs import confirm
from app.bridge.services import Services
from app.dashboard.live import Live
from app.dashboard.refused_model import address_of
from app.dashboard.session_filter import host_of
from app.dashboard.session_target import SessionTarget
from app.look.words import clock, number
from server_core.events.administration import Administered
from server_core.events.log_views import CaptureKind
from server_core.events.views import ClosedSession, Refusal, SessionView
from server_core.refusals import Refused

CAPTURE_SECONDS = 1_800.0


class SessionActions(QObject):
    """The actions by name, enabled for what ``chosen`` rows there are."""

    def __init__(
        self, services: Services, live: Live, page: QWidget, chosen: Callable[[], Sequence[Any]]
    ) -> None:
        super().__init__(page)
        self._services, self._live, self._page, self._chosen = services, live, page, chosen
        self._account = self._address = ""
        self._open: list[SessionView] = []
        self.disconnect_these = self._action(self.tr("Disconnect…"), self._end_these, "Ctrl+D")
        self.end_account = self._action(
            self.tr("Disconnect all of this account…"), self._end_account
        )
        self.end_address = self._action(
            self.tr("Disconnect all from this address…"), self._end_address
        )
        self.ban = self._action(self.tr("Ban address…"), self._ask_ban, "Ctrl+B")
        self.suspend = self._action(self.tr("Suspend account…"), self._suspend)
        self.release = self._action(self.tr("Release mailbox lock…"), self._release)
        self.capture_account = self._action("", lambda: self._capture(CaptureKind.ACCOUNT))
        self.capture_address = self._action("", lambda: self._capture(CaptureKind.ADDRESS))
        self.follow = self._action(self.tr("Filter log to this session"), self._follow)
        self.deeds = self._action(self.tr("What was done here, and by whom"), self._show_deeds)
        self.why = self._action(self.tr("Why?"), self._ask_why)
        self.fit()

    @property
    def of_sessions(self) -> list[QAction]:
        """Those for open and ended sessions, in the order of their menu."""
        return [
            self.follow,
            self.disconnect_these,
            self.end_account,
            self.end_address,
            self.release,
            self.ban,
            self.suspend,
            self.capture_account,
            self.capture_address,
            self.deeds,
        ]

    @property
    def of_refusals(self) -> list[QAction]:
        """Those for refused connections."""
        return [self.why, self.ban, self.capture_address, self.deeds]

    def fit(self) -> None:
        """Be enabled for what is chosen now."""
        chosen = list(self._chosen())
        first = chosen[0] if chosen else None
        one = len(chosen) == 1
        self._open = [row for row in chosen if isinstance(row, SessionView)]
        self._account = getattr(first, "user", "") if one else ""
        self._address = _address(first) if one else ""
        locks = bool(self._account and self._open) and self._one_at_a_time()
        self.disconnect_these.setEnabled(bool(self._open))
        self.end_account.setEnabled(bool(self._account and self._open))
        self.end_address.setEnabled(bool(self._address and self._open))
        self.release.setVisible(locks)
        self.ban.setEnabled(bool(self._address))
        self.suspend.setEnabled(bool(self._account))
        self.follow.setEnabled(one and not isinstance(first, Refusal))
        self.why.setEnabled(isinstance(first, Refusal) and bool(self._address))
        self.why.setVisible(isinstance(first, Refusal))
        for action, kind, value, start, stop in (
            (
                self.capture_account,
                CaptureKind.ACCOUNT,
                self._account,
                self.tr("Capture protocol of this account for 30 minutes"),
                self.tr("Stop capturing this account"),
            ),
            (
                self.capture_address,
                CaptureKind.ADDRESS,
                self._address,
                self.tr("Capture protocol of this address for 30 minutes"),
                self.tr("Stop capturing this address"),
            ),
        ):
            action.setEnabled(bool(value))
            action.setText(stop if self._running(kind, value) else start)

    def _one_at_a_time(self) -> bool:
        try:
            return self._services.service.config.server.exclusive_lock
        except Refused:  # between two lives of the server
            return False

    def _action(self, text: str, act: Callable[[], object], keys: str = "") -> QAction:
        made = QAction(text, self)
        made.triggered.connect(act)
        if keys:
            made.setShortcut(QKeySequence(keys))
            made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self._page.addAction(made)
        return made

    def _start(self, *question: str, work: Callable[[], Any], done: str) -> None:
        self._services.tasks.start(self._asked(*question, work=work, done=done))

    async def _asked(
        self, title: str, text: str, details: str, *, work: Callable[[], Any], done: str
    ) -> None:
        agreed = await confirm(
            self._page,
            title=title,
            text=text,
            details=details,
            action=title,
            cancel=self.tr("Cancel"),
        )
        if agreed:
            await work()
            self._services.window.say(done)

    def _stays(self) -> str:
        return self.tr("Messages this client marked for deletion stay in the mailbox.")

    def _end_these(self) -> None:
        views = self._open
        if not views:
            return
        if len(views) == 1:
            who = views[0].user or host_of(views[0].peer)
            question = self.tr("Disconnect the session of {who}?").format(who=who)
        else:
            question = self.tr("Disconnect {count} sessions?").format(count=number(len(views)))

        async def work() -> None:
            for view in views:
                await self._services.service.disconnect(view.session)

        title = self.tr("Disconnect")
        self._start(title, question, self._stays(), work=work, done=self.tr("Disconnected."))

    def _end_account(self) -> None:
        account = self._account
        self._end_all(account, lambda: self._services.service.disconnect_account(account))

    def _end_address(self) -> None:
        address = self._address
        self._end_all(address, lambda: self._services.service.disconnect_address(address))

    def _end_all(self, who: str, work: Callable[[], Any]) -> None:
        count = number(self._sessions_of(who))
        question = self.tr("Disconnect all sessions of {who}? Open now: {count}.")
        self._start(
            self.tr("Disconnect"),
            question.format(who=who, count=count),
            self._stays(),
            work=work,
            done=self.tr("Disconnected."),
        )

    def _release(self) -> None:
        account = self._account
        self._start(
            self.tr("Release"),
            self.tr("Release the mailbox of {who}?").format(who=account),
            self.tr("The session that holds it ends, and another one can have it.")
            + " "
            + self._stays(),
            work=lambda: self._services.service.disconnect_account(account),
            done=self.tr("The mailbox is free."),
        )

    def _suspend(self) -> None:
        account = self._account
        self._start(
            self.tr("Suspend"),
            self.tr("Suspend {who}?").format(who=account),
            self.tr(
                "Nobody can sign in to it until it is enabled again on the Accounts page. Its open "
                "sessions end: {count}. Its mail stays."
            ).format(count=number(self._sessions_of(account))),
            work=lambda: self._services.service.set_enabled(account, False),
            done=self.tr("{who} is suspended.").format(who=account),
        )

    def _sessions_of(self, who: str) -> int:
        views = self._live.sessions.rows
        return sum(who in (view.user, host_of(view.peer)) for view in views)

    def _ask_ban(self) -> None:
        if self._address:
            self._services.window.go("bans", f"add:{self._address}")

    def _running(self, kind: CaptureKind, value: str) -> int:
        captures = self._services.service.captures() if value else ()
        same = (one.number for one in captures if (one.kind, one.value) == (kind, value))
        return next(same, 0)

    def _capture(self, kind: CaptureKind) -> None:
        value = self._account if kind is CaptureKind.ACCOUNT else self._address
        self._services.tasks.start(self._switch(kind, value))

    async def _switch(self, kind: CaptureKind, value: str) -> None:
        if running := self._running(kind, value):
            await self._services.service.stop_capture(running)
        else:
            await self._record(kind, value)
        self.fit()

    async def _record(self, kind: CaptureKind, value: str) -> None:
        capture = await self._services.service.capture(kind, value, seconds=CAPTURE_SECONDS)
        told = self.tr("Conversations of {who} are recorded until {time}.")
        self._services.window.say(told.format(who=value, time=clock(capture.until)))

    def _follow(self) -> None:
        chosen = self._chosen()
        if chosen and not isinstance(row := chosen[0], Refusal):
            closed = row.closed if isinstance(row, ClosedSession) else 0.0
            target = SessionTarget(row.session, row.opened, closed)
            self._services.window.go("log", str(target))

    def _show_deeds(self) -> None:
        self._services.window.go("log", f"event:{Administered.__name__}")

    def _ask_why(self) -> None:
        """Try the refused address where the rules are."""
        chosen = self._chosen()
        if chosen and isinstance(chosen[0], Refusal) and (address := address_of(chosen[0])):
            self._services.window.go("access", f"try:{address} {chosen[0].listener}")


def _address(row: Any) -> str:
    if row is None:
        return ""
    return address_of(row) if isinstance(row, Refusal) else host_of(row.peer)
