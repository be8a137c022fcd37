"""An account that is only there to try the program."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of a throw-away home, whose password may be shown."""

    name: str
    password: str
