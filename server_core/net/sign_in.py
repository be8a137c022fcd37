"""One session's attempts to sign in: claims looked into, failures told to the gate."""

from __future__ import annotations

import concurrent.futures
import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from server_core.accounts.directory import Directory
from server_core.accounts.permission import barred
from server_core.events.reasons import CloseReason, SignInReason
from server_core.net import tls_facts
from server_core.net.gate import Gate
from server_core.net.kerberos import Tickets, unwrap, wrap
from server_core.policy.failures import Failure
from server_core.protocol import claims as c
from server_core.protocol.actions import Action, Protection, ReportSignIn, Secret, Verdict

if TYPE_CHECKING:
    from server_core.net.session import Session

_NONCE_OCTETS = 18


class SignIn:
    """Lives on the session's loop; what takes its time goes to a worker.

    Every answer about an account that is locked, or may not be used in this way, is a refusal
    that costs what the answer itself costs.
    """

    __slots__ = ("_directory", "_gate", "_session", "_tickets", "_tls", "_tried")

    def __init__(
        self, session: Session, directory: Directory, gate: Gate, tickets: Tickets
    ) -> None:
        self._session = session
        self._directory = directory
        self._gate = gate
        self._tickets = tickets
        self._tried: Secret | None = None
        self._tls: ssl.SSLSocket | None = None

    def secured(self, tls: ssl.SSLSocket | None) -> Protection:
        """The handshake is done; gives what it brought."""
        self._tls = tls
        return tls_facts.protection_of(tls) if tls is not None else Protection()

    def perform(self, action: Action[Any]) -> None:
        """Answer the session with what one of the actions in ``PERFORM`` asks for."""
        self.PERFORM[type(action)](self, action)

    def _check(self, action: c.CheckPassword) -> None:
        name = self._directory.main_name(action.user)
        self._tried = action.password
        bar = self._bar(name, action.method)
        verdict = None if bar else self._directory.verify_remembered(name, action.password)
        if verdict is not None:
            self._session.answer(verdict)
        else:
            # Checked in full even if barred: that has to cost the same.
            verify = self._directory.verify
            self._session.on_worker(self._checked(bar), verify, name, action.password)

    def _find(self, action: c.FindAccount) -> None:
        name = self._directory.main_name(action.user)
        self._session.answer(_unless(self._bar(name, action.method), self._directory.find(name)))

    def _look_up_secret(self, action: c.LookUpSecret) -> None:
        name = self._directory.main_name(action.user)
        held = self._directory.held_secret(name)
        verdict = _unless(self._bar(name, action.method), held.verdict)
        self._session.answer(replace(held, verdict=verdict))

    def _look_up_scram(self, action: c.LookUpScram) -> None:
        name = self._directory.main_name(action.user)
        held = self._directory.held_keys(name, action.hash_name)
        verdict = _unless(self._bar(name, action.method), held.verdict)
        self._session.answer(replace(held, verdict=verdict))

    def _new_nonce(self, action: c.NewNonce) -> None:
        self._session.answer(secrets.token_urlsafe(_NONCE_OCTETS))

    def _bind_channel(self, action: c.BindChannel) -> None:
        tls = self._tls
        self._session.answer(tls_facts.channel_binding(tls, action.name) if tls else None)

    def _client_names(self, action: c.ClientNames) -> None:
        self._session.answer(tls_facts.client_names(self._tls) if self._tls else ())

    def _accept_ticket(self, action: c.AcceptTicket) -> None:
        accept = self._tickets.accept
        self._session.on_worker(self._ticket_taken, accept, action.token, action.context)

    def _ticket_taken(self, done: concurrent.futures.Future[c.Ticket]) -> None:
        ticket = done.result()
        if ticket.problem:
            self._session.record.ticket_refused(ticket.problem)
        self._session.answer(ticket)

    def _wrap_ticket(self, action: c.WrapTicket) -> None:
        self._session.on_worker(self._answered, wrap, action.octets, action.context)

    def _unwrap_ticket(self, action: c.UnwrapTicket) -> None:
        self._session.on_worker(self._answered, unwrap, action.octets, action.context)

    def _answered(self, done: concurrent.futures.Future[bytes | None]) -> None:
        self._session.answer(done.result())

    PERFORM: ClassVar[dict[type[Action[Any]], Callable[[SignIn, Any], None]]] = {
        c.CheckPassword: _check,
        c.FindAccount: _find,
        c.LookUpSecret: _look_up_secret,
        c.LookUpScram: _look_up_scram,
        c.NewNonce: _new_nonce,
        c.BindChannel: _bind_channel,
        c.ClientNames: _client_names,
        c.AcceptTicket: _accept_ticket,
        c.WrapTicket: _wrap_ticket,
        c.UnwrapTicket: _unwrap_ticket,
    }

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
            user = self._directory.main_name(report.user)
            address, reason = session.ticket.address, report.reason
            self._gate.failed(Failure(time.time(), address, listener, user, mark, reason=reason))

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

    def _bar(self, name: str, method: str) -> SignInReason | None:
        """Why this account may not be signed in to from here, in this way, now."""
        session = self._session
        if self._gate.is_locked(name, session.ticket.address):
            return SignInReason.ACCOUNT_LOCKED
        return barred(
            self._directory.get(name),
            method=method,
            address=session.ticket.address,
            listener=session.record.door.name,
        )

    def _checked(
        self, bar: SignInReason | None
    ) -> Callable[[concurrent.futures.Future[Verdict]], None]:
        def checked(done: concurrent.futures.Future[Verdict]) -> None:
            self._session.answer(_unless(bar, done.result()))

        return checked


def _unless(bar: SignInReason | None, verdict: Verdict) -> Verdict:
    """The verdict; one that is no refusal becomes one when there is a bar."""
    return verdict if bar is None or verdict.account is None else Verdict(None, bar)
