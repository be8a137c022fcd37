"""Whom a server is measured with: users and their mail, always the same, for every server."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from zlib import crc32

PASSWORD = "correct horse"
_ARRIVING_USERS = 50

# Octets of a day's mail: mostly short letters, some longer ones, two with attachments; 431,100.
# fmt: off
_MIX = (
    1200, 1500, 2000, 2400, 2800, 3200, 3800, 4500, 5200, 6000, 7000, 8500, 10_000, 12_000, 15_000,
    20_000, 28_000, 42_000, 75_000, 181_000,
)
# fmt: on
_WORDS = (b"the", b"office", b"fetches", b"every", b"minute", b"its", b"mail", b"and", b"answers")


@dataclass(frozen=True)
class Group:
    """Users of one kind: ``office1`` to ``office64``, each with messages of these sizes.

    Mail that is ``awaited`` is not there from the start: a scenario brings it in.
    """

    name: str
    users: int
    sizes: tuple[int, ...]
    awaited: bool = False

    @property
    def pattern(self) -> str:
        """The users' names with their number left open."""
        return f"{self.name}%d"

    def user(self, number: int) -> str:
        """The name of one of them, counted from 1."""
        return self.pattern % number

    def everybody(self) -> list[str]:
        """All names."""
        return [self.user(number) for number in range(1, self.users + 1)]

    def messages(self, user: str) -> Iterator[bytes]:
        """A user's mail with CRLF line ends, as it must come out of the server."""
        for number, size in enumerate(self.sizes, 1):
            yield message(user, number, size)


Population = Mapping[str, Group]
"""Groups by name."""


def population(*, users: int, idle: int, archive: int, arrivals: int) -> Population:
    """All groups the scenarios know.

    The office fetches everyday mail, and ``drained`` deletes it; ``arriving`` get theirs while the
    server runs; the others have one large message, or a mailbox with few, many or very many.
    """
    groups = (
        Group("office", users, _MIX),
        Group("drained", users, _MIX, awaited=True),
        Group("arriving", _ARRIVING_USERS, (2_000,) * (arrivals // _ARRIVING_USERS), awaited=True),
        Group("large", 1, (50_000_000,)),
        Group("idle", idle, (1_500, 2_500, 4_000)),
        Group("few", 1, (1_000,) * 100),
        Group("many", 1, (1_000,) * (archive // 10)),
        Group("archive", 1, (1_000,) * archive),
    )
    return {group.name: group for group in groups}


FULL = population(users=64, idle=1_000, archive=100_000, arrivals=10_000)
QUICK = population(users=32, idle=200, archive=20_000, arrivals=1_000)


def message(user: str, number: int, size: int) -> bytes:
    """A message of ``size`` octets, none like another."""
    header = (
        f"From: Tim <tim@example.com>\r\nTo: {user}@example.org\r\n"
        f"Subject: message {number} for {user}\r\nDate: Mon, 6 Jan 2025 09:00:00 +0100\r\n"
        f"Message-ID: <{number}.{user}@example.com>\r\n\r\n"
    ).encode()
    begin = _LINE_STARTS[crc32(header) % len(_LINE_STARTS)]
    body = bytearray(_TEXT[begin : begin + size - len(header)])
    while len(header) + len(body) < size:
        body += _TEXT[: size - len(header) - len(body)]
    # Whatever was cut off in its middle, CRLF included, becomes a whole last line.
    if body[-5:-4] == b"\r":
        body[-5:-4] = b"-"
    body[-4:] = b"..\r\n" if body[-5:-4] == b"\n" else b"--\r\n"
    return header + bytes(body)


def write_manifest(path: Path, group: Group, before: bytes = b"") -> None:
    """Write what every message's octets must be: SHA-256, user and size, a line each.

    ``before`` is what the server put before each of them.
    """
    path.write_text("".join(_manifest_lines(group, before)), encoding="ascii")


def _manifest_lines(group: Group, before: bytes) -> Iterator[str]:
    for user in group.everybody():
        for message in group.messages(user):
            octets = before + message
            yield f"{sha256(octets).hexdigest()}\t{user}\t{len(octets)}\n"


def _prose(lines: int) -> Iterator[bytes]:
    dice = random.Random(1939)
    for _ in range(lines):
        text = b" ".join(dice.choices(_WORDS, k=dice.randint(0, 13)))
        yield (b"." if dice.random() < 0.01 else b"") + text + b"\r\n"


def _starts(lines: Iterable[bytes]) -> Iterator[int]:
    position = 0
    for line in lines:
        yield position
        position += len(line)


_LINES = tuple(_prose(4000))
_TEXT = b"".join(_LINES)
_LINE_STARTS = tuple(_starts(_LINES[:1000]))
