"""The events about certificates: changed, refused, ending."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from typing import ClassVar

from server_core.config.log import Category
from server_core.events.types import Event, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateChanged(Event):
    """A certificate of the store was made, replaced, renewed or removed; ``change`` says which."""

    category: ClassVar[Category] = Category.CERTIFICATES
    name: str
    fingerprint: str
    not_after: float
    change: str

    def __str__(self) -> str:
        day = clock.strftime("%Y-%m-%d", clock.gmtime(self.not_after))
        return f"certificate '{self.name}' {self.change}: valid until {day}, {self.fingerprint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRefused(Event):
    """A certificate could not be renewed or taken from its files; the one before still serves."""

    level: ClassVar[Level] = Level.WARNING
    category: ClassVar[Category] = Category.CERTIFICATES
    name: str
    sentence: str

    def __str__(self) -> str:
        return f"certificate '{self.name}' stays as it was: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateEnding(Event):
    """A certificate in use ends soon, or has ended; told once a day."""

    level: ClassVar[Level] = Level.WARNING
    category: ClassVar[Category] = Category.CERTIFICATES
    name: str
    used_by: tuple[str, ...]
    not_after: float

    def __str__(self) -> str:
        day = clock.strftime("%Y-%m-%d", clock.gmtime(self.not_after))
        users = ", ".join(self.used_by)
        ends = "ended" if self.not_after <= self.time else "ends"
        return f"certificate '{self.name}' of {users} {ends} on {day}"
