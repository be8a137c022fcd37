"""The maildrop of one session: opened at sign-in, emptied at QUIT, given back at the end."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from server_core.accounts.account import Account
from server_core.events.reasons import CloseReason, UseReason
from server_core.net.switchboard import Switchboard
from server_core.policy.maildrop_use import Occupied, Refusal
from server_core.protocol.actions import (
    Action,
    CommitDeletions,
    FindDelay,
    MarkSeen,
    OpenMaildrop,
)
from server_core.protocol.replies import Code, CommandError
from server_core.store.backend import OpenMailbox, StoreFull

if TYPE_CHECKING:
    from server_core.net.session import Session


class Custody:
    """Holds the session's maildrop; lives on its session loop, what may wait goes to workers.

    Another session that wants the maildrop for itself asks from its own loop (``silence`` and
    ``give_way``).
    """

    __slots__ = ("_board", "_entered", "_over", "_session", "_successors", "opened")

    def __init__(self, session: Session, board: Switchboard) -> None:
        self._session = session
        self._board = board
        self._entered = ""  # the name of the account
        self._successors: list[concurrent.futures.Future[bool]] | None = None
        self._over = False
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

    def perform(self, action: Action[Any]) -> None:
        """Do what one of the actions in ``PERFORM`` asks for, and answer the session."""
        self.PERFORM[type(action)](self, action)

    def close(self) -> None:
        """Give the maildrop back."""
        self._over = True
        if self.opened is not None:
            self.opened.close()
        if self._entered:
            self._board.maildrops.leave(self._entered, self)
        for successor in self._successors or ():
            successor.set_result(True)

    # Asked by others, from any thread.

    def silence(self, now: float) -> float:
        """Seconds since the client's last sign of life; 0.0 while nobody may take over."""
        return self._session.silence(now)

    def give_way(self) -> concurrent.futures.Future[bool]:
        """End the session if it is silent still; gives whether its maildrop is free now."""
        successor: concurrent.futures.Future[bool] = concurrent.futures.Future()
        try:
            self._board.loop.call_soon_threadsafe(self._consider, successor)
        except RuntimeError:  # its loop has ended with the server
            successor.set_result(False)
        return successor

    def _consider(self, successor: concurrent.futures.Future[bool]) -> None:
        if self._over:
            successor.set_result(True)
        elif self._successors is not None:
            self._successors.append(successor)
        elif self._board.maildrops.may_take_over(self):
            self._successors = [successor]
            self._session.disconnect(CloseReason.TAKEN_OVER)
        else:
            successor.set_result(False)

    # Opening.

    def _open(self, action: OpenMaildrop) -> None:
        account = self._board.directory.get(action.account)
        if account is None:
            self._session.refuse(CommandError("mailbox is not available", Code.SYS_TEMP))
        else:
            self._enter(account)

    def _enter(self, account: Account) -> None:
        answer = self._board.maildrops.enter(account, self)
        match answer:
            case None:
                self._entered = account.name
                self._fetch(account)
            case Refusal():
                self._turn_away(account, answer)
            case Occupied(Custody() as holder):
                self._session.when_done(holder.give_way(), self._vacated(account))

    def _vacated(self, account: Account) -> Callable[[concurrent.futures.Future[bool]], None]:
        def vacated(gave_way: concurrent.futures.Future[bool]) -> None:
            if self._session.is_over:
                return
            if gave_way.result():
                self._enter(account)
            else:
                self._turn_away(account, Refusal(UseReason.EXCLUSIVE))

        return vacated

    def _turn_away(self, account: Account, refusal: Refusal) -> None:
        self._session.record.maildrop_refused(account.name, refusal.reason)
        self._session.refuse(refusal.told())

    def _find_delay(self, action: FindDelay) -> None:
        account = self._board.directory.get(action.account)
        self._session.answer(0 if account is None else self._board.maildrops.delay_of(account))

    def _fetch(self, account: Account) -> None:
        self.opened = self._board.store.open_cached(account.store_id)
        if self.opened is not None:
            self._session.answer(self.opened)
        else:
            open_mailbox = self._board.store.open
            self._session.on_worker(self._arrived(account), open_mailbox, account.store_id)

    def _arrived(
        self, account: Account
    ) -> Callable[[concurrent.futures.Future[OpenMailbox]], None]:
        def arrived(done: concurrent.futures.Future[OpenMailbox]) -> None:
            problem = done.exception()
            if problem is None:
                self.opened = done.result()
                self._session.answer(self.opened)
                return
            self._entered = ""
            self._board.maildrops.withdraw(account, self)
            code = self._trouble(problem)
            self._session.refuse(CommandError("mailbox cannot be opened", code))

        return arrived

    # Reading and emptying.

    def _mark_seen(self, action: MarkSeen) -> None:
        mailbox = self.mailbox()
        mailbox.mark_seen(action.number)
        self._session.record.message_retrieved(action.number, mailbox)

    def _remove(self, action: CommitDeletions) -> None:
        self._session.on_worker(self._removed, self.mailbox().remove, action.numbers)

    def _removed(self, done: concurrent.futures.Future[int]) -> None:
        problem = done.exception()
        if problem is None:
            self._session.record.removed = done.result()
            self._session.answer()
            return
        code = self._trouble(problem)
        self._session.refuse(CommandError("some deleted messages not removed", code))

    def _trouble(self, problem: BaseException) -> Code:
        """Tell of what the store could not do; gives what it means for the client."""
        if not isinstance(problem, OSError):
            raise problem
        self._session.record.store_failed(problem)
        return Code.SYS_TEMP if isinstance(problem, StoreFull) else Code.SYS_PERM

    PERFORM: ClassVar[dict[type[Action[Any]], Callable[[Custody, Any], None]]] = {
        OpenMaildrop: _open,
        FindDelay: _find_delay,
        MarkSeen: _mark_seen,
        CommitDeletions: _remove,
    }
