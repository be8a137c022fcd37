"""Asking programs of the system."""

from __future__ import annotations

import subprocess

_SECONDS = 8.0


def said(*command: str) -> str:
    """What a program prints; nothing when it cannot be asked."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
