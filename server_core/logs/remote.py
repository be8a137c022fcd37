"""Entries for another computer: reference lines in datagrams, or syslog over UDP, TCP or TLS."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Sequence
from contextlib import suppress

from server_core.config.log import RemoteLog, Transport
from server_core.logs.destination import Unwritten
from server_core.logs.entry import Entry
from server_core.logs.lines import reference_line
from server_core.logs.syslog import cut, framed, syslog_message

_SECONDS = 3.0
# So long a refusal of the first datagram is waited for; later ones come with the next.
_REFUSAL_SECONDS = 0.1
# Entries sent in one go: what is sent again when a connection dies meanwhile.
_AT_ONCE = 50
# A peer that takes nothing any more, without a word, is given up after so long (Linux).
_DEAD_MILLISECONDS = 10_000


class Datagrams:
    """A ``Writer`` that sends each entry in a datagram of its own; nobody says they arrived.

    A computer that refuses them is noticed; one that is switched off is not.
    """

    def __init__(self, remote: RemoteLog) -> None:
        self._lines = remote.transport is Transport.LINES
        self._socket = _datagram_socket(remote)
        self._is_first = True

    def write(self, entries: Sequence[Entry]) -> None:
        """Send the entries; Unwritten when the computer refuses them."""
        for number, entry in enumerate(entries):
            try:
                self._socket.send(self._octets(entry))
                if self._is_first:
                    self._wait_for_a_refusal()
            except OSError as problem:
                raise Unwritten(problem, entries[number:]) from problem

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _octets(self, entry: Entry) -> bytes:
        if self._lines:
            return cut(reference_line(entry, None).encode("utf-8", "replace"))
        return syslog_message(entry)

    def _wait_for_a_refusal(self) -> None:
        self._socket.settimeout(_REFUSAL_SECONDS)
        with suppress(TimeoutError):
            self._socket.recv(1)
        self._socket.settimeout(_SECONDS)
        self._is_first = False


class Stream:
    """A ``Writer`` over one connection that is made anew when it breaks.

    Syslog has no receipts: what a dying connection still took may be lost without a word, or come
    twice.
    """

    def __init__(self, remote: RemoteLog) -> None:
        host, port = _parts(remote.address)
        context = _trusting(remote.ca) if remote.transport is Transport.TLS else None
        plain = socket.create_connection((host, port), timeout=_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if sys.platform == "linux":
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_MILLISECONDS)
        self._socket = plain if context is None else _encrypted(plain, context, host)

    def write(self, entries: Sequence[Entry]) -> None:
        """Send the entries; Unwritten when the receiver is gone, or takes no more for a while."""
        self._look_for_the_end()
        for first in range(0, len(entries), _AT_ONCE):
            some = entries[first : first + _AT_ONCE]
            try:
                self._socket.sendall(b"".join(framed(syslog_message(entry)) for entry in some))
            except OSError as problem:
                raise Unwritten(problem, entries[first:]) from problem

    def close(self) -> None:
        """Say goodbye and close."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _look_for_the_end(self) -> None:
        """A receiver that closed is noticed before it swallows a batch."""
        self._socket.setblocking(False)
        try:
            if not self._socket.recv(4096):
                raise ConnectionResetError("the receiver closed the connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            return  # it says nothing, as receivers do
        finally:
            self._socket.settimeout(_SECONDS)


def _datagram_socket(remote: RemoteLog) -> socket.socket:
    host, port = _parts(remote.address)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = found[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.connect(address)
    except OSError:
        made.close()
        raise
    return made


def _trusting(authorities: str) -> ssl.SSLContext:
    """What accepts receivers that these authorities vouch for, or those of the system."""
    try:
        return ssl.create_default_context(cafile=authorities or None)
    except ssl.SSLError as problem:
        raise OSError(f"there is no certificate in {authorities}") from problem
    except OSError as problem:
        why = problem.strerror or str(problem)
        raise OSError(f"the authorities cannot be read: {why}: {authorities}") from problem


def _encrypted(plain: socket.socket, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    """The connection under TLS; OSError says in words why that is not to be had."""
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as problem:
        why = problem.verify_message.rstrip(".")
        raise OSError(f"the receiver's certificate is not trusted: {why}") from problem
    except TimeoutError as problem:
        raise OSError("the receiver does not answer with TLS") from problem
    except ssl.SSLError as problem:
        why = (problem.reason or str(problem)).replace("_", " ").lower()
        raise OSError(f"no TLS connection to the receiver: {why}") from problem
    finally:
        plain.close()  # what was wrapped took the socket out of it


def _parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
