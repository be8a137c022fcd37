"""Whether this computer is fit for it: its clock, its disk, its worker threads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from server_core.health import timekeeping
from server_core.health.check import Place, Seen, Subject, attention, fine, problem

_SLACK = 300
# Nothing of this server was written before; a clock that says so was never set.
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_NETWORK_KINDS = ("nfs", "cifs", "smb", "afpfs", "webdav", "davfs", "fuse.sshfs", "9p", "ncpfs")


def clock(subject: Subject) -> Iterator[Seen]:
    """Whether the clock is plausible, not before what it has already shown, and kept right."""
    accounts = [record.account for record in subject.records]
    shown = [moment for one in accounts for moment in (one.created, one.last_sign_in)]
    files = (subject.home.config_file, subject.home.accounts_file)
    shown += [path.stat().st_mtime for path in files if path.exists()]
    kept = timekeeping.clock_is_kept()
    yield clock_words(subject.now, max(shown, default=0.0), kept=kept)


def clock_words(now: float, latest: float, *, kept: bool | None = None) -> Seen:
    """What a clock means that has shown ``latest`` before; epoch seconds both.

    ``kept`` is whether a time server keeps it right, None when that is not known.
    """
    if now < _EARLIEST:
        text = f"The clock says {_moment(now)}, which cannot be: encryption and sign-ins need it."
        return problem(text)
    if latest > now + _SLACK:
        text = f"The clock was set back: it says {_moment(now)} and has shown {_moment(latest)}."
        return attention(text)
    if kept is False:
        text = f"The clock says {_moment(now)}, and no time server keeps it right; set one up."
        return attention(text)
    told = "a time server keeps it right" if kept else "which is not before anything it has shown"
    return fine(f"The clock says {_moment(now)}, {told}.")


def drive(subject: Subject) -> Iterator[Seen]:
    """Whether the home lies on a drive of another computer, where files can be lost or locked."""
    kind = kind_of_drive(subject.home.root)
    if kind.startswith(_NETWORK_KINDS):
        text = f"The home lies on a drive of another computer ({kind}); keep it on this one."
        yield attention(text)
    elif kind:
        yield fine(f"The home lies on a drive of this computer ({kind}).")


def kind_of_drive(path: Path) -> str:
    """The kind of file system a path lies on; empty when that cannot be told."""
    inside = [
        (len(part.mountpoint), part.fstype.lower())
        for part in psutil.disk_partitions(all=True)
        if path.is_relative_to(part.mountpoint)
    ]
    return max(inside)[1] if inside else ""


def queue(subject: Subject) -> Iterator[Seen]:
    """Whether jobs wait because every worker thread is busy."""
    pool = subject.workers
    waiting, busy, most = pool.queued, pool.busy, pool.bounds[1]
    place = Place(page="workers", target="pop3.threads.maximum")
    if waiting and busy >= most:
        text = f"All {most} worker threads are busy and {waiting} jobs wait; allow more threads."
        yield attention(text, place)
    else:
        yield fine(f"{busy} of {most} worker threads are busy.", place)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
