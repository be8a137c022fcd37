"""Sessions of the past, kept over restarts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from server_core.events.reasons import CloseReason
from server_core.events.views import ClosedSession

KEPT = 1000


def load_history(path: Path) -> list[ClosedSession]:
    """What an earlier run kept, oldest first; lines that cannot be read are left out."""
    try:
        lines = path.read_text("utf-8").splitlines()[-KEPT:]
    except (OSError, UnicodeError):
        return []
    kept = []
    for line in lines:
        try:
            fields = json.loads(line)
            kept.append(ClosedSession(**{**fields, "reason": CloseReason(fields["reason"])}))
        except (ValueError, TypeError, KeyError):
            continue
    return kept


def save_history(path: Path, sessions: Iterable[ClosedSession]) -> None:
    """Replace the file in one step; history is worth a rename, not a wait for the disk."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(session)) + "\n" for session in sessions)
    fresh.replace(path)
