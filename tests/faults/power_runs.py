"""Run as a program: a store at work, and after each step what a power cut would leave of it.

``python -m tests.faults.power_runs FOLDER``: works on FOLDER/mail; each cut's disk is FOLDER/1,
FOLDER/2 …, and one JSON line on stdout tells what had been acknowledged by then.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from server_core.store.backend import Incoming
from server_core.store.file_store import FileStore

_fsync = os.fsync


class Disk:
    """What of a folder is on the disk for certain: only what was flushed, by inode.

    An index is taken as it is: SQLite flushes it by itself, which Python cannot see.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents: dict[int, bytes] = {}
        self._entries: dict[int, dict[str, int]] = {}
        self._held: list[int] = []

    def note(self, fd: int) -> None:
        """This file or folder was flushed."""
        kind = os.fstat(fd)
        # Held open, so that the system gives its inode to no other file.
        self._held.append(os.dup(fd))
        if stat.S_ISDIR(kind.st_mode):
            self._entries[kind.st_ino] = _entries(f"/proc/self/fd/{fd}")
        else:
            self._contents[kind.st_ino] = Path(f"/proc/self/fd/{fd}").read_bytes()

    def copy(self, target: Path, *, names_kept: bool) -> None:
        """The disk after a power cut.

        File systems differ in which unflushed names they keep: none, or (``names_kept``) all.
        Unflushed contents are lost on each.
        """
        self._copy(self._folder, self._folder.stat().st_ino, target, names_kept)

    def _copy(self, source: Path, inode: int, target: Path, names_kept: bool) -> None:
        target.mkdir()
        entries = _entries(str(source)) if names_kept else self._entries.get(inode, {})
        for name, entry in entries.items():
            if name.startswith("index.sqlite3"):
                if (source / name).exists():
                    shutil.copyfile(source / name, target / name)
            elif entry in self._entries or (source / name).is_dir():
                self._copy(source / name, entry, target / name, names_kept)
            else:
                (target / name).write_bytes(self._contents.get(entry, b""))
        for log in source.glob("index.sqlite3-wal"):
            # SQLite flushes the folder itself when it makes a log.
            shutil.copyfile(log, target / log.name)


def _entries(folder: str) -> dict[str, int]:
    with os.scandir(folder) as entries:
        return {entry.name: entry.inode() for entry in entries}


class Cuts:
    """Cuts the power at every flush, before and after, and whenever asked."""

    def __init__(self, base: Path) -> None:
        self.disk = Disk(base / "mail")
        self.acknowledged: list[list[object]] = []
        self._base = base
        self._count = 0

    def tell(self, what: str, *tokens: str) -> None:
        """Something was acknowledged."""
        self.acknowledged.append([what, *tokens])
        self.cut()

    def flush(self, fd: int) -> None:
        """In place of the store's own."""
        self.cut()
        _fsync(fd)
        self.disk.note(fd)
        self.cut()

    def cut(self) -> None:
        """What is on the disk now becomes a folder of its own, in both possible ways."""
        for names_kept in (False, True):
            self._count += 1
            target = self._base / str(self._count)
            self._apart(lambda: self.disk.copy(target, names_kept=names_kept))  # noqa: B023
            told = {"folder": str(target), "told": self.acknowledged, "names_kept": names_kept}
            print(json.dumps(told), flush=True)

    def _apart(self, work: Callable[[], None]) -> None:
        """In a process of its own: closing a copy of an index would unlock the original."""
        if sys.platform != "win32":
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    work()
                    status = 0
                finally:
                    os._exit(status)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def work(store: FileStore, cuts: Cuts) -> None:
    """Deliver and remove, some at a time, in two mailboxes."""
    for account, tokens in (("ann", ("a1", "a2", "a3")), ("bob", ("b1",)), ("ann", ("a4",))):
        cuts.tell("offered", *tokens)
        texts = (f"Subject: {token}\n\n{token * 2_000}\n".encode() for token in tokens)
        store.deliver(account, [Incoming(io.BytesIO(text)) for text in texts])
        cuts.tell("delivered", *tokens)
    cuts.tell("removing", "a1", "a3")
    store.remove("ann", [1, 3])
    cuts.tell("removed", "a1", "a3")
    cuts.tell("removing", "b1")
    store.remove("bob", [1])
    cuts.tell("removed", "b1")


def main() -> None:
    """Work with every flush watched."""
    base = Path(sys.argv[1])
    (base / "mail").mkdir()
    cuts = Cuts(base)
    with patch.object(os, "fsync", cuts.flush):
        store = FileStore(base / "mail", cached_mailboxes=8)
        work(store, cuts)
        store.close()
    cuts.tell("closed")


if __name__ == "__main__":
    main()
