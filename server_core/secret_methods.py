"""The part of the facade that is about kept passwords and the key they are encrypted with."""

from __future__ import annotations

import asyncio

from server_core.events.ring import Hub
from server_core.events.types import Level, Noticed
from server_core.events.views import SecretsState, SecretsView
from server_core.premises import Premises
from server_core.refusals import Refused, refusals


class SecretMethods:
    """What can be done with kept passwords, while the server runs or on the files alone."""

    _changing: asyncio.Lock
    _hub: Hub
    _told = ""

    def _opened(self) -> Premises:
        raise Refused("The server is stopped.")

    async def secrets_status(self) -> SecretsView:
        """Where the key is, how it stands with it, and for how many accounts that matters."""
        async with self._changing:
            await self._looked_for_keys()
            return self._opened().kept_passwords.view()

    async def rotate_key(self) -> SecretsView:
        """Encrypt every kept password with a new key and forget the old one."""
        premises = self._opened()
        async with self._changing:
            with refusals():
                await premises.workers.run(premises.kept_passwords.renew_key)
            self._tell("The key of the kept passwords was renewed.", Level.INFO)
            return premises.kept_passwords.view()

    async def retry_vault(self) -> SecretsView:
        """Read the key anew; somebody at this computer may be asked to unlock it."""
        premises = self._opened()
        async with self._changing:
            await self._open_secrets()
            return premises.kept_passwords.view()

    async def _open_secrets(self) -> None:
        """Read the key if there is a need for it, and tell what a person should know."""
        premises = self._opened()
        await premises.workers.run(premises.kept_passwords.open)
        await self._look_after_secrets()

    async def _looked_for_keys(self) -> None:
        """On the files alone nothing has looked for them yet."""
        premises = self._opened()
        if premises.kept_passwords.view().state is SecretsState.UNUSED:
            await premises.workers.run(premises.kept_passwords.follow)

    async def _look_after_secrets(self) -> None:
        """Try again what failed, and tell once what a person should know."""
        kept = self._opened().kept_passwords
        if kept.needs_a_look:
            await self._opened().workers.run(kept.look_again)
        view = kept.view()
        text = view.sentence if view.attention else ""
        if text != self._told:
            self._told = text
            self._tell(text or f"All is well again: {view.sentence}", Level.WARNING)

    def _tell(self, text: str, level: Level) -> None:
        self._hub.emit(Noticed(level=level, source="secrets", text=text))
