"""The maildrop of one session: opened at sign-in, emptied at QUIT, given back at the end."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterable
from typing import TYPE_CHECKING

from server_core.net.switchboard import Switchboard
from server_core.protocol.replies import Code, CommandError
from server_core.store.backend import OpenMailbox, StoreFull

if TYPE_CHECKING:
    from server_core.net.session import Session


class Custody:
    """Holds the session's maildrop; lives on its session loop, what may wait goes to workers."""

    __slots__ = ("_board", "_session", "opened")

    def __init__(self, session: Session, board: Switchboard) -> None:
        self._session = session
        self._board = board
        self.opened: OpenMailbox | None = None

    @property
    def count(self) -> int:
        """How many messages the maildrop holds."""
        return self.opened.count if self.opened is not None else 0

    def mailbox(self) -> OpenMailbox:
        """The maildrop of a signed-in session."""
        if self.opened is None:
            raise RuntimeError("no maildrop is open")
        return self.opened

    def open(self, name: str) -> None:
        """Open an account's maildrop and answer the session with it."""
        account = self._board.directory.get(name)
        if account is None:
            self._session.refuse(CommandError("mailbox is not available", Code.SYS_TEMP))
            return
        self.opened = self._board.store.open_cached(account.store_id)
        if self.opened is not None:
            self._session.answer(self.opened)
        else:
            self._session.on_worker(self._arrived, self._board.store.open, account.store_id)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove messages for good and answer the session."""
        self._session.on_worker(self._removed, self.mailbox().remove, numbers)

    def close(self) -> None:
        """Give the maildrop back."""
        if self.opened is not None:
            self.opened.close()

    def _arrived(self, done: concurrent.futures.Future[OpenMailbox]) -> None:
        problem = done.exception()
        if problem is None:
            self.opened = done.result()
            self._session.answer(self.opened)
        else:
            self._failed(problem, "mailbox cannot be opened")

    def _removed(self, done: concurrent.futures.Future[int]) -> None:
        problem = done.exception()
        if problem is None:
            self._session.record.removed = done.result()
            self._session.answer()
        else:
            self._failed(problem, "some deleted messages not removed")

    def _failed(self, problem: BaseException, text: str) -> None:
        if not isinstance(problem, OSError):
            raise problem
        self._session.record.store_failed(problem)
        code = Code.SYS_TEMP if isinstance(problem, StoreFull) else Code.SYS_PERM
        self._session.refuse(CommandError(text, code))
