"""Bans and the failures that led to them, kept over restarts."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from server_core.net.gate import Gate
from server_core.policy.failures import Failure

KEPT_SECONDS = 7 * 86_400
_KEPT_FAILURES = 20_000
_log = logging.getLogger(__name__)


class BanFile:
    """A JSON file, replaced as a whole; its methods wait for the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, gate: Gate) -> None:
        """Give the gate what an earlier run kept; a file nobody can read is set aside."""
        try:
            kept = json.loads(self._path.read_text("utf-8"))
            failures = [_failure(row) for row in kept["failures"]]
            damaged = gate.remember(kept["bans"], failures)
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError) as problem:
            _log.warning("the bans of earlier could not be read from %s: %s", self._path, problem)
            self._set_aside()
            return
        if damaged:
            _log.warning("%d bans of earlier could not be read", damaged)

    def save(self, gate: Gate) -> None:
        """Keep what the gate knows; a full disk is told and tried again with the next change."""
        bans, failures = gate.to_remember()
        since = time.time() - KEPT_SECONDS
        rows = [
            {**failure._asdict(), "password_mark": failure.password_mark.hex()}
            for failure in failures[-_KEPT_FAILURES:]
            if failure.time >= since
        ]
        fresh = self._path.with_suffix(".new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                json.dump({"bans": bans, "failures": rows}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.chmod(0o600)
            fresh.replace(self._path)
        except OSError as problem:
            gate.bans_changed = True
            _log.warning("bans could not be kept in %s: %s", self._path, problem.strerror)

    def _set_aside(self) -> None:
        try:
            self._path.replace(self._path.with_suffix(".rejected.json"))
        except OSError as problem:
            _log.warning("%s stays as it is: %s", self._path, problem.strerror)


def _failure(row: dict[str, Any]) -> Failure:
    version, number = row["address"]
    return Failure(
        time=float(row["time"]),
        address=(int(version), int(number)),
        listener=str(row["listener"]),
        account=str(row["account"]),
        password_mark=bytes.fromhex(row["password_mark"]),
        wrong_commands=bool(row["wrong_commands"]),
        reason=str(row.get("reason", "")),
    )
