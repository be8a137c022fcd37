"""Taking connections from a listening socket on a session loop."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from server_core.events.types import Level, Noticed
from server_core.net.door import Door
from server_core.net.session import Session
from server_core.net.switchboard import Switchboard

_AT_ONCE = 64
_PAUSE_SECONDS = 1.0


class Acceptor:
    """One listening socket on one session loop; used there only."""

    def __init__(self, board: Switchboard, sock: socket.socket, door: Door) -> None:
        self._board = board
        self._sock = sock
        self._door = door
        self._accepting = False
        self._retry: asyncio.TimerHandle | None = None

    def resume(self) -> None:
        """Take connections from now on."""
        if not self._accepting:
            self._accepting = True
            self._board.loop.add_reader(self._sock.fileno(), self._accept)

    def pause(self) -> None:
        """Leave new connections waiting with the kernel."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._accepting:
            self._accepting = False
            self._board.loop.remove_reader(self._sock.fileno())

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as problem:
                self._stumble(problem)
                return
            sock.setblocking(False)
            # Without it a lock-step client waits 40 ms for every second reply.
            with suppress(OSError):  # macOS, when the client has reset the connection already
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Session(self._board, self._door, sock, _peer(address)).start()

    def _stumble(self, problem: OSError) -> None:
        """Wait instead of spinning on a socket that stays ready, and try again.

        The system may be out of something, or a client's network is broken; neither lasts.
        """
        self.pause()
        text = f"cannot take connections on '{self._door.name}': {problem.strerror}"
        self._board.emit(Noticed(level=Level.ERROR, source="listener", text=text))
        self._retry = self._board.loop.call_later(_PAUSE_SECONDS, self.resume)


def _peer(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
