"""The part of the facade that looks closely at sessions, and ends several at once."""

from __future__ import annotations

from server_core.acting import administered
from server_core.config.networks import address_text, parse_address
from server_core.events.reasons import CloseReason
from server_core.events.ring import Hub
from server_core.events.session_views import MaildropView, SessionFacts
from server_core.net.data_plane import DataPlane
from server_core.net.reverse_names import ReverseNames
from server_core.premises import Premises
from server_core.refusals import Refused, refusals

MOST_SHOWN = 1_000


class SessionMethods:
    """Every look is taken on the session's own loop, and is None once the session is over."""

    _hub: Hub
    _plane: DataPlane | None
    _names: ReverseNames | None = None

    def _opened(self) -> Premises:
        raise Refused("The server is stopped.")

    def _running(self) -> DataPlane:
        raise Refused("The server is stopped.")

    async def session_facts(self, session: int) -> SessionFacts | None:
        """Who let a session in, its limits with their use, and its encryption."""
        return await self._plane.session_facts(session) if self._plane is not None else None

    async def session_maildrop(
        self, session: int, *, most: int = MOST_SHOWN
    ) -> MaildropView | None:
        """The newest messages as a session's client sees them; None before it has signed in."""
        if self._plane is None:
            return None
        return await self._plane.session_maildrop(session, min(most, MOST_SHOWN))

    async def reverse_name(self, address: str) -> str:
        """What its network calls an address, for people to look at; empty when there is no name.

        Asked for aside and kept for a while. Nothing may be decided by it: anybody can give the
        addresses of his network any name.
        """
        if self._names is None:
            self._names = ReverseNames()
        return await self._names.name(address)

    def known_name(self, address: str) -> str | None:
        """The same as far as it was asked for lately; None when it was not."""
        return self._names.known(address) if self._names is not None else None

    def _rest_names(self) -> None:
        if self._names is not None:
            self._names.close()

    async def disconnect(self, session: int) -> bool:
        """End a session; messages it marked for deletion stay. False when it is over already."""
        ended = await self._running().disconnect(session, CloseReason.DISCONNECTED_BY_ADMIN)
        if ended:
            self._hub.emit(administered(f"disconnected session {session}", session=session))
        return ended

    async def disconnect_account(self, account: str) -> int:
        """End all sessions of an account; gives how many. What they marked stays."""
        with refusals():
            name = self._opened().mailroom.account(account).name
        count = await self._running().disconnect_account(name, CloseReason.DISCONNECTED_BY_ADMIN)
        deed = f"disconnected all sessions of '{name}', {count} of them"
        self._hub.emit(administered(deed, user=name))
        return count

    async def disconnect_address(self, address: str) -> int:
        """End all sessions from an address; gives how many. What they marked stays."""
        try:
            where = parse_address(address)
        except ValueError as problem:
            raise Refused(f"No session ends: {problem}.") from None
        count = await self._running().disconnect_address(where, CloseReason.DISCONNECTED_BY_ADMIN)
        host = address_text(*where)
        deed = f"disconnected all sessions from {host}, {count} of them"
        self._hub.emit(administered(deed, address=host))
        return count
