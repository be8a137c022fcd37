"""Reading message files so that a session loop never waits for the disk."""

from __future__ import annotations

import errno
import os
import sys

from server_core.store.backend import MessageDamaged, StoreError

# Where the system cannot read "only if in memory", reads up to this size are done anyway: a
# mail's worth costs less than handing it to a worker and back.
PLAIN_READ_LIMIT = 65_536

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_CAN_ASK = hasattr(os, "RWF_NOWAIT")
_UNSUPPORTED = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


# The computer lacks something for a while; the message itself is well.
_SHORT_OF = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def open_checked(path: str, stored: int) -> int:
    """Open a message file for reading; MessageDamaged when it is not as the index says."""
    try:
        fd = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise MessageDamaged("The message's file is missing.") from None
    except OSError as problem:
        text = f"The message cannot be opened now: {problem.strerror}."
        kind = StoreError if problem.errno in _SHORT_OF else MessageDamaged
        raise kind(text) from problem
    size = os.fstat(fd).st_size
    if size != stored:
        os.close(fd)
        raise MessageDamaged(f"The message's file has {size} octets instead of {stored}.")
    return fd


def _read_at(fd: int, offset: int, length: int) -> bytes:
    if sys.platform == "win32":
        os.lseek(fd, offset, os.SEEK_SET)
        octets = os.read(fd, length)
    else:
        octets = os.pread(fd, length, offset)
    return octets


def read_now(fd: int, offset: int, length: int) -> bytes | None:
    """Exactly these octets if they come without waiting for the disk, else None."""
    if sys.platform == "linux" and _CAN_ASK:
        room = bytearray(length)
        try:
            got = os.preadv(fd, (room,), offset, os.RWF_NOWAIT)
        except BlockingIOError:
            return None
        except OSError as problem:
            if problem.errno not in _UNSUPPORTED:
                raise MessageDamaged(f"Reading failed: {problem.strerror}.") from problem
        else:
            return bytes(room) if got == length else None
    if length > PLAIN_READ_LIMIT:
        return None
    octets = _read_at(fd, offset, length)
    return octets if len(octets) == length else None


def read_whole_now(path: str, stored: int) -> bytes | None:
    """A whole message in one go if it comes without waiting for the disk, else None."""
    fd = open_checked(path, stored)
    try:
        return read_now(fd, 0, stored)
    finally:
        os.close(fd)


class FileReader:
    """An open message file; one thread at a time reads it."""

    __slots__ = ("_fd", "header_length", "stored")

    def __init__(self, path: str, stored: int, header_length: int) -> None:
        self._fd = open_checked(path, stored)
        self.stored = stored
        self.header_length = header_length

    def read_cached(self, offset: int, length: int) -> bytes | None:
        """Octets (fewer only at the end of the file) if they are in memory, else None."""
        return read_now(self._fd, offset, min(length, self.stored - offset))

    def read(self, offset: int, length: int) -> bytes:
        """Octets (fewer only at the end of the file); may wait for the disk."""
        wanted = min(length, self.stored - offset)
        pieces: list[bytes] = []
        while wanted > 0:
            try:
                piece = _read_at(self._fd, offset, wanted)
            except OSError as problem:
                raise MessageDamaged(f"Reading failed: {problem.strerror}.") from problem
            if not piece:
                raise MessageDamaged("The message's file ended early.")
            pieces.append(piece)
            offset += len(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Give the file back; a second call changes nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
