"""Postroom with its window open: the program itself, before a real X server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.postroom_target import PostroomTarget
from tests.benchmarks.process_tree import ProcessTree
from tests.benchmarks.target import TargetFailed, bounded

_PATIENCE = 30
_LAST_LOOKED_AT = "[window]\npage={page}\n"  # the window opens where it was left


class WindowTarget(PostroomTarget):
    """Serves as the others do and shows everything it does.

    ``page`` is what the next start opens. The window is on the display there is, else on Xvfb, else
    on Qt's ``offscreen``; an X server's own work is not counted as Postroom's.
    """

    name = "Postroom, window open"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.page = "log"
        self._delays = folder / "delays"
        self._skipped = 0
        self._screen: subprocess.Popen[str] | None = None

    def start(self) -> ProcessTree:
        """Serve behind a window until ``stop``."""
        last = _LAST_LOOKED_AT.format(page=self.page)
        (self._home.root / "window.ini").write_text(last, encoding="ascii")
        command = [sys.executable, "-m", "app", "--home", str(self._home.root)]
        self._skipped = 0
        return self._run([*command, "--delays", str(self._delays)], self._environment())

    def stop(self) -> None:
        """The program, then its screen."""
        super().stop()
        if self._screen is not None:
            with self._screen as screen, bounded(screen, _PATIENCE):
                screen.terminate()
            self._screen = None

    def forget_delays(self) -> None:
        """``delays`` begins here."""
        self._skipped = len(self._lines())

    def delays(self) -> list[float]:
        """How late the window's loop was each time it was looked at, in milliseconds."""
        measured = [float(line) for line in self._lines()[self._skipped :]]
        if not measured:
            raise TargetFailed("the window's loop did not come round while it was measured")
        return measured

    def _lines(self) -> Sequence[str]:
        return self._delays.read_text(encoding="ascii").splitlines()

    def _environment(self) -> dict[str, str]:
        if any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
            return dict(os.environ)
        if sys.platform != "linux" or shutil.which("Xvfb") is None:
            return {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._screen.stdout is not None
        with bounded(self._screen, _PATIENCE):
            number = self._screen.stdout.readline().strip()
        if not number:
            raise TargetFailed("Xvfb did not start")
        return {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
