"""How a client finds the endpoint, and how requests and replies travel: JSON of bounded size."""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server_core.home import Home
from server_core.service import Refused

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        Link = Connection[Any, Any] | PipeConnection[Any, Any]
    else:
        Link = Connection[Any, Any]

FAMILY = "AF_PIPE" if sys.platform == "win32" else "AF_UNIX"
# A configuration of forty thousand rules fits.
MAX_REQUEST = 16 << 20
MAX_REPLY = 64 << 20


@dataclass(frozen=True, slots=True)
class Beacon:
    """Where the endpoint of a home is, and the key that opens it; a file for its owner only."""

    pid: int
    address: str
    key: str

    @classmethod
    def at(cls, address: str) -> Beacon:
        """A beacon of this process with a new key."""
        return cls(os.getpid(), address, secrets.token_hex(32))

    @classmethod
    def read(cls, home: Home) -> Beacon | None:
        """The beacon in a home, or None."""
        try:
            fields = json.loads(_file(home).read_text("utf-8"))
            return cls(int(fields["pid"]), str(fields["address"]), str(fields["key"]))
        except (OSError, ValueError, TypeError, LookupError):
            return None

    @property
    def secret(self) -> bytes:
        """The key as the challenge uses it."""
        return self.key.encode()

    def write(self, home: Home) -> None:
        """Show the beacon: whole from the first moment on, and readable by its owner only."""
        fresh = _file(home).with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        fresh.replace(_file(home))

    def remove(self, home: Home) -> None:
        """Take the beacon down, unless it is another's by now."""
        if Beacon.read(home) == self:
            _file(home).unlink(missing_ok=True)


def send(link: Link, value: dict[str, Any], limit: int) -> None:
    """Send one request or reply; Refused when it is too large, OSError for a lost link."""
    octets = json.dumps(value).encode()
    if len(octets) > limit:
        raise Refused("This is too much for one request or answer.")
    link.send_bytes(octets)


def receive(link: Link, limit: int) -> dict[str, Any]:
    """Take one request or reply; ValueError for nonsense, OSError or EOFError for a lost link."""
    try:
        value = json.loads(link.recv_bytes(limit))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _file(home: Home) -> Path:
    return home.run / "control.json"
