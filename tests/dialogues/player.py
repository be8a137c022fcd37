"""Plays a dialogue as RFCs print it: ``C:`` is said, ``S:`` must be heard.

In an ``S:`` line ``<name>`` stands for one word, the same wherever the name returns and different
for different names; ``…`` at the end for any rest; ``␠`` for a space at the end. Whole lines:
``S: <message 2>`` a stored message byte-stuffed with its final dot, ``S: <closed>`` the end.
On either side ``«text»``, over several lines if it is long, stands for the text's base64.
Directives: ``<TLS handshake>``, ``<message 2 is removed elsewhere>`` and ``<60 seconds pass>``.
``C2:`` and ``S2:`` are a second connection, made when it is first named; ``C3:`` a third.
"""

from __future__ import annotations

import re
from base64 import b64encode
from textwrap import dedent
from typing import Protocol

from tests.dialogues.world import DOMAIN, World

_NAME = re.compile(r"<(\w+)>")
_MESSAGE = re.compile(r"<message (\d+)>")
_PASS = re.compile(r"<(\d+) seconds pass>")
_SPOKEN = re.compile(r"([CS])(\d?):(?: (.*))?")
_CLEAR = re.compile("«(.*?)»", re.DOTALL)
_LINE_BREAK = re.compile(r"\n\s*")
_REMOVED = re.compile(r"<message (\d+) is removed elsewhere>")


class Peer(Protocol):
    """A client's end of a conversation with whatever serves the world."""

    def say(self, line: bytes) -> None:
        """Send a line; the line end is added."""

    def hear(self) -> bytes | None:
        """The next line without its line end, or None when the connection is closed."""

    def shake_hands(self) -> None:
        """Switch to TLS."""

    def remove(self, number: int) -> None:
        """Somebody else removes ann's message for good."""

    def another(self) -> Peer:
        """One more connection to the same server."""

    def wait(self, seconds: int) -> None:
        """Time passes while nobody says anything."""


def play(text: str, world: World, peer: Peer) -> None:
    """Hold the dialogue with a peer; AssertionError where it goes another way."""
    words: dict[str, str] = {}
    peers = {"": peer}
    encoded = _CLEAR.sub(lambda found: _base64(found[1]), dedent(text))
    for step in filter(None, map(str.strip, encoded.splitlines())):
        if spoken := _SPOKEN.fullmatch(step):
            side, number, said = spoken[1], spoken[2], spoken[3] or ""
            if number not in peers:
                peers[number] = peer.another()
            if side == "C":
                peers[number].say(said.encode())
            else:
                _expect(said.replace("␠", " "), world, peers[number], words)
        elif step == "<TLS handshake>":
            peer.shake_hands()
        elif removed := _REMOVED.fullmatch(step):
            peer.remove(int(removed[1]))
        elif passed := _PASS.fullmatch(step):
            peer.wait(int(passed[1]))
        else:
            raise ValueError(f"a dialogue cannot say: {step}")


def wire_lines(message: bytes) -> list[bytes]:
    """A message's lines as RETR sends them, the final dot included."""
    lines = message.removesuffix(b"\r\n").split(b"\r\n") if message else []
    return [b"." + line if line.startswith(b".") else line for line in lines] + [b"."]


def _base64(text: str) -> str:
    return b64encode(_LINE_BREAK.sub("", text).encode()).decode()


def _expect(expected: str, world: World, peer: Peer, words: dict[str, str]) -> None:
    if expected == "<closed>":
        assert peer.hear() is None
    elif message := _MESSAGE.fullmatch(expected):
        for line in wire_lines(world.mail[f"ann@{DOMAIN}"][int(message[1]) - 1]):
            assert peer.hear() == line
    else:
        heard = peer.hear()
        assert heard is not None, f"closed instead of: {expected}"
        _compare(heard.decode(), expected, words)


def _compare(heard: str, expected: str, words: dict[str, str]) -> None:
    names = _NAME.findall(expected)
    pattern = re.escape(expected.removesuffix("…")) + (".*" if expected.endswith("…") else "")
    for name in names:
        pattern = pattern.replace(f"<{name}>", r"(\S+)", 1)
    match = re.fullmatch(pattern, heard)
    assert match, f"heard {heard!r} instead of {expected!r}"
    for name, word in zip(names, match.groups(), strict=True):
        assert words.setdefault(name, word) == word, f"{name} changed to {word}"
    assert len(set(words.values())) == len(words), f"two names for one word in {heard!r}"
