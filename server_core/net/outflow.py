"""A large message on its way to a client: the next piece goes when the last one was taken."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from server_core.events.reasons import CloseReason
from server_core.net.pieces import TERMINATION, Pieces
from server_core.store.backend import Octets, StoreError

if TYPE_CHECKING:
    from server_core.net.session import Session


class Outflow:
    """Moves pieces from the store to one client; lives on the session's loop.

    At most one piece is in memory, however slow the client is; a piece that is not in the page
    cache is read by a worker.
    """

    __slots__ = ("_note", "_pieces", "_session")

    def __init__(self, session: Session, pieces: Pieces, note: Callable[[Octets], None]) -> None:
        self._session = session
        self._pieces = pieces
        self._note = note

    def start(self) -> None:
        """Send the next piece; the session hears when the last one was taken."""
        try:
            piece = self._pieces.take(cached=True)
        except StoreError as problem:
            self._break_off(problem)
            return
        if piece is None:
            self._session.on_worker(self._fetched, partial(self._pieces.take, cached=False))
        else:
            self._send(piece)

    def close(self) -> None:
        """Give the file back."""
        self._pieces.close()

    def _fetched(self, done: concurrent.futures.Future[Octets | None]) -> None:
        problem = done.exception()
        if self._session.is_over:
            return
        if problem is None:
            self._send(done.result() or b"")
        else:
            self._break_off(problem)

    def _break_off(self, problem: BaseException) -> None:
        """Part of a message is out and the rest cannot follow: only closing tells the client."""
        self._session.record.store_failed(problem)
        self._session.record.problem = str(problem)
        self._session.disconnect(CloseReason.INTERNAL_ERROR)

    def _send(self, piece: Octets) -> None:
        self._note(piece.removesuffix(TERMINATION) if self._pieces.finished else piece)
        if self._pieces.finished:
            self._pieces.close()
            self._session.write_then(piece, self._session.message_sent)
        else:
            # A turn of the loop between pieces keeps one fast reader from holding others up.
            self._session.write_then(piece, self._next)

    def _next(self) -> None:
        self._session.soon(self.start)
