"""A process that logs into tiny files and notes what is written, to be killed."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from server_core.config.log import Log, LogRule
from server_core.config.model import Config
from server_core.events.ring import Hub
from server_core.events.types import Noticed
from server_core.events.views import Counters
from server_core.logs import places
from server_core.logs.entry import Entry
from server_core.logs.files import Files
from server_core.logs.put_aside import PACKER
from server_core.logs.rolling_file import RollingFile
from server_core.logs.service import LogService
from server_core.tally import Tally

WRITERS = 4
ROLLS = 3
_STEPS = ("open", "os.rename", "os.remove")
# Smaller than a setting may be, so that files roll over all the time.
RULE = LogRule.model_construct(
    **{**LogRule().model_dump(), "size": 8, "compress": True, "file": "a.txt"}
)


class Telling(Files):
    """Log files whose every written entry is noted once it is with the kernel."""

    notes = -1

    def write(self, entries: Sequence[Entry]) -> None:
        """Write, then note what was written."""
        super().write(entries)
        os.write(self.notes, "".join(f"{entry.text}\n" for entry in entries).encode())


def log_until_killed(folder: Path, notes: Path, number: int) -> None:
    """Log entries that no other process logs; never returns."""
    Telling.notes = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    vars(places)["Files"] = Telling
    hub = Hub()
    service = LogService(hub, Config(log=Log(rules=(RULE,))), folder)
    service.start()
    threads = [threading.Thread(target=_write, args=(hub, number, n)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _write(hub: Hub, process: int, writer: int) -> None:
    pause = threading.Event()
    entry = 0
    while True:
        for _ in range(20):
            hub.emit(Noticed(text=f"entry {process}-{writer}-{entry}"))
            entry += 1
        pause.wait(0.01)


def log_until_step(folder: Path, notes: Path, last: int) -> None:
    """Roll over and compress some files; kill yourself before the step that is the last-th."""
    if sys.platform == "win32":  # for the type checker; pytest has skipped it there
        raise NotImplementedError
    steps = itertools.count(1)

    def count(event: str, arguments: tuple[object, ...]) -> None:
        about_it = event in _STEPS and str(arguments[0]).startswith(str(folder))
        if about_it and next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    told = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    sys.addaudithook(count)
    file = RollingFile(folder / RULE.file, RULE)
    for roll in range(ROLLS):
        names = [f"entry {last}-{roll}-{n}" for n in range(400)]
        file.append([f"{name}\n".encode() for name in names], roll)
        os.write(told, "".join(f"{name}\n" for name in names).encode())
        PACKER.finish(10)
    file.close()


def save_counters_until_killed(path: Path, notes: Path, first: int) -> None:
    """Count and save for ever, from two threads as a server at its end may."""
    told = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    tally = Tally()
    tally.load(path)

    def save() -> None:
        while True:
            tally.save(path)

    threading.Thread(target=save, daemon=True).start()
    for total in itertools.count(1):
        tally.take(time.time(), Counters(connections=total), 0)
        tally.save(path)
        os.write(told, f"{first + total}\n".encode())
