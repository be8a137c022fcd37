"""Which sockets of a session loop are ready: told by one epoll of our own, where there is epoll.

uvloop asks the kernel seven times about every socket it comes to watch and lets go of again, and
makes a handle for it. An epoll can itself be watched, so the loop watches one, once, and that one
watches all sockets: two questions each, and one look finds all that are ready.
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Callable
from typing import Protocol, TypeAlias

_Callbacks: TypeAlias = dict[int, Callable[[], None]]
_AT_ONCE = 256  # sockets that are served before the loop's other work has its turn


class Watch(Protocol):
    """Calls back when a socket is ready, again and again while it is; an event loop is one too."""

    def add_reader(self, fd: int, callback: Callable[[], None]) -> object:
        """Call when there is something to read; replaces what was called before."""

    def remove_reader(self, fd: int) -> object:
        """Call no more; must come before the socket is closed."""

    def add_writer(self, fd: int, callback: Callable[[], None]) -> object:
        """Call when octets can be written."""

    def remove_writer(self, fd: int) -> object:
        """Call no more; must come before the socket is closed."""


def watch_for(loop: asyncio.AbstractEventLoop) -> Watch:
    """The best watch there is for the sockets of a loop; called on its thread."""
    if sys.platform == "linux":
        return EpollWatch(loop)
    else:  # noqa: RET505 - code after it would be unreachable on one platform or the other
        return loop


if sys.platform == "linux":

    class EpollWatch:
        """One epoll for all sockets of a loop; used on its thread only."""

        def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
            self._epoll = select.epoll()
            self._readers: _Callbacks = {}
            self._writers: _Callbacks = {}
            loop.add_reader(self._epoll.fileno(), self._look)

        def add_reader(self, fd: int, callback: Callable[[], None]) -> None:
            """See ``Watch``."""
            if fd not in self._readers:
                self._begin(fd, select.EPOLLIN, self._writers)
            self._readers[fd] = callback

        def remove_reader(self, fd: int) -> None:
            """See ``Watch``."""
            if self._readers.pop(fd, None) is not None:
                self._end(fd, select.EPOLLOUT, self._writers)

        def add_writer(self, fd: int, callback: Callable[[], None]) -> None:
            """See ``Watch``."""
            if fd not in self._writers:
                self._begin(fd, select.EPOLLOUT, self._readers)
            self._writers[fd] = callback

        def remove_writer(self, fd: int) -> None:
            """See ``Watch``."""
            if self._writers.pop(fd, None) is not None:
                self._end(fd, select.EPOLLIN, self._readers)

        def _begin(self, fd: int, kind: int, others: _Callbacks) -> None:
            """Have the kernel tell of this kind too; ``others`` wait for the other kind."""
            if fd in others:
                self._epoll.modify(fd, select.EPOLLIN | select.EPOLLOUT)
            else:
                self._epoll.register(fd, kind)

        def _end(self, fd: int, left: int, others: _Callbacks) -> None:
            """Have the kernel tell of no kind but ``left``, which ``others`` wait for, if any."""
            if fd in others:
                self._epoll.modify(fd, left)
            else:
                self._epoll.unregister(fd)

        def _look(self) -> None:
            # A socket may be closed by what an earlier one brings, and its number be another's by
            # then; that one finds nothing to read and waits on. What is broken counts as both.
            for fd, ready in self._epoll.poll(0, _AT_ONCE):
                if ready != select.EPOLLOUT and (reader := self._readers.get(fd)) is not None:
                    reader()
                if ready != select.EPOLLIN and (writer := self._writers.get(fd)) is not None:
                    writer()
