"""What is measured: a server in processes of its own on a throw-away folder, on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from tests.benchmarks.mailboxes import Group, Population
from tests.benchmarks.process_tree import ProcessTree


class TargetFailed(Exception):
    """A server could not be set up or started; the text says why."""


Deliver = Callable[[str, bytes], None]
"""Gives a user a message; it is safe on disk on return."""


class Target(Protocol):
    """A server to measure. It has its ports only when started: ``port`` is plain, the others have
    implicit TLS, and behind ``resuming_port`` every session can be resumed.

    A user of the office signs in to the same mailbox under another name where the verifier is of
    another sort: what stands before the name is in ``prefixes``. ``on_arrival`` is what the server
    puts before a message that it takes in.
    """

    name: str
    prefixes: Mapping[str, str]
    on_arrival: bytes
    port: int
    tls_port: int
    resuming_port: int

    def versions(self) -> str:
        """What exactly is measured, for the reader of the table."""

    def prepare(self, population: Population) -> None:
        """Make accounts and mailboxes; once, before the first start."""

    def start(self) -> ProcessTree:
        """Start serving; returns when it does."""

    def stop(self) -> None:
        """End all its processes."""

    def fill(self, group: Group) -> None:
        """Bring in what a group awaits, in the quickest way a running server takes mail."""

    def deliveries(self) -> AbstractContextManager[Deliver]:
        """A way in for one message after another."""

    def mail_folder(self, user: str) -> Path:
        """Where a user's mail lies."""

    def forget_index(self, user: str) -> None:
        """Bring the mailbox to the state in which the server meets it for the first time."""


@contextmanager
def bounded(process: subprocess.Popen[str], seconds: float) -> Iterator[None]:
    """End a process that keeps somebody waiting for longer than this."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def forget_pages(folder: Path) -> None:
    """Let the system forget the contents of all files, as if they had not been read for long."""
    if sys.platform != "linux":
        raise TargetFailed("files can be made cold on Linux only")
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def forget_everything() -> None:
    """Let the system forget all it keeps of all files, names included; for root alone."""
    if sys.platform != "linux":
        raise TargetFailed("files can be made cold on Linux only")
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3\n")
