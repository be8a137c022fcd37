"""Run as a program: dies at every step of the store's work in turn, and tells what it had done.

``python -m tests.store.crash_runs FOLDER``: FOLDER/seed is a mail folder; for each step a copy of
it (FOLDER/1, FOLDER/2 …) meets its end in a process of its own. One JSON line per run on stdout.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from server_core.store.file_store import FileStore
from tests.store.conftest import ANN, incoming
from tests.store.steps import StrikeAt, steps

DIED = 17


def work(folder: Path, step: int, report: int) -> None:
    """Deliver, remove and mark, telling each thing that was acknowledged; may not return."""

    def tell(what: str, *uids: int) -> None:
        os.write(report, json.dumps([what, *uids]).encode() + b"\n")

    death = StrikeAt(step, lambda name: os._exit(DIED))
    death.armed = True
    with steps(death):
        store = FileStore(folder, cached_mailboxes=8)
        first = store.deliver(ANN, incoming(b"new 0", b"new 1"))
        tell("delivered", *(row.uid for row in first))
        session = store.open(ANN)
        session.mark_seen(2)
        store.flush()
        tell("seen", 2)
        tell("removing", 1, 3)
        session.remove([1, 3])
        tell("removed", 1, 3)
        session.close()
        (last,) = store.deliver(ANN, incoming(b"new 2"))
        tell("delivered", last.uid)
        store.remove(ANN, [last.uid])
        tell("removed", last.uid)
        store.deliver("new", incoming(b"new 3"))
        tell("new mailbox")
        store.close()


def fork() -> int:
    """0 in the child, its process id in the parent; Windows has no such thing."""
    child = -1
    if sys.platform != "win32":
        child = os.fork()
    return child


def run(folder: Path, step: int) -> bool:
    """One run; False when there are not so many steps."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        status = 1
        try:
            work(folder, step, writing)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as pipe:
        told = [json.loads(line) for line in pipe]
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps({"folder": str(folder), "told": told, "status": status}), flush=True)
    return status == DIED


def main() -> None:
    """Run step after step until one run survives."""
    base = Path(sys.argv[1])
    step, dies = 0, True
    while dies:
        step += 1
        shutil.copytree(base / "seed", base / str(step))
        dies = run(base / str(step), step)


if __name__ == "__main__":
    main()
