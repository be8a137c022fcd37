"""What a dialogue is."""

from __future__ import annotations

from dataclasses import dataclass

from tests.dialogues.world import World


@dataclass(frozen=True)
class Dialogue:
    """A dialogue and the world it takes place in."""

    title: str
    world: World
    text: str
