"""What the process asks of its system: each time in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LIMITS = """
import resource, sys
from server_core.process import ask_the_system
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
ask_the_system()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""
_KEPT = """
import psutil
from concurrent.futures import ThreadPoolExecutor
from server_core.accounts.verifiers import Hasher
from server_core.process import ask_the_system
ask_the_system()
hasher = Hasher()
before = psutil.Process().memory_info().rss
with ThreadPoolExecutor(4) as threads:
    list(threads.map(hasher.hash, [b"secret"] * 8))
print(psutil.Process().memory_info().rss - before)
"""


def _told(program: str, *arguments: object) -> list[int]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return [*map(int, subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split())]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize(("soft", "hard", "then"), [(256, 900, 900), (900, 900, 900), (64, 64, 64)])
def test_it_may_open_as_many_files_as_the_system_lets_it(soft: int, hard: int, then: int) -> None:
    assert _told(_LIMITS, soft, hard) == [then, hard]


def test_checked_passwords_leave_no_memory_behind() -> None:
    (kept,) = _told(_KEPT)
    assert kept < 8 * 1024 * 1024
