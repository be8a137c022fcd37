"""The events about single lines of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from server_core.config.log import Category
from server_core.events.types import Level, SessionEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolLine(SessionEvent):
    """One line of the conversation, secrets replaced by ``***``."""

    level: ClassVar[Level] = Level.PROTOCOL
    category: ClassVar[Category] = Category.COMMANDS
    received: bool
    line: str

    def __str__(self) -> str:
        return f"{'<<' if self.received else '>>'} {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedLine(ProtocolLine):
    """The same, of a conversation that is being captured."""

    level: ClassVar[Level] = Level.CAPTURE
