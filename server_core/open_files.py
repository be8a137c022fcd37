"""How many files and connections the process may have open at once."""

from __future__ import annotations

import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

# macOS refuses more than the second, whatever it says its limit is.
_WANTED = (65_536, 10_240)


def allow_many() -> None:
    """Let the process have open as many as the system lets it have; for the whole process.

    Systems begin with 256 or 1,024, out of regard for programs that use ``select``: fewer than an
    office's sessions and mailboxes may take. Windows counts otherwise and needs nothing.
    """
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for wanted in _WANTED:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            if soft == resource.RLIM_INFINITY or soft >= most:
                return
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
                return
