"""Entries for another computer: reference lines in datagrams, or syslog over UDP, TCP or TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress

from server_core.config.log import RemoteLog, Transport
from server_core.logs.entry import Entry
from server_core.logs.lines import reference_line
from server_core.logs.syslog import framed, syslog_message

_SECONDS = 3.0
# What every path carries unbroken once IPv6 and UDP had their headers, and a little less.
_LONGEST_DATAGRAM = 8_192


class Datagrams:
    """A ``Writer`` that sends each entry in a datagram of its own; nobody says they arrived."""

    def __init__(self, remote: RemoteLog) -> None:
        self._lines = remote.transport is Transport.LINES
        self._socket, self._address = _datagram_socket(remote)

    def write(self, entries: Sequence[Entry]) -> None:
        """Send the entries."""
        for entry in entries:
            octets = self._octets(entry)[:_LONGEST_DATAGRAM]
            with suppress(ConnectionRefusedError):  # about an earlier one; this one may arrive
                self._socket.sendto(octets, self._address)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _octets(self, entry: Entry) -> bytes:
        if self._lines:
            return reference_line(entry, None).encode("utf-8", "replace")
        return syslog_message(entry)


class Stream:
    """A ``Writer`` over one connection that is made anew when it breaks.

    Syslog has no receipts: what a dying connection still took may be lost without a word.
    """

    def __init__(self, remote: RemoteLog) -> None:
        host, port = _parts(remote.address)
        plain = socket.create_connection((host, port), timeout=_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket: socket.socket = plain
        if remote.transport is Transport.TLS:
            try:
                context = ssl.create_default_context(cafile=remote.ca or None)
                self._socket = context.wrap_socket(plain, server_hostname=host)
            except OSError:
                plain.close()
                raise

    def write(self, entries: Sequence[Entry]) -> None:
        """Send the entries; OSError when the receiver is gone."""
        self._look_for_the_end()
        self._socket.sendall(b"".join(framed(syslog_message(entry)) for entry in entries))

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


def _datagram_socket(remote: RemoteLog) -> tuple[socket.socket, tuple[str, int]]:
    host, port = _parts(remote.address)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = found[0]
    return socket.socket(family, kind, protocol), (str(address[0]), int(address[1]))


def _parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
