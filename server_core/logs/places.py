"""The table of destinations: which ones a configuration has, and what each of them gets."""

from __future__ import annotations

from pathlib import Path

from server_core.config.model import Config
from server_core.logs.choosing import Choice
from server_core.logs.destination import Place
from server_core.logs.files import Files


def places_of(config: Config, folder: Path, choice: Choice) -> tuple[Place, ...]:
    """Every destination that is switched on; ``folder`` is where files go unless it is set."""
    log = config.log
    places: list[Place] = []
    if log.files:
        where = Path(log.folder) if log.folder else folder
        places.append(
            Place("files", lambda: Files(where, log, choice.rule_for), lambda entry: True)
        )
    return tuple(places)
