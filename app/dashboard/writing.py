"""Writing a file that somebody asked for, off the window's loop; the window says how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.bridge.services import Services
from app.forms.words import tr


async def write_and_tell(services: Services, file: Path, write: Callable[[], object]) -> None:
    """Have ``write`` do it; what the disk refuses is told in words."""
    try:
        await asyncio.to_thread(write)
    except OSError as problem:
        told = tr("{file} could not be written: {why}.")
        why = problem.strerror or str(problem)
        services.window.say(told.format(file=file.name, why=why))
    else:
        services.window.say(tr("Written to {file}.").format(file=file.name))
