"""Letters that can be told apart and that show any damage: a token and a digest for each."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from pathlib import Path

from tests.corpus import as_served

_TOKEN = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE)
_SIZES = (0, 300, 3_000, 3_000, 20_000)
_LARGE = 300_000


@dataclass(frozen=True)
class Letter:
    """A message to deliver; ``digest`` is that of the octets a server must give back."""

    token: str
    text: bytes
    digest: str


def new_letter(token: str, dice: random.Random, *, size: int | None = None) -> Letter:
    """A letter with this token, with lines that begin with dots, now and then a large one."""
    if size is None:
        size = _LARGE if dice.random() < 0.02 else dice.choice(_SIZES)
    digits = dice.randbytes(size // 2).hex()
    lines = (digits[start : start + 70] for start in range(0, len(digits), 70))
    body = "".join(f"{'.' * (number % 3)}{line}\n" for number, line in enumerate(lines))
    text = (
        "From: tim@example.com\nTo: ann@example.org\nDate: Mon, 6 Jan 2025 09:00:00 +0100\n"
        f"Message-ID: <{token}@example.com>\nSubject: {token}\n\n{body}.\n"
    ).encode()
    return Letter(token, text, digest_of(as_served(text)))


def digest_of(octets: bytes) -> str:
    """What tells two messages apart for certain."""
    return hashlib.sha256(octets).hexdigest()


def token_of(octets: bytes) -> str:
    """The token of a message that came back; empty when it has none."""
    found = _TOKEN.search(octets[:1_000])
    return found[1].decode("ascii") if found else ""


def write_letters(letters: list[Letter], path: Path, *, mbox: bool = False) -> None:
    """Put letters where an import finds them: one file, a folder of files, or an mbox."""
    if mbox:
        separator = b"From tim@example.com Mon Jan  6 09:00:00 2025\n"
        path.write_bytes(b"".join(separator + letter.text + b"\n" for letter in letters))
    elif len(letters) == 1:
        path.write_bytes(letters[0].text)
    else:
        path.mkdir()
        for letter in letters:
            (path / f"{letter.token}.eml").write_bytes(letter.text)
