"""Reading message files so that a session loop never waits for the disk."""

from __future__ import annotations

import errno
import os
import sys

from server_core.store.backend import MessageDamaged, Octets, StoreError

# Where the system cannot read "only if in memory", reads up to this size are done anyway: a
# mail's worth costs less than handing it to a worker and back.
PLAIN_READ_LIMIT = 65_536

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_CAN_ASK = hasattr(os, "RWF_NOWAIT")
_UNSUPPORTED = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


# The computer lacks something for a while; the message itself is well.
_SHORT_OF = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def _open(path: str) -> int:
    try:
        return os.open(path, _FLAGS)
    except FileNotFoundError:
        raise MessageDamaged("The message's file is missing.") from None
    except OSError as problem:
        text = f"The message cannot be opened now: {problem.strerror}."
        kind = StoreError if problem.errno in _SHORT_OF else MessageDamaged
        raise kind(text) from problem


def _check_size(fd: int, stored: int) -> None:
    size = os.fstat(fd).st_size
    if size != stored:
        raise MessageDamaged(f"The message's file has {size} octets instead of {stored}.")


def _read_at(fd: int, offset: int, length: int) -> bytes:
    if sys.platform == "win32":
        os.lseek(fd, offset, os.SEEK_SET)
        octets = os.read(fd, length)
    else:
        octets = os.pread(fd, length, offset)
    return octets


def _read_now(fd: int, offset: int, length: int) -> Octets:
    """What comes of these octets without waiting for the disk; it may be less, or nothing."""
    if sys.platform == "linux" and _CAN_ASK:
        room = bytearray(length)
        try:
            del room[os.preadv(fd, (room,), offset, os.RWF_NOWAIT) :]
        except BlockingIOError:
            return b""
        except OSError as problem:
            if problem.errno not in _UNSUPPORTED:
                raise MessageDamaged(f"Reading failed: {problem.strerror}.") from problem
        else:
            return room
    return b"" if length > PLAIN_READ_LIMIT else _read_at(fd, offset, length)


def read_whole_now(path: str, stored: int) -> Octets | None:
    """A whole message in one go if it comes without waiting for the disk, else None.

    MessageDamaged when its file is not as the index says.
    """
    fd = _open(path)
    try:
        # One octet more than there should be tells a file that is too long, without another call.
        octets = _read_now(fd, 0, stored + 1)
        if len(octets) == stored:
            return octets
        _check_size(fd, stored)
        return None
    finally:
        os.close(fd)


class FileReader:
    """An open message file; one thread at a time reads it."""

    __slots__ = ("_fd", "header_length", "stored")

    def __init__(self, path: str, stored: int, header_length: int) -> None:
        self._fd = _open(path)
        try:
            _check_size(self._fd, stored)
        except MessageDamaged:
            self.close()
            raise
        self.stored = stored
        self.header_length = header_length

    def read_cached(self, offset: int, length: int) -> Octets | None:
        """Octets (fewer only at the end of the file) if they are in memory, else None."""
        wanted = min(length, self.stored - offset)
        octets = _read_now(self._fd, offset, wanted)
        return octets if len(octets) == wanted else None

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
