"""The part of the facade that is about accounts and their mail."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from server_core.accounts.account_view import locked
from server_core.accounts.passwords import notes
from server_core.acting import administered
from server_core.config.account_terms import AccountTerms
from server_core.events.mail_views import MessageView
from server_core.events.reasons import CloseReason
from server_core.events.ring import Hub
from server_core.events.views import (
    AccountView,
    BanKind,
    MethodReadiness,
    TermsWarning,
)
from server_core.ingress import ImportReport, Progress
from server_core.net.data_plane import DataPlane
from server_core.net.offering import Offering
from server_core.premises import Premises
from server_core.refusals import Refused, refusals
from server_core.store.backend import Finding, Incoming, StoredMessage


class MailMethods:
    """What can be done with accounts and mail, while the server runs or on the files alone."""

    _hub: Hub
    _plane: DataPlane | None

    def _opened(self) -> Premises:
        raise Refused("The server is stopped.")

    async def accounts(self) -> tuple[AccountView, ...]:
        """Every account with its mailbox in numbers, sorted by name."""
        views = await self._opened().mailroom.accounts()
        locks = self._locks()
        return tuple(
            locked(view, locks[view.name]) if view.name in locks else view for view in views
        )

    async def account(self, name: str) -> AccountView:
        """One account; a name without domain is completed with the primary domain."""
        with refusals():
            view = await self._opened().mailroom.view(name)
        until = self._locks().get(view.name)
        return locked(view, until) if until else view

    def _did(self, deed: str, account: str) -> None:
        self._hub.emit(administered(f"{deed} '{account}'", user=account))

    def _locks(self) -> dict[str, float]:
        """Until when which account is locked."""
        bans = self._plane.gate.bans() if self._plane is not None else ()
        return {ban.address: ban.until for ban in bans if ban.kind is BanKind.ACCOUNT}

    def readiness(self, account: str) -> tuple[MethodReadiness, ...]:
        """For every method, whether the account can sign in by it now, and why not."""
        premises = self._opened()
        if self._plane is not None:
            methods = self._plane.methods()
        else:
            methods = Offering(premises.directory).views(premises.config)
        with refusals():
            return premises.mailroom.readiness(account, methods)

    def terms_warnings(self, account: str, terms: AccountTerms) -> tuple[TermsWarning, ...]:
        """What would follow for an account from these terms that may not be meant."""
        with refusals():
            return self._opened().mailroom.terms_warnings(account, terms)

    def new_name(self, name: str) -> str:
        """What a new account would sign in as; Refused when it cannot be called so."""
        with refusals():
            return self._opened().mailroom.new_name(name)

    async def add_account(
        self,
        name: str,
        password: str | None,
        *,
        full_name: str = "",
        allow_weak: bool = False,
    ) -> AccountView:
        """A new account; a name without domain is completed with the primary domain."""
        with refusals():
            return await self._opened().mailroom.add(
                name, password, full_name, allow_weak=allow_weak
            )

    async def set_password(self, name: str, password: str, *, allow_weak: bool = False) -> None:
        """The old password ends at once."""
        with refusals():
            await self._opened().mailroom.set_password(name, password, allow_weak=allow_weak)
            self._did("set the password of", self._opened().mailroom.account(name).name)

    @staticmethod
    def password_notes(password: str) -> tuple[str, ...]:
        """What to know about a password before it is set, a sentence each."""
        return notes(password)

    async def change_account(
        self,
        name: str,
        *,
        full_name: str,
        enabled: bool,
        terms: AccountTerms,
        disconnect: bool = False,
    ) -> AccountView:
        """Decide all there is to decide of an account, as one change.

        Open sessions go on, whatever was decided, unless ``disconnect`` ends them.
        """
        with refusals():
            view = await self._opened().mailroom.change(
                name, full_name=full_name, enabled=enabled, terms=terms
            )
        if disconnect and self._plane is not None:
            reason = CloseReason.DISCONNECTED_BY_ADMIN if enabled else CloseReason.ACCOUNT_DISABLED
            await self._plane.disconnect_account(view.name, reason)
        return await self.account(view.name)

    async def set_enabled(self, name: str, enabled: bool, *, disconnect: bool = True) -> None:
        """Suspend an account, ending its sessions when asked, or let it sign in again."""
        with refusals():
            account = self._opened().mailroom.account(name)
            await self._opened().mailroom.set_enabled(name, enabled)
        self._did("enabled" if enabled else "suspended", account.name)
        if not enabled and disconnect and self._plane is not None:
            await self._plane.disconnect_account(account.name, CloseReason.ACCOUNT_DISABLED)

    async def remove_account(self, name: str) -> None:
        """Remove an account with all its mail; its sessions end."""
        with refusals():
            account = self._opened().mailroom.account(name)
            await self._opened().mailroom.set_enabled(name, False)
            if self._plane is not None:
                await self._plane.disconnect_account(account.name, CloseReason.ACCOUNT_DISABLED)
            await self._opened().mailroom.remove(name)
        self._did("removed", account.name)

    async def messages(self, account: str) -> tuple[MessageView, ...]:
        """A mailbox in order of arrival; sender and subject for the newest thousand."""
        with refusals():
            return await self._opened().mailroom.messages(account)

    async def remove_messages(self, account: str, uids: Iterable[int]) -> int:
        """Remove messages for good; sessions that see them find them empty."""
        with refusals():
            return await self._opened().mailroom.remove_messages(account, uids)

    async def deliver(
        self, account: str, messages: Iterable[Incoming]
    ) -> tuple[StoredMessage, ...]:
        """Put messages into a mailbox; all on disk on return."""
        with refusals():
            return tuple(await self._opened().mailroom.deliver(account, messages))

    async def import_mail(
        self,
        account: str,
        path: Path,
        format: str = "auto",  # noqa: A002
        progress: Progress | None = None,
    ) -> ImportReport:
        """Bring foreign mail into a mailbox; all on disk on return."""
        with refusals():
            return await self._opened().mailroom.import_mail(
                account, path, format, progress or Progress()
            )

    async def export_mail(
        self,
        account: str,
        destination: Path,
        format: str = "eml",  # noqa: A002
        progress: Progress | None = None,
    ) -> int:
        """Write a mailbox out; gives how many messages."""
        with refusals():
            return await self._opened().mailroom.export_mail(
                account, destination, format, progress or Progress()
            )

    async def check(self, *, repair: bool) -> tuple[Finding, ...]:
        """Compare every mailbox's index with its files, and mend what can be mended."""
        premises = self._opened()
        with refusals():
            return await premises.workers.run(lambda: tuple(premises.store.check(repair=repair)))
