"""Which conversations are recorded line by line, and until when."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, replace

from server_core.config.networks import address_text, parse_address
from server_core.events.log_views import CaptureKind, CaptureView

MOST = 50
LONGEST_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A session as captures know it: its number, where it comes from, whose it is."""

    session: int
    address: tuple[int, int]
    account: str


class Captures:
    """All captures of a server. Thread-safe; nothing waits. Times are epoch seconds.

    ``active`` is False while there are none, which is nearly always, and then nobody has to ask.
    Whoever starts or stops one lets the sessions ask again.
    """

    def __init__(self) -> None:
        self.active = False
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._captures: dict[int, CaptureView] = {}

    def start(self, kind: CaptureKind, value: str, seconds: float) -> CaptureView:
        """Record conversations of a session (by number), an account or an address from now on.

        The same subject is captured once: asking again moves its end. ValueError says what is
        wrong with the value.
        """
        value = _checked(kind, value)
        if not 0 < seconds <= LONGEST_SECONDS:
            raise ValueError("say for how long, a day at most")
        until = time.time() + seconds
        with self._lock:
            self._forget_ended()
            same = (c for c in self._captures.values() if (c.kind, c.value) == (kind, value))
            known = next(same, None)
            if known is None and len(self._captures) >= MOST:
                raise ValueError(f"{MOST} captures run already; stop one first")
            number = known.number if known else next(self._numbers)
            capture = CaptureView(number, kind, value, until)
            self._captures[number] = capture
            self.active = True
        return capture

    def stop(self, number: int) -> bool:
        """End a capture; False when there is none of that number."""
        with self._lock:
            found = self._captures.pop(number, None) is not None
            self.active = bool(self._captures)
        return found

    def sweep(self) -> bool:
        """End captures whose time is over; whether there were any."""
        with self._lock:
            return self._forget_ended()

    def views(self) -> tuple[CaptureView, ...]:
        """Every capture that runs, oldest first."""
        now = time.time()
        with self._lock:  # what is over is for ``sweep`` to forget, for it has the sessions told
            return tuple(each for each in self._captures.values() if now < each.until)

    def wants(self, subject: Subject) -> bool:
        """Whether a conversation is recorded; counts nothing, so ask as often as you like."""
        if not self.active:
            return False
        now = time.time()
        with self._lock:
            return any(
                now < capture.until and _is_about(capture, subject)
                for capture in self._captures.values()
            )

    @property
    def await_names(self) -> bool:
        """Whether whose a conversation is may make one be recorded."""
        kinds = (capture.kind for capture in self.views()) if self.active else ()
        return CaptureKind.ACCOUNT in kinds

    def count(self, subject: Subject, lines: int) -> None:
        """So many lines of a conversation were recorded."""
        with self._lock:
            for number, capture in self._captures.items():
                if _is_about(capture, subject):
                    self._captures[number] = replace(capture, lines=capture.lines + lines)

    def _forget_ended(self) -> bool:
        now = time.time()
        ended = [number for number, capture in self._captures.items() if capture.until <= now]
        for number in ended:
            del self._captures[number]
        self.active = bool(self._captures)
        return bool(ended)


def _checked(kind: CaptureKind, value: str) -> str:
    match kind:
        case CaptureKind.SESSION:
            if not value.isdigit():
                raise ValueError(f"{value} is not the number of a session")
            return str(int(value))
        case CaptureKind.ADDRESS:
            return address_text(*parse_address(value))
        case _:
            if not value:
                raise ValueError("name the account")
            return value


def _is_about(capture: CaptureView, subject: Subject) -> bool:
    match capture.kind:
        case CaptureKind.SESSION:
            return capture.value == str(subject.session)
        case CaptureKind.ADDRESS:
            return capture.value == address_text(*subject.address)
        case _:
            return capture.value == subject.account
