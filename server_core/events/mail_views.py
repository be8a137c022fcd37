"""Mail looked at closely: immutable pictures for the window and the console."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageView:
    """A stored message as a list shows it: RFC 1939 size, ``received`` in epoch seconds."""

    number: int
    uid: int
    unique_id: str
    octets: int
    seen: bool
    received: float
    sender: str = ""
    subject: str = ""
