"""Before the session: the PROXY header of a trusted proxy; what follows it is left untouched."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from server_core.protocol.proxy_header import LONGEST, NotAHeader, ProxyHeader, read_proxy_header


class Preface:
    """Waits for one header on a fresh socket; lives on one session loop.

    When it is ``optional``, a connection that begins with something else arrives with a header
    that names nobody; one that says nothing, as mail clients do before the greeting, arrives so
    when the time is up.

    ``arrived`` gets the header, ``failed`` a sentence; exactly one of them is called, and the
    socket is then the caller's again. The octets behind the header stay in the socket: the header
    is looked at first and taken only once its length is known.
    """

    __slots__ = ("_arrived", "_failed", "_loop", "_optional", "_sock", "_timer")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        seconds: float,
        arrived: Callable[[ProxyHeader], None],
        failed: Callable[[str], None],
        *,
        optional: bool,
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._arrived = arrived
        self._failed = failed
        self._optional = optional
        self._timer = loop.call_later(seconds, self._do_without, "no PROXY header came in time")
        loop.add_reader(sock.fileno(), self._look)

    def _look(self) -> None:
        try:
            seen = self._sock.recv(LONGEST, socket.MSG_PEEK)
            header = read_proxy_header(seen) if seen else None
        except (BlockingIOError, InterruptedError):
            return
        except NotAHeader as problem:
            self._do_without(str(problem))
            return
        except OSError as problem:
            self._give_up(str(problem))
            return
        if not seen:
            self._give_up("closed before its PROXY header")
        elif header is not None:
            self._sock.recv(header.length)
            self._let_go()
            self._arrived(header)
        elif len(seen) < LONGEST:
            self._wait_for_more(len(seen))

    def _wait_for_more(self, seen: int) -> None:
        """A socket with unread octets is always readable, so ask again only when there are more."""
        self._loop.remove_reader(self._sock.fileno())
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, seen + 1)
        self._loop.add_reader(self._sock.fileno(), self._look)

    def _do_without(self, sentence: str) -> None:
        if self._optional:
            self._let_go()
            self._arrived(ProxyHeader(0, "", 0))
        else:
            self._give_up(sentence)

    def _give_up(self, sentence: str) -> None:
        self._let_go()
        self._failed(sentence)

    def _let_go(self) -> None:
        self._timer.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
