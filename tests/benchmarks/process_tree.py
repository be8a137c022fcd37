"""What a server costs: processor time and memory of all its processes together."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil


class ProcessTree:
    """A process and all it started, also those that have ended since."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def cpu_seconds(self) -> float:
        """User and system time so far; an ended process is in the count of who reaped it."""
        return sum(
            times.user + times.system + times.children_user + times.children_system
            for times in (process.cpu_times() for process in self._living())
        )

    def memory(self) -> int:
        """Octets in use; pages that several processes share are counted once where it is known."""
        return sum(_octets_of(process) for process in self._living())

    def _living(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]


def _octets_of(process: psutil.Process) -> int:
    if sys.platform != "linux":
        return int(process.memory_info().rss)
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"the memory of process {process.pid} cannot be read")
