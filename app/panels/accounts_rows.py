"""What the Accounts page knows: accounts as they were read, kept up to date by events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from app.panels.accounts_table import AccountRow
from server_core.events.ring import Batch
from server_core.events.types import (
    AccountChanged,
    AddressBanned,
    BanLifted,
    Event,
    MessageDelivered,
    MessagesRemoved,
    SessionClosed,
    SignedIn,
)
from server_core.events.views import AccountView, SessionView


class AccountRows:
    """Follows sign-ins and deliveries by itself; says when only reading anew will do."""

    def __init__(self) -> None:
        self._views: dict[str, AccountView] = {}
        self._sessions: dict[int, str] = {}
        self._closed: set[int] = set()

    def rows(self) -> list[AccountRow]:
        """The accounts in order of their names."""
        in_use = Counter(self._sessions.values())
        return [AccountRow(view, in_use[name]) for name, view in sorted(self._views.items())]

    def begin_reading(self) -> None:
        """Remember from here on which sessions end, until ``read`` brings older news."""
        self._closed.clear()

    def read(self, accounts: Iterable[AccountView], sessions: Iterable[SessionView]) -> None:
        """Take what was read from the server."""
        self._views = {view.name: view for view in accounts}
        self._sessions = {
            session.session: session.user
            for session in sessions
            if session.user and session.session not in self._closed
        }

    def take(self, batch: Batch) -> bool:
        """Follow a batch of events; True when the accounts have to be read again."""
        outdated = [self._follow(event) for event in batch.events]
        return any(outdated) or batch.dropped > 0

    def _follow(self, event: Event) -> bool:
        match event:
            case SignedIn():
                self._sessions[event.session] = event.user
                self._update(
                    event.user,
                    messages=event.messages,
                    octets=event.octets,
                    last_sign_in=event.time,
                    last_peer=event.peer,
                    last_method=event.method,
                    last_listener=event.listener,
                )
            case SessionClosed():
                self._closed.add(event.session)
                self._sessions.pop(event.session, None)
                return event.removed > 0
            case MessageDelivered() if event.user in self._views:
                view = self._views[event.user]
                self._update(
                    event.user,
                    messages=view.messages + event.messages,
                    octets=view.octets + event.octets,
                )
            case AccountChanged() | MessagesRemoved():
                return True
            case AddressBanned():
                return event.ban.address in self._views
            case BanLifted():
                return event.address in self._views
        return False

    def _update(self, name: str, **changed: object) -> None:
        if name in self._views:
            self._views[name] = replace(self._views[name], **changed)  # type: ignore[arg-type]
