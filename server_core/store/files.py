"""A mailbox's folder on disk: where its files lie, and how they become durable."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from server_core.store.backend import StoreError, StoreFull

if sys.platform == "darwin":
    import fcntl

SHARD_BITS = 12
CHUNK = 65_536

_SUFFIX = ".msg"
_MESSAGES = f"{os.sep}messages{os.sep}"
_MESSAGE_NAME = re.compile(rf"([0-9a-f]+){re.escape(_SUFFIX)}\Z")
# Tells the files this process is writing from those a dead one left.
_RUN = secrets.token_hex(4)
_STORE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_@+=~.-]{0,126}", re.ASCII)
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.ASCII | re.IGNORECASE)


def is_store_id(name: str) -> bool:
    """Whether a name is safe as a folder name on every system: no path, no device, not hidden."""
    return bool(_STORE_ID.fullmatch(name)) and not (name.endswith(".") or _DEVICES.fullmatch(name))


def explained(problem: OSError, doing: str) -> StoreError:
    """The store's own error for what the system reported, with a sentence for a person."""
    if isinstance(problem, StoreError):
        return problem
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFull(f"{doing}: no room left on the disk.")
    return StoreError(f"{doing}: {problem.strerror or problem}.")


def flush_file(fd: int) -> None:
    """Return once the file's contents are on the disk itself."""
    if sys.platform == "darwin":
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fsync(fd)


def flush_folder(folder: Path) -> None:
    """Return once the folder's entries are on the disk; Windows keeps them itself."""
    if sys.platform != "win32":
        fd = os.open(folder, os.O_RDONLY)
        try:
            flush_file(fd)
        finally:
            os.close(fd)


def write_durably(path: Path, text: str) -> None:
    """Put a small file in place whole, or not at all."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        flush_file(file.fileno())
    temporary.replace(path)
    flush_folder(path.parent)


class _Validities:
    """Numbers for new mailboxes: the time, but never the same one twice."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def new(self) -> int:
        with self._lock:
            self._last = max(int(time.time()), self._last + 1)
            return self._last


new_uidvalidity = _Validities().new


class MailboxFolder:
    """Paths of one mailbox, and the folder operations that its durability rests on.

    ``index.sqlite3``, ``uidvalidity`` (a copy, should the index be lost), ``incoming/`` for
    deliveries that are being written, ``messages/<uid / 4096>/<uid>.msg``, both hexadecimal.
    Folders of ``messages`` stay when they fall empty: the highest one says which unique-ids may
    have been given out, should the index be lost.
    """

    # Paths are made when they are asked for: a kilobyte a mailbox otherwise, for thousands, which
    # share the text of where they all lie.
    __slots__ = ("_name", "_store")

    def __init__(self, store: Path, name: str) -> None:
        self._store = str(store)
        self._name = name

    @property
    def root(self) -> Path:
        """The folder itself."""
        return Path(self._store, self._name)

    @property
    def index(self) -> Path:
        """The SQLite file."""
        return self.root / "index.sqlite3"

    @property
    def uidvalidity(self) -> Path:
        """The copy of what unique-ids begin with."""
        return self.root / "uidvalidity"

    @property
    def incoming(self) -> Path:
        """Where deliveries write."""
        return self.root / "incoming"

    @property
    def messages(self) -> Path:
        """Where messages lie."""
        return self.root / "messages"

    def prepare(self) -> None:
        """Make the folders, for their owner only."""
        if not self.messages.is_dir():
            self.root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.root, self.incoming, self.messages):
                folder.mkdir(mode=0o700, exist_ok=True)
            flush_folder(self.root)
            flush_folder(self.root.parent)
        self.incoming.mkdir(mode=0o700, exist_ok=True)

    def message(self, uid: int) -> str:
        """Where the message lies; text, because this is on the path of every RETR."""
        shard = f"{uid >> SHARD_BITS:x}"
        return f"{self._store}{os.sep}{self._name}{_MESSAGES}{shard}{os.sep}{uid:x}{_SUFFIX}"

    def new_incoming(self) -> Path:
        """A path for a delivery to write to."""
        return self.incoming / f"{_RUN}-{secrets.token_hex(8)}"

    def leftovers(self) -> list[Path]:
        """What deliveries of an earlier process left behind."""
        return [path for path in self.incoming.iterdir() if not path.name.startswith(_RUN)]

    def place(self, temporary: Path, uid: int) -> None:
        """Give a whole message its name; durable after ``flush_messages``."""
        shard = self.messages / f"{uid >> SHARD_BITS:x}"
        if not shard.is_dir():
            shard.mkdir(mode=0o700)
            flush_folder(self.messages)
        temporary.replace(self.message(uid))

    def flush_messages(self, uids: Iterable[int]) -> None:
        """Return once the names of these messages, or their absence, are on the disk."""
        for shard in sorted({uid >> SHARD_BITS for uid in uids}):
            with contextlib.suppress(FileNotFoundError):
                flush_folder(self.messages / f"{shard:x}")

    def remove(self, uid: int) -> bool:
        """Remove a message file; False when the system will not (Windows: it is open)."""
        try:
            Path(self.message(uid)).unlink(missing_ok=True)
        except OSError:
            return False
        return True

    def shards(self) -> list[int]:
        """The numbers of the message folders, ascending."""
        return sorted(
            int(entry.name, 16)
            for entry in self.messages.iterdir()
            if re.fullmatch(r"[0-9a-f]+", entry.name) and entry.is_dir()
        )

    def uids(self, *, first: int = 0) -> Iterator[int]:
        """Uids that have a file, from the folder of ``first`` on, in no particular order."""
        for shard in self.shards():
            if shard < first >> SHARD_BITS:
                continue
            with os.scandir(self.messages / f"{shard:x}") as entries:
                for entry in entries:
                    if (uid := self.uid_of(entry.path)) is not None and uid >= first:
                        yield uid

    def uid_of(self, path: str | Path) -> int | None:
        """The uid whose message lies at this path; None for any other file."""
        text = os.fspath(path)
        if name := _MESSAGE_NAME.search(text):
            uid = int(name[1], 16)
            if self.message(uid) == text:
                return uid
        return None

    def sweep_incoming(self) -> None:
        """Remove what deliveries left behind that did not finish; none may be running."""
        for entry in self.incoming.iterdir():
            with contextlib.suppress(OSError):
                entry.unlink()


def read_chunks(path: str | Path) -> Iterator[bytes]:
    """A file's contents, bounded pieces at a time."""
    with Path(path).open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            yield chunk
