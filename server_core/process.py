"""What the process asks of its system before it serves."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

# macOS refuses more than the second, whatever it says its limit is.
_FILES_WANTED = (65_536, 10_240)
_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE_OCTETS = 4 * 1024 * 1024


def ask_the_system() -> None:
    """Have room for many files, and give large memory back; for the whole process."""
    _allow_many_files()
    _return_large_blocks()


def _allow_many_files() -> None:
    """As many files and connections as the system lets the process have open.

    Systems begin with 256 or 1,024, out of regard for programs that use ``select``: fewer than an
    office's sessions and mailboxes may take. Windows counts otherwise and needs nothing.
    """
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for wanted in _FILES_WANTED:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            if soft == resource.RLIM_INFINITY or soft >= most:
                return
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
                return


def _return_large_blocks() -> None:
    """A large block goes back to the system when it is freed, as everywhere but with glibc.

    That keeps what was needed once, and whoever checks a password needs 19 MiB for a moment.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library has no such switch
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_OCTETS)
