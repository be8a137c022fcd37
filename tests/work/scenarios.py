"""What is counted: sessions as a mail client holds them, one after another, in lock step.

Nothing overlaps and nothing is left to chance, so that every session is the same work.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

PASSWORD = "correct horse"
USERS = ("ann", "bob", "eve", "tim")
# Octets of the messages of each user: short letters, some longer ones, two with attachments.
# fmt: off
SIZES = (
    1200, 1500, 2000, 2400, 2800, 3200, 3800, 4500, 5200, 6000, 7000, 8500, 10_000, 12_000, 15_000,
    20_000, 28_000, 42_000, 75_000, 181_000,
)
# fmt: on
_PATIENCE = 60
_LINE = b"The office fetches its mail every minute, and every minute it is answered.\r\n"


@dataclass(frozen=True)
class Scenario:
    """A kind of session; ``sessions`` of them are counted together."""

    name: str
    listings: tuple[bytes, ...] = ()
    retrieves: bool = False
    tls: bool = False
    sessions: int = 200

    def named(self, *, without_waiting: bool) -> str:
        """Its name among the baselines, where reads can be tried without waiting or cannot be."""
        return self.name if without_waiting or not self.retrieves else f"{self.name}, plain reads"

    def names(self) -> list[str]:
        """All names among the baselines."""
        return list(dict.fromkeys(self.named(without_waiting=each) for each in (True, False)))


POLL = Scenario("poll")
POLL_UIDL = Scenario("poll with UIDL", (b"UIDL",))
POLL_TLS = Scenario("poll under TLS", tls=True, sessions=100)
DOWNLOAD = Scenario("download", (b"LIST", b"UIDL"), retrieves=True, sessions=40)
DOWNLOAD_TLS = Scenario("download under TLS", (b"LIST", b"UIDL"), True, True, 40)


def message(user: str, number: int) -> bytes:
    """A user's message with CRLF line ends, always the same."""
    size = SIZES[number - 1]
    header = f"From: tim@example.com\r\nTo: {user}@example.org\r\nSubject: {number}\r\n\r\n"
    octets = header.encode() + _LINE * (size // len(_LINE))
    return octets[: size - 2] + b"\r\n"


def hold(port: int, scenario: Scenario, user: str) -> None:
    """Hold one session from greeting to the server's close; anything but +OK is an error."""
    peer = _Peer(port, tls=scenario.tls)
    peer.reply()
    peer.ask(f"USER {user}".encode())
    peer.ask(f"PASS {PASSWORD}".encode())
    count = int(peer.ask(b"STAT").split()[1])
    if count != len(SIZES):
        raise AssertionError(f"{user} has {count} messages instead of {len(SIZES)}")
    for listing in scenario.listings:
        peer.ask(listing, multi_line=True)
    if scenario.retrieves:
        for number in range(1, count + 1):
            peer.ask(b"RETR %d" % number, multi_line=True)
    peer.ask(b"QUIT")
    peer.end()


class _Peer:
    """The server's end of a connection."""

    def __init__(self, port: int, *, tls: bool) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket)

    def ask(self, command: bytes, *, multi_line: bool = False) -> bytes:
        """Send a command in one segment; gives the reply."""
        self._socket.sendall(command + b"\r\n")
        return self.reply(b"\r\n.\r\n" if multi_line else b"\r\n")

    def reply(self, end: bytes = b"\r\n") -> bytes:
        """What comes up to these octets."""
        came = bytearray()
        while not came.endswith(end):
            more = self._socket.recv(1 << 18)
            came += more
            if not more or not came.startswith(b"+OK"):
                raise AssertionError(f"the server said {bytes(came[:200])!r}")
        return bytes(came)

    def end(self) -> None:
        """The server closes after QUIT, without another octet."""
        if self._socket.recv(1):
            raise AssertionError("there was more after the reply to QUIT")
        self._socket.close()
