"""The part of the facade that is about certificates; they are at hand while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from server_core.certificates.store import CertificateStore
from server_core.events.certificates import CertificateChanged
from server_core.events.views import CertificateView
from server_core.net.data_plane import DataPlane
from server_core.refusals import Refused, refusals


class CertificateMethods:
    """What can be done with certificates; each serves the next handshake and cuts no session."""

    _changing: asyncio.Lock

    def _running(self) -> DataPlane:
        raise Refused("The server is stopped.")

    async def certificates(self) -> tuple[CertificateView, ...]:
        """All certificates and own authorities, with who uses them."""
        with refusals():
            async with self._changing:  # or it could show what is about to be served
                return await self._running().certificates()

    async def create_authority(self, name: str) -> None:
        """An authority of our own, whose certificates devices accept once they trust it."""
        await self._certify(lambda store: store.create_authority(name))

    async def create_certificate(
        self, name: str, names: Sequence[str], *, authority: str = ""
    ) -> None:
        """A certificate for host names and addresses; without authority it signs itself."""
        await self._certify(lambda store: store.create_certificate(name, names, authority))

    async def inspect_certificate(
        self, data: bytes, key: bytes = b"", password: str = ""
    ) -> CertificateView:
        """What an import would bring; Refused with the reason why it would fail."""
        with refusals():
            return await self._running().inspect_certificate(data, key, password)

    async def import_certificate(
        self, name: str, data: bytes, key: bytes = b"", password: str = ""
    ) -> None:
        """One of somebody else under a new name: PEM, with or apart from its key, or PFX."""
        await self._certify(lambda store: store.import_certificate(name, data, key, password))

    async def replace_certificate(
        self, name: str, data: bytes, key: bytes = b"", password: str = ""
    ) -> None:
        """The same in the place of one there is, which is kept for ``revert_certificate``."""
        await self._certify(
            lambda store: store.import_certificate(name, data, key, password, replace=True)
        )

    async def revert_certificate(self, name: str) -> None:
        """Serve again what was replaced last."""
        await self._certify(lambda store: store.revert(name))

    async def watch_certificate(self, name: str, certificate: Path, key: Path) -> None:
        """Take a certificate from files elsewhere, now and whenever they change."""
        await self._certify(lambda store: store.watch(name, certificate, key))

    async def remove_certificate(self, name: str) -> None:
        """Delete a certificate or an authority; Refused while something uses it."""
        with refusals():
            async with self._changing:
                await self._running().remove_certificate(name)

    async def export_authority(self, name: str) -> bytes:
        """An authority's certificate in PEM form, for devices to trust; never its key."""
        with refusals():
            return await self._running().export_authority(name)

    async def _certify(self, work: Callable[[CertificateStore], CertificateChanged]) -> None:
        with refusals():
            async with self._changing:
                await self._running().certify(work)
