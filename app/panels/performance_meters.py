"""The figures of the Performance page, and what they mean in words."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from app.bridge.loop_delay import Delay
from app.forms.words import tr
from app.look.parts import column, label, muted
from app.look.share import Share
from app.look.theme import Theme
from app.look.words import number
from server_core.events.views import WorkersView

SECONDS_KEPT = 60
# Shorter waits are how threads take turns.
SHORTEST_WAIT = 0.01
SMOOTH_MS, STUTTERING_MS = 20.0, 100.0


class Minute:
    """The last minute of the worker pool, from one look a second.

    The pool tells how long anything waited since it was asked before, so the first look after a
    pause is about all that time.
    """

    def __init__(self) -> None:
        self._waits: deque[float] = deque(maxlen=SECONDS_KEPT)

    def take(self, workers: WorkersView) -> None:
        """Remember what the pool was like this second."""
        self._waits.append(workers.longest_wait)

    @property
    def whole(self) -> bool:
        """Whether it is really about the last minute."""
        return len(self._waits) == SECONDS_KEPT

    def forget(self) -> None:
        """Begin anew after a pause."""
        self._waits.clear()

    @property
    def longest_wait(self) -> float:
        """The longest wait for a thread, in seconds."""
        return max(self._waits, default=0.0)


def advice(workers: WorkersView, longest_wait: float) -> tuple[str, str, str]:
    """Mark, colour role and sentence: whether there are enough threads."""
    used = tr("The busiest minute used {used} of {maximum} threads.").format(
        used=number(workers.most_busy), maximum=number(workers.maximum)
    )
    if longest_wait < SHORTEST_WAIT:
        return "circle", "ok", f"{used} " + tr("Nothing waited.")
    waited = tr("The longest wait for a thread was {time}.").format(time=wait_text(longest_wait))
    if workers.most_busy >= workers.maximum:
        more = tr("More threads at peak would shorten it.")
        return "triangle", "attention", f"{used} {waited} {more}"
    return "diamond", "info", f"{used} {waited}"


def delay_state(delay: Delay) -> tuple[str, str, str]:
    """Mark, colour role and plain words for how late the window's loop is."""
    if delay.p99 < SMOOTH_MS:
        return "circle", "ok", tr("Smooth: nobody notices a delay.")
    if delay.p99 < STUTTERING_MS:
        return "diamond", "info", tr("Short pauses: the window may stutter now and then.")
    pauses = tr("Long pauses: the window stutters. Mail is served by loops of its own and goes on.")
    return "triangle", "attention", pauses


def wait_text(seconds: float) -> str:
    """``0 ms``, ``120 ms``, ``1.4 s``."""
    return f"{seconds:.1f} s" if seconds >= 1 else milliseconds(seconds * 1_000)


def milliseconds(value: float) -> str:
    """``0.4 ms``, ``12 ms``."""
    return (
        f"{value:.1f}\N{NO-BREAK SPACE}ms" if 0 < value < 10 else f"{value:.0f}\N{NO-BREAK SPACE}ms"
    )


def loop_text(kind: str) -> str:
    """The kind of event loop that serves sessions, in words."""
    known = {
        "uvloop": tr("uvloop, the fastest there is for this system"),
        "winloop": tr("winloop, the fastest there is for this system"),
        "asyncio": tr("asyncio, Python's own"),
    }
    return known.get(kind, kind) or tr("None: the server does not run")


class Meter(QFrame):
    """A figure with its title and what it means; a bar shows how much of all is used."""

    def __init__(self, theme: Theme, name: str, title: str, *, bar: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("part", "card")
        self._title = title
        self._figure = label(theme, "–", kind="figure", bold=True)
        self._note = muted(theme, kind="small")
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._bar = Share(theme) if bar else None
        body = column(self, margin="l", gap="xs")
        for part in (muted(theme, title), self._figure, self._note):
            body.addWidget(part)
        body.addStretch(1)
        if self._bar is not None:
            body.addWidget(self._bar)
        self.setAccessibleName(title)

    def show_figure(self, figure: str, note: str, share: float = 0.0) -> None:
        """Show a number and what it means; ``share`` of 1.0 fills the bar."""
        self._figure.setText(figure)
        self._note.setText(note)
        if self._bar is not None:
            self._bar.show_share(share)
        self.setAccessibleName(f"{self._title}: {figure}. {note}")

    def figure(self) -> str:
        """The number shown."""
        return self._figure.text()
