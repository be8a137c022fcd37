"""One session's attempts to sign in: passwords checked, failures told to the gate."""

from __future__ import annotations

import concurrent.futures
import time
from typing import TYPE_CHECKING

from server_core.accounts.directory import Directory
from server_core.events.reasons import CloseReason, SignInReason
from server_core.net.gate import Gate
from server_core.policy.failures import Failure
from server_core.protocol.actions import CheckPassword, ReportSignIn, Secret, Verdict

if TYPE_CHECKING:
    from server_core.net.session import Session


class SignIn:
    """Lives on the session's loop; what takes its time goes to a worker."""

    __slots__ = ("_directory", "_gate", "_session", "_tried")

    def __init__(self, session: Session, directory: Directory, gate: Gate) -> None:
        self._session = session
        self._directory = directory
        self._gate = gate
        self._tried: Secret | None = None

    def check(self, action: CheckPassword) -> None:
        """Answer the session with the verdict on a name and password."""
        self._tried = action.password
        if self._gate.is_locked(action.user, self._session.ticket.address):
            # Checked in full all the same, so that a locked account costs what others cost.
            self._session.on_worker(
                self._refused, self._directory.verify, action.user, action.password
            )
            return
        verdict = self._directory.verify_remembered(action.user, action.password)
        if verdict is not None:
            self._session.answer(verdict)
        else:
            self._session.on_worker(
                self._took, self._directory.verify, action.user, action.password
            )

    def decided(self, report: ReportSignIn) -> None:
        """Somebody signed in, or could not."""
        tried, self._tried = self._tried, None
        session = self._session
        if report.account is not None:
            account = self._directory.get(report.account)
            if account is None or not account.enabled:
                # Suspended while the password was being checked, too early to be found.
                session.disconnect(CloseReason.ACCOUNT_DISABLED)
        elif report.reason is not SignInReason.NOT_ALLOWED:
            mark = self._gate.mark(tried) if tried is not None else b""
            listener = session.record.door.name
            self._gate.failed(
                Failure(time.time(), session.ticket.address, listener, report.user, mark)
            )

    def delay(self, base: float) -> float:
        """Seconds before a failure is answered; longer for addresses that keep failing."""
        return self._gate.delay(self._session.ticket.address, base)

    def close(self) -> None:
        """The session is over; one that was ended for wrong commands may count."""
        if self._session.record.reason is CloseReason.TOO_MANY_ERRORS:
            listener = self._session.record.door.name
            self._gate.failed(
                Failure(time.time(), self._session.ticket.address, listener, wrong_commands=True)
            )

    def _took(self, done: concurrent.futures.Future[Verdict]) -> None:
        self._session.answer(done.result())

    def _refused(self, done: concurrent.futures.Future[Verdict]) -> None:
        verdict = done.result()
        if verdict.account is not None:
            verdict = Verdict(None, SignInReason.ACCOUNT_LOCKED)
        self._session.answer(verdict)
