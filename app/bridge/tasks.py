"""Work started from a click: every task is kept until it ends, and its failure is heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

_log = logging.getLogger(__name__)


class Tasks(QObject):
    """Runs coroutines on the window's loop. ``failed`` carries what nobody else wanted to hear."""

    failed = Signal(Exception)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: set[asyncio.Task[Any]] = set()

    def start(
        self,
        work: Coroutine[Any, Any, Any],
        *,
        on_error: Callable[[Exception], object] | None = None,
    ) -> asyncio.Task[Any] | None:
        """Run ``work``; its error goes to ``on_error``, else to the signal ``failed``.

        None when the loop has ended: what a late timer still asks for is not begun.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            work.close()
            return None
        task = loop.create_task(work)
        self._running.add(task)

        def done(ended: asyncio.Task[Any]) -> None:
            self._running.discard(ended)
            if ended.cancelled():
                return
            error = ended.exception()
            if isinstance(error, Exception):
                _log.debug("a task of the window failed", exc_info=error)
                (on_error or self.failed.emit)(error)

        task.add_done_callback(done)
        return task

    async def finish(self) -> None:
        """Cancel what still runs, except the caller, and wait until it is over."""
        others = self._running - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
