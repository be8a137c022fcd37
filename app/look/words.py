"""Numbers, sizes, times and states, as people read them."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from server_core.events.views import ListenerState, ServerState, SessionState

_UNITS = ("B", "KB", "MB", "GB", "TB")
# Asked for every row of every paint, so nothing is made but the one word that is wanted.
_SESSION_STATES = {
    SessionState.SECURING: ("ring", "info", "Securing"),
    SessionState.GREETING: ("diamond", "neutral", "Greeting"),
    SessionState.SIGNING_IN: ("diamond", "info", "Signing in"),
    SessionState.READING: ("circle", "ok", "Reading mail"),
    SessionState.FINISHING: ("ring", "neutral", "Finishing"),
    SessionState.CLOSING: ("ring", "neutral", "Closing"),
    SessionState.CLOSED: ("dash", "neutral", "Closed"),
}


def octets(count: float) -> str:
    """``1.2 MB``."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 100 else 1
    return f"{QLocale().toString(value, 'f', digits)} {_UNITS[unit]}"


def rate(octets_a_second: float) -> str:
    """``1.2 MB/s``; a dash for nothing."""
    return f"{octets(octets_a_second)}/s" if octets_a_second else "–"


def number(count: int) -> str:
    """``12,345`` in the person's own way of writing."""
    return QLocale().toString(count)


def duration(seconds: float) -> str:
    """The two largest units that are not nothing: ``12 s``, ``10 min``, ``2 h 5 min``, ``3 d``."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    parts = [(days, "d"), (hours_left, "h"), (minutes_left, "min"), (rest, "s")]
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    shown = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(shown)


def clock(when: float, *, milliseconds: bool = False) -> str:
    """The time of day: ``14:03:22`` or ``14:03:22.123``."""
    moment = QDateTime.fromMSecsSinceEpoch(round(when * 1000))
    return moment.toString("HH:mm:ss.zzz" if milliseconds else "HH:mm:ss")


def written(when: float, form: str) -> str:
    """A moment in one of Qt's forms, such as ``ddd d MMM HH:mm``."""
    return QLocale().toString(QDateTime.fromMSecsSinceEpoch(round(when * 1000)), form)


def date_and_time(when: float) -> str:
    """Date and time, in the person's own way of writing; a dash for never."""
    if not when:
        return "–"
    moment = QDateTime.fromMSecsSinceEpoch(round(when * 1000))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def moment(when: float) -> str:
    """The time of day for today, date and time for earlier."""
    same_day = time.localtime(when)[:3] == time.localtime()[:3]
    return clock(when) if same_day else date_and_time(when)


def security(secure: str) -> str:
    """How a session is protected; ``secure`` as views carry it."""
    return secure.replace("TLSv", "TLS ") or QCoreApplication.translate("Words", "Not encrypted")


def server_state(state: ServerState) -> tuple[str, str, str]:
    """Mark, colour role and word of the server's state."""
    tr = QCoreApplication.translate
    return {
        ServerState.STOPPED: ("square", "neutral", tr("Words", "Stopped")),
        ServerState.STARTING: ("ring", "info", tr("Words", "Starting")),
        ServerState.RUNNING: ("circle", "ok", tr("Words", "Running")),
        ServerState.PROBLEMS: ("triangle", "attention", tr("Words", "Running with problems")),
        ServerState.PAUSED: ("bars", "attention", tr("Words", "Not accepting")),
        ServerState.STOPPING: ("ring", "info", tr("Words", "Stopping")),
    }[state]


def listener_state(state: ListenerState) -> tuple[str, str, str]:
    """Mark, colour role and word of a listener's state."""
    tr = QCoreApplication.translate
    return {
        ListenerState.OFF: ("dash", "neutral", tr("Words", "Off")),
        ListenerState.STARTING: ("ring", "info", tr("Words", "Starting")),
        ListenerState.LISTENING: ("circle", "ok", tr("Words", "Listening")),
        ListenerState.PAUSED: ("bars", "attention", tr("Words", "Not accepting")),
        ListenerState.DRAINING: ("ring", "info", tr("Words", "Finishing")),
        ListenerState.FAILED: ("cross", "problem", tr("Words", "Failed")),
    }[state]


def session_state(state: SessionState) -> tuple[str, str, str]:
    """Mark, colour role and word of a session's state."""
    shape, role, word = _SESSION_STATES[state]
    return shape, role, QCoreApplication.translate("Words", word)
