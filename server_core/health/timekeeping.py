"""Whether the system keeps its clock right by a time server; what it says about it."""

from __future__ import annotations

import sys

from server_core.health.system import said

# What Windows names when nothing but the computer itself tells the time.
_ALONE = ("local cmos clock", "free-running system clock")


def clock_is_kept() -> bool | None:
    """Whether a time server keeps the clock right; None when the system does not say.

    Waits for a program of the system.
    """
    if sys.platform == "win32":
        return of_w32tm(said("w32tm", "/query", "/source"))
    if sys.platform == "darwin":
        return None  # only administrators are told
    return of_timedatectl(
        said("timedatectl", "show", "--property=NTP", "--property=NTPSynchronized")
    )


def of_timedatectl(text: str) -> bool | None:
    """In step with a time server, or at least looking for one."""
    if "NTPSynchronized=" not in text:
        return None
    return "yes" in {line.partition("=")[2] for line in text.split()}


def of_w32tm(text: str) -> bool | None:
    """The name of the source."""
    source = text.strip().lower()
    return source not in _ALONE if source else None
