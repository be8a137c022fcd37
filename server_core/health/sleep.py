"""Whether this computer goes to sleep by itself, with its mail; what the system says about it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

from server_core.health.check import Seen, Subject, attention, fine
from server_core.health.system import said

_GNOME = "org.gnome.settings-daemon.plugins.power"
_REMEDY = "Switch sleep off in the power settings, at least while the computer is plugged in."


def sleep(_subject: Subject) -> Iterator[Seen]:
    """Whether mail programs are left without an answer when nobody uses this computer."""
    seconds = asleep_after()
    if seconds is not None:
        yield sleep_words(seconds)


def sleep_words(seconds: int) -> Seen:
    """What it means to fall asleep after so many seconds on mains power; 0 is never."""
    if not seconds:
        return fine("This computer does not go to sleep by itself while it is plugged in.")
    minutes = "1 minute" if seconds < 120 else f"{seconds // 60} minutes"
    text = (
        f"This computer goes to sleep after {minutes} without use; "
        "mail programs get no answer then."
    )
    return attention(text, details=(_REMEDY,))


def asleep_after() -> int | None:
    """After how many seconds without use, on mains power; 0 for never, None when not known.

    Waits for programs of the system.
    """
    if sys.platform == "win32":
        found = said("powercfg", "/query", "SCHEME_CURRENT", "SUB_SLEEP", "STANDBYIDLE")
        return of_powercfg(found)
    if sys.platform == "darwin":
        return of_pmset(said("pmset", "-g", "custom"))
    # Elsewhere it is the desktop that sends a computer to sleep; a server has none.
    if "GNOME" not in os.environ.get("XDG_CURRENT_DESKTOP", ""):
        return None
    kind = said("gsettings", "get", _GNOME, "sleep-inactive-ac-type")
    return of_gnome(kind, said("gsettings", "get", _GNOME, "sleep-inactive-ac-timeout"))


def of_powercfg(text: str) -> int | None:
    """The first of its two settings is that for mains power, whatever the language."""
    found = re.findall(r"(?m):\s*0x([0-9a-f]{8})\s*$", text, re.IGNORECASE)
    return int(found[-2], 16) if len(found) >= 2 else None


def of_pmset(text: str) -> int | None:
    """Minutes under *AC Power*."""
    _, _, mains = text.partition("AC Power")
    found = re.search(r"(?m)^\s*sleep\s+(\d+)", mains)
    return int(found[1]) * 60 if found else None


def of_gnome(kind: str, timeout: str) -> int | None:
    """What it does, and after how many seconds."""
    if not kind.strip():
        return None
    found = re.search(r"\d+\s*$", timeout)
    sleeps = kind.strip().strip("'") in ("suspend", "hibernate", "shutdown")
    return int(found[0]) if found and sleeps else 0
