"""The process may have as many files open as its system lets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")

_TELL = """
import resource, sys
from server_core.open_files import allow_many
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
allow_many()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("soft", "hard", "then"), [(256, 900, 900), (900, 900, 900), (64, 64, 64)])
def test_it_may_open_as_many_as_the_system_lets_it(soft: int, hard: int, then: int) -> None:
    command = [sys.executable, "-c", _TELL, str(soft), str(hard)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert told.split() == [str(then), str(hard)]
