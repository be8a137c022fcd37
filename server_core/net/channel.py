"""One connected socket on a session loop: octets in, octets out, TLS when asked.

asyncio's transports are left aside on purpose: its TLS layer keeps a quarter of a megabyte a
connection and half of the time of a download, and no loop lets a transport change to TLS in place.
A non-blocking ``ssl.SSLSocket`` under ``add_reader`` has neither trouble, and the plain socket then
takes the same road.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections import deque
from contextlib import suppress
from typing import Protocol, TypeAlias

from server_core.net.watch import Watch

_READ_OCTETS = 65_536
_UNREAD_READS = 16
# TLS has to be offered the very same octets again, so progress shows only from offer to offer.
_TLS_OFFER = 65_536
_Octets: TypeAlias = bytes | bytearray | memoryview
_NO_PROGRESS = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class ChannelUser(Protocol):
    """Who is told what happens on a channel. All calls come on the session loop."""

    def data_received(self, data: bytes) -> None:
        """Octets came."""

    def eof_received(self) -> None:
        """The peer will send no more."""

    def progressed(self) -> None:
        """Some of what was written is with the kernel now."""

    def drained(self) -> None:
        """All that was written is with the kernel now."""

    def secured(self) -> None:
        """The handshake is done."""

    def channel_lost(self, problem: Exception | None) -> None:
        """The channel is closed, nothing follows; ``problem`` is what broke it, if anything."""


class Channel:
    """A non-blocking socket and its backlog; lives on one session loop."""

    __slots__ = (
        "_backlog",
        "_closing",
        "_fd",
        "_handshaking",
        "_loop",
        "_reading",
        "_sock",
        "_user",
        "_watch",
        "_writing",
    )

    def __init__(
        self, loop: asyncio.AbstractEventLoop, watch: Watch, sock: socket.socket, user: ChannelUser
    ) -> None:
        self._loop = loop
        self._watch = watch
        self._sock: socket.socket | None = sock
        self._fd = sock.fileno()
        self._user = user
        self._backlog: deque[_Octets] | None = None
        self._reading = False
        self._writing = False
        self._closing = False
        self._handshaking = False

    @property
    def tls(self) -> ssl.SSLSocket | None:
        """The TLS side of the socket once there is one."""
        return self._sock if isinstance(self._sock, ssl.SSLSocket) else None

    @property
    def is_drained(self) -> bool:
        """Whether everything written is with the kernel."""
        return self._backlog is None

    def resume_reading(self) -> None:
        """Tell the user what comes from now on."""
        if not self._reading and not self._closing and self._sock is not None:
            self._reading = True
            self._watch.add_reader(self._fd, self._readable)

    def pause_reading(self) -> None:
        """Leave what comes with the kernel, so that the peer has to wait."""
        if self._reading:
            self._reading = False
            if not self._handshaking:
                self._watch.remove_reader(self._fd)

    def write(self, data: bytes | bytearray) -> bool:
        """Send octets; False when some had to be kept, ``drained`` comes when they are gone.

        The octets are the channel's from here on.
        """
        sock = self._sock
        if sock is None:
            return True
        if self._backlog is not None:
            self._backlog.extend(self._offers(data))
            return False
        try:
            if len(data) <= _TLS_OFFER:  # nearly every reply, and nearly always taken whole
                sent = _send(sock, data)
                if sent == len(data):
                    return True
                backlog = deque([memoryview(data)[sent:] if sent else data])
            else:
                backlog = deque(self._offers(data))
                if _send_kept(sock, backlog):
                    return True
        except OSError as problem:
            self._loop.call_soon(self._lose, problem)
            return False
        self._backlog = backlog
        self._watch_writes()
        return False

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands as the server; ``secured`` or ``channel_lost`` follows. Must be drained."""
        if self._sock is None:
            return
        self.pause_reading()
        try:
            # Of a client that is gone already wrap_socket would leave nobody's socket behind.
            self._sock.getpeername()
            self._sock = context.wrap_socket(
                self._sock,
                server_side=True,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=True,
            )
        except OSError as problem:
            self._loop.call_soon(self._lose, problem)
            return
        self._fd = self._sock.fileno()
        self._handshaking = True
        self._watch.add_reader(self._fd, self._shake_hands)
        self._shake_hands()

    def close(self) -> None:
        """Read no more, send what is kept, say goodbye under TLS, then close."""
        if self._closing:
            return
        self._closing = True
        self.pause_reading()
        if self._backlog is None:
            self._loop.call_soon(self._lose, None)

    def abort(self, problem: Exception | None = None) -> None:
        """Close now; what is kept is lost."""
        self._closing = True
        self._backlog = None
        self._loop.call_soon(self._lose, problem)

    def _readable(self) -> None:
        sock = self._sock
        while self._reading and sock is not None:
            try:
                data = sock.recv(_READ_OCTETS)
            except _NO_PROGRESS:
                return
            except ssl.SSLEOFError:
                data = b""
            except OSError as problem:
                self._lose(problem)
                return
            if not data:
                self.pause_reading()
                self._user.eof_received()
                return
            # uvloop reports a socket with an error once and never again, also while there is data.
            # A whole line gets a reply, and sending that meets the error.
            whole = data.endswith(b"\n")
            error = 0 if whole else sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self._user.data_received(data)
            if error:
                self._lose(OSError(error, os.strerror(error)))
                return
            # Decrypted octets wait inside OpenSSL, where the loop cannot see them; a plain socket
            # is simply reported again.
            if not isinstance(sock, ssl.SSLSocket) or not sock.pending():
                return

    def _writable(self) -> None:
        backlog, sock = self._backlog, self._sock
        if backlog is None or sock is None:
            return
        before = _left(backlog)
        try:
            if not _send_kept(sock, backlog):
                if _left(backlog) != before:
                    self._user.progressed()
                return
        except OSError as problem:
            self._lose(problem)
            return
        self._backlog = None
        self._writing = False
        self._watch.remove_writer(self._fd)
        if self._closing:
            self._lose(None)
        else:
            self._user.drained()

    def _offers(self, data: bytes | bytearray) -> list[_Octets]:
        """The octets as they are offered to the kernel."""
        if len(data) <= _TLS_OFFER or self.tls is None:
            return [data]
        view = memoryview(data)
        return [view[start : start + _TLS_OFFER] for start in range(0, len(view), _TLS_OFFER)]

    def _watch_writes(self) -> None:
        if not self._writing:
            self._writing = True
            self._watch.add_writer(self._fd, self._writable)

    def _shake_hands(self) -> None:
        sock = self.tls
        if sock is None or not self._handshaking:
            return
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLWantWriteError:
            self._writing = True
            self._watch.add_writer(self._fd, self._shake_hands)
            return
        except OSError as problem:
            self._lose(problem)
            return
        self._handshaking = False
        self._watch.remove_reader(self._fd)
        if self._writing:
            self._writing = False
            self._watch.remove_writer(self._fd)
        self._user.secured()

    def _lose(self, problem: Exception | None) -> None:
        sock = self._sock
        if sock is None:
            return
        self._sock = None
        self._closing = True
        self._backlog = None
        # Only what is watched: a failed start of TLS has closed the socket already, and its number
        # may be another connection's by now.
        if self._reading or self._handshaking:
            self._watch.remove_reader(self._fd)
        if self._writing:
            self._watch.remove_writer(self._fd)
        self._reading = self._writing = self._handshaking = False
        if problem is None:
            _say_goodbye(sock)
        sock.close()
        user = self._user
        del self._user  # which has this channel: neither would be freed without the collector
        user.channel_lost(problem)


def _send_kept(sock: socket.socket, backlog: deque[_Octets]) -> bool:
    """Send from the front; False when the kernel takes no more now, OSError when it is over."""
    while backlog:
        data = backlog[0]
        sent = _send(sock, data)
        if sent < len(data):
            if sent:  # never under TLS, which takes an offer whole or not at all
                backlog[0] = memoryview(data)[sent:]
            return False
        backlog.popleft()
    return True


def _send(sock: socket.socket, data: _Octets) -> int:
    """How many octets the kernel takes now."""
    try:
        return sock.send(data)
    except _NO_PROGRESS:
        return 0


def _left(backlog: deque[_Octets]) -> tuple[int, int]:
    return len(backlog), len(backlog[0])


def _say_goodbye(sock: socket.socket) -> None:
    """End politely: close_notify under TLS (RFC 8446 section 6.1), and no reset over a last reply.

    Closing a socket whose input was not read makes the kernel send a reset, which can overtake and
    destroy what was written last; so what has come by now is read and dropped.
    """
    # What fails here is ordinary: nothing to read, or the peer's own close_notify has not come.
    if isinstance(sock, ssl.SSLSocket):
        with suppress(OSError, ValueError):
            sock.unwrap()
    with suppress(OSError):
        for _ in range(_UNREAD_READS):
            if not socket.socket.recv(sock, _READ_OCTETS):
                return
