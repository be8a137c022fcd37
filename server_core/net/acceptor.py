"""Taking connections from a listening socket on a session loop."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from server_core.config.listening import ProxyMode
from server_core.config.networks import Network, parse_address
from server_core.events.reasons import RefusalReason
from server_core.events.types import Level, Noticed
from server_core.net.door import Door
from server_core.net.gate import Pass
from server_core.net.peers import peer_text
from server_core.net.preface import Preface
from server_core.net.session import Session
from server_core.net.switchboard import Switchboard
from server_core.protocol.proxy_header import ProxyHeader

_AT_ONCE = 64
_PAUSE_SECONDS = 1.0
LATER = b"-ERR [SYS/TEMP] Too many connections, try again later\r\n"
# A denied address hears nothing (DEC-8); one that only came too often may try again.
_LIMITS = frozenset(
    {
        RefusalReason.MAX_CONNECTIONS,
        RefusalReason.MAX_PER_ADDRESS,
        RefusalReason.RATE_LISTENER,
        RefusalReason.RATE_ADDRESS,
    }
)


class Acceptor:
    """One listening socket on one session loop; used there only."""

    def __init__(self, board: Switchboard, sock: socket.socket, door: Door) -> None:
        self._board = board
        self._sock = sock
        self._door = door
        self._accepting = False
        self._retry: asyncio.TimerHandle | None = None
        self._prefaces: set[Preface] = set()

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

    def close(self) -> None:
        """Take no more, and let go of those who have not said yet whom they speak for."""
        self.pause()
        for preface in list(self._prefaces):
            preface.give_up("the listener was closed")

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
            if self._door.proxy.mode is ProxyMode.OFF:
                self._admit(sock, address[0], address[1])
            else:
                self._await_header(sock, address[0], address[1])

    def _admit(self, sock: socket.socket, host: str, port: int, early: bytes = b"") -> None:
        """Make a session of a connection that may come in; ``early`` was read of it already."""
        peer = peer_text(host, port)
        board = self._board.announced.pop(peer, self._board)
        ticket = board.gate.admit(self._door.name, host, peer)
        if isinstance(ticket, Pass):
            session = Session(board, self._door, sock, peer, ticket)
            session.start()
            if early:
                session.data_received(early)
            return
        if ticket.reason in _LIMITS and self._door.answers_refused:
            with suppress(OSError):
                sock.send(LATER)
        sock.close()

    def _await_header(self, sock: socket.socket, host: str, port: int) -> None:
        """A trusted proxy says whom it speaks for; nobody else may."""
        proxy = self._door.proxy
        address = parse_address(host)
        if not any(Network.parse(trusted).covers(address) for trusted in proxy.trusted):
            if proxy.mode is ProxyMode.OPTIONAL:
                self._admit(sock, host, port)
            else:
                self._turn_away(sock, host, port, "only trusted proxies may connect here")
            return

        def arrived(header: ProxyHeader, early: bytes) -> None:
            self._prefaces.discard(preface)
            if early and self._door.implicit_tls:
                self._turn_away(sock, host, port, "neither a PROXY header nor a handshake came")
            elif header.host:
                self._admit(sock, header.host, header.port)
            else:
                self._admit(sock, host, port, early)

        def failed(words: str) -> None:
            self._prefaces.discard(preface)
            self._turn_away(sock, host, port, words)

        optional = proxy.mode is ProxyMode.OPTIONAL
        preface = Preface(self._board.loop, sock, proxy.timeout, arrived, failed, optional=optional)
        self._prefaces.add(preface)

    def _turn_away(self, sock: socket.socket, host: str, port: int, words: str) -> None:
        self._board.gate.note_bad_header(self._door.name, host, peer_text(host, port), words)
        sock.close()

    def _stumble(self, problem: OSError) -> None:
        """Wait instead of spinning on a socket that stays ready, and try again.

        The system may be out of something, or a client's network is broken; neither lasts.
        """
        self.pause()
        text = f"cannot take connections on '{self._door.name}': {problem.strerror}"
        self._board.emit(Noticed(level=Level.ERROR, source="listener", text=text))
        self._retry = self._board.loop.call_later(_PAUSE_SECONDS, self.resume)
