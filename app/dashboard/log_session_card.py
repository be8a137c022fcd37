"""The head of a followed session: who it is, from where, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QFrame, QSizePolicy

from app.dashboard.live import Live
from app.dashboard.log_filter import LogFilter
from app.dashboard.log_rows import LogRow
from app.dashboard.session_target import SessionTarget
from app.look.parts import button, column, label, muted, row, with_icon
from app.look.theme import Theme, space
from app.look.words import duration, moment, security


class SessionCard(QFrame):
    """Shown while one session is followed; ``stop`` goes back, ``open`` opens its page."""

    def __init__(self, theme: Theme, live: Live) -> None:
        super().__init__()
        self.setObjectName("log.session_card")
        self.setProperty("part", "card")
        self._live = live
        self._title = label(theme, kind="section", bold=True)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._facts = muted(theme)
        self._facts.setWordWrap(True)
        self.open = button(self.tr("Open session"), "log.open_session")
        stop = button(self.tr("Stop following"), "log.following")
        self.stop = with_icon(stop, theme, "close", "muted")
        words = column(gap="xs")
        words.addWidget(self._title)
        words.addWidget(self._facts)
        line = row(self, gap="m")
        line.setContentsMargins(space("l"), space("m"), space("l"), space("m"))
        line.addLayout(words, 1)
        line.addWidget(self.open)
        line.addWidget(self.stop)
        self.hide()

    def show_session(self, wanted: LogFilter, rows: Iterable[LogRow]) -> None:
        """Show the session that is asked for and whose lines are among these."""
        session = wanted.session
        self.setVisible(bool(session))
        if not session:
            return
        lines = [line for line in rows if line.session == session]
        user = next((line.user for line in reversed(lines) if line.event == "SignedIn"), "")
        title = self.tr("Session {number}").format(number=session)
        self._title.setText(f"{title}   {user}")
        facts = self._known(wanted, lines) or self._told(lines)
        self._facts.setText("   ·   ".join(fact for fact in facts if fact))
        self.setAccessibleName(f"{self._title.text()} {self._facts.text()}")

    def _known(self, wanted: LogFilter, lines: list[LogRow]) -> list[str]:
        """What the server says of a session of this run that is open."""
        view = self._live.sessions.view(wanted.session)
        if view is None or wanted.until or any(line.read for line in lines):
            return []
        if not SessionTarget(wanted.session, wanted.since).is_of(view.opened):
            return []
        return [
            view.peer,
            self.tr("listener {name}").format(name=view.listener),
            security(view.secure),
            view.method.upper(),
            self.tr("open since {when}").format(when=moment(view.opened)),
        ]

    def _told(self, lines: list[LogRow]) -> list[str]:
        """What its lines say."""
        if not lines:
            return [self.tr("None of its lines is in memory. Load earlier lines may find them.")]
        first, last = lines[0], lines[-1]
        peer = next((line.peer for line in lines if line.peer), "")
        listener = next((line.listener for line in lines if line.listener), "")
        facts = [peer, self.tr("listener {name}").format(name=listener) if listener else ""]
        facts += [line.text.partition(": ")[2] for line in lines if line.event == "SessionSecured"]
        facts.append(moment(first.time))
        if last.event == "SessionClosed":
            facts.append(self.tr("lasted {time}").format(time=duration(last.time - first.time)))
            facts.append(last.text.partition("]: ")[2])
        return facts
