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

    ``arrived`` gets the header and what was read of the client's own words, ``failed`` a sentence;
    exactly one of them is called, and the socket is then the caller's again. Octets are looked at
    first and taken only when they can be part of a header: what follows it stays in the socket.
    """

    __slots__ = ("_arrived", "_failed", "_loop", "_optional", "_sock", "_taken", "_timer")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        seconds: float,
        arrived: Callable[[ProxyHeader, bytes], None],
        failed: Callable[[str], None],
        *,
        optional: bool,
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._arrived = arrived
        self._failed = failed
        self._optional = optional
        self._taken = b""
        self._timer = loop.call_later(seconds, self._do_without, "no PROXY header came in time")
        loop.add_reader(sock.fileno(), self._look)

    def give_up(self, sentence: str) -> None:
        """Wait no longer; ``failed`` gets the sentence."""
        self._let_go()
        self._failed(sentence)

    def _look(self) -> None:
        try:
            header = self._take()
        except (BlockingIOError, InterruptedError):
            return
        except NotAHeader as problem:
            self._do_without(str(problem))
        except OSError as problem:
            self.give_up(str(problem))
        else:
            self._let_go()
            self._arrived(header, b"")

    def _take(self) -> ProxyHeader:
        """The header, once it is whole; until then what has come of it is kept.

        Reads on until the kernel has no more: uvloop reports a socket with an error once and never
        again, also while there is data.
        """
        while seen := self._sock.recv(LONGEST, socket.MSG_PEEK):
            header = read_proxy_header(self._taken + seen)
            if header is not None:
                self._sock.recv(header.length - len(self._taken))
                return header
            # An unfinished header is nobody else's. Left unread it would keep the socket ready
            # and hide that the peer is gone.
            self._taken += self._sock.recv(len(seen))
        raise ConnectionError("closed before its PROXY header")

    def _do_without(self, sentence: str) -> None:
        if self._optional:
            self._let_go()
            self._arrived(ProxyHeader(0, "", 0), self._taken)
        else:
            self.give_up(sentence)

    def _let_go(self) -> None:
        self._timer.cancel()
        self._loop.remove_reader(self._sock.fileno())
