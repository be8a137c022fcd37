"""The certificates of this server by name: made, imported, watched, renewed, gone back on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from server_core.certificates import issuing
from server_core.certificates.bundle import (
    Bundle,
    CertificateProblem,
    fingerprint_of,
    names_in,
    signed_by,
)
from server_core.certificates.folder import CertificateFolder, checked_name, disk_problems
from server_core.certificates.importing import import_bundle
from server_core.certificates.views import broken_view, view_of
from server_core.certificates.watching import WatchedFiles
from server_core.events.certificates import (
    CertificateChanged,
    CertificateEnding,
    CertificateRefused,
)
from server_core.events.types import Event
from server_core.events.views import CertificateKind, CertificateView

OWN = "server"
"""The name of the server's own certificate, which is made on first use."""

WARN_SECONDS = 14 * 86_400
DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600

_OURS = (CertificateKind.SELF_SIGNED, CertificateKind.ISSUED)


class CertificateStore:
    """All methods may be called on any thread and wait for the disk.

    What cannot be done raises CertificateProblem with a sentence. What changes something gives the
    event that tells it; the caller makes it known and serves anew with what changed.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = CertificateFolder(folder)
        self._clock = clock
        self._lock = threading.RLock()
        self._watched = {
            name: WatchedFiles(*paths) for name, paths in self._folder.sources().items()
        }
        self._warned: dict[str, float] = {}
        self._renewals_due = 0.0

    def list(self) -> tuple[CertificateView, ...]:
        """All certificates and authorities; ``used_by`` is filled for authorities only."""
        with self._lock:
            return tuple(self._view(name) for name in self._folder.names())

    def path(self, name: str) -> Path:
        """The PEM file to serve with; an empty name is the server's own certificate."""
        with self._lock:
            path = self._folder.serving(name or OWN)
            if not path.exists():
                raise CertificateProblem(f"There is no certificate called {name or OWN}.")
            self._folder.read(name or OWN)
            return path

    def ensure_own(self, names: Sequence[str]) -> CertificateChanged | None:
        """Make the server's own certificate on first use, for ``names`` and this computer's.

        One that we made is replaced 30 days before it ends. A file that somebody else put there is
        never touched: CertificateProblem says what is wrong with it.
        """
        with self._lock:
            if self._folder.serving(OWN).exists():
                self._folder.read(OWN)
                return self._renewed(OWN)
            wanted = issuing.usable_names((*names, *issuing.own_names()))
            bundle = issuing.make_certificate(wanted, self._clock())
            self._folder.write(OWN, bundle, keep=False)
            return _changed(OWN, bundle, f"made for {', '.join(wanted)}")

    def create_authority(self, name: str) -> CertificateChanged:
        """An authority of our own, for ten years; devices that trust it trust what it signs."""
        with self._lock:
            name = self._unused(name)
            bundle = issuing.make_authority(name, self._clock())
            self._folder.write_authority(name, bundle)
            return _changed(name, bundle, "made, an authority")

    def create_certificate(
        self, name: str, names: Sequence[str], authority: str = ""
    ) -> CertificateChanged:
        """A certificate for host names and addresses, signed by an authority of ours or itself.

        It lives 397 days and is renewed 30 days before it ends.
        """
        with self._lock:
            name = self._unused(name)
            wrong = [one for one in names if not issuing.canonical(one)]
            if wrong:
                raise CertificateProblem(f"{wrong[0]} is neither a host name nor an address.")
            signer = self._authority(authority) if authority else None
            bundle = issuing.make_certificate(issuing.usable_names(names), self._clock(), signer)
            self._folder.write(name, bundle, keep=False)
            return _changed(name, bundle, f"made for {', '.join(names)}")

    def inspect(self, data: bytes, key: bytes = b"", password: str = "") -> CertificateView:
        """What an import would bring, or CertificateProblem with the reason why it would fail."""
        bundle = import_bundle(data, key, password, self._clock())
        return view_of("", CertificateKind.IMPORTED, bundle, self._clock())

    def import_certificate(
        self,
        name: str,
        data: bytes,
        key: bytes = b"",
        password: str = "",
        *,
        replace: bool = False,
    ) -> CertificateChanged:
        """Take a certificate of somebody else: PEM, together or apart from its key, or PFX.

        ``replace`` puts it in the place of the one of that name, which is kept for ``revert``.
        """
        bundle = import_bundle(data, key, password, self._clock())
        with self._lock:
            name = self._existing(name) if replace else self._unused(name)
            self._folder.write(name, bundle, keep=True)
            self._unwatch(name)
            return _changed(name, bundle, "replaced" if replace else "imported")

    def watch(self, name: str, certificate: Path, key: Path) -> CertificateChanged:
        """Take a certificate from files elsewhere, now and whenever they change.

        The name may be new, or that of a certificate that is replaced and kept for ``revert``.
        """
        files = WatchedFiles(certificate.absolute(), key.absolute())
        bundle = self._read_files(files)
        with self._lock:
            known = name in self._folder.names()
            name = self._existing(name) if known else self._unused(name)
            self._folder.write(name, bundle, keep=True)
            self._folder.write_source(name, files.certificate, files.key)
            self._watched[name] = files
            return _changed(name, bundle, f"taken from {files.certificate}")

    def revert(self, name: str) -> CertificateChanged:
        """Serve again what was replaced last; once more, and the newer one is back."""
        with self._lock:
            name = self._existing(name)
            if not self._folder.has_previous(name):
                raise CertificateProblem(f"Nothing is kept that {name} has replaced.")
            self._folder.swap(name)
            self._unwatch(name)
            return _changed(name, self._folder.read(name), "reverted to the one before")

    def remove(self, name: str, used_by: Sequence[str] = ()) -> CertificateChanged:
        """Delete a certificate, or an authority; refused while something uses it."""
        with self._lock:
            if name not in self._folder.names():
                raise CertificateProblem(f"There is no certificate called {name}.")
            view = self._view(name)
            users = (*used_by, *view.used_by)
            if users:
                raise CertificateProblem(f"{name} is used by {', '.join(users)}.")
            self._folder.remove(name)
            self._watched.pop(name, None)
            return CertificateChanged(
                name=name, fingerprint=view.fingerprint, not_after=view.not_after, change="deleted"
            )

    def export_authority(self, name: str) -> bytes:
        """An authority's certificate, without its key, in PEM form: for devices to trust."""
        with self._lock:
            if not self._folder.is_authority(name):
                raise CertificateProblem(f"{name} is not an authority of this server.")
            return self._folder.authority_pem(name)

    def attend(self, used: Mapping[str, Sequence[str]]) -> tuple[Event, ...]:
        """What is to do every second: watched files; every hour: renewals, and what ends soon.

        ``used`` are the listeners of each certificate in use, by its name.
        """
        now = self._clock()
        events: list[Event] = [*self.look_at_files()]
        if now >= self._renewals_due or self._renewals_due - now > HOUR_SECONDS:
            self._renewals_due = now + HOUR_SECONDS
            events += (*self.renew_due(), *self.endings(used))
        return tuple(events)

    def look_at_files(self) -> tuple[CertificateChanged | CertificateRefused, ...]:
        """Take over watched files that changed; what cannot be used changes nothing."""
        with self._lock:
            looked = [
                self._looked(name, files)
                for name, files in self._watched.items()
                if files.changed()
            ]
        return tuple(event for event in looked if event is not None)

    def renew_due(self) -> tuple[CertificateChanged | CertificateRefused, ...]:
        """Make those of ours anew that end within 30 days."""
        told: list[CertificateChanged | CertificateRefused] = []
        with self._lock:
            for name in self._folder.names():
                try:
                    event = self._renewed(name)
                except CertificateProblem as problem:
                    told.append(CertificateRefused(name=name, sentence=str(problem)))
                else:
                    told += [event] if event is not None else []
        return tuple(told)

    def endings(self, used: Mapping[str, Sequence[str]]) -> tuple[CertificateEnding, ...]:
        """Certificates in use that end within 14 days; each is told once a day."""
        now = self._clock()
        ending = [
            CertificateEnding(name=view.name, used_by=tuple(users), not_after=view.not_after)
            for view in self.list()
            if (users := used.get(view.name))
            and view.fingerprint
            and view.not_after - now < WARN_SECONDS
            and now - self._warned.get(view.name, 0.0) >= DAY_SECONDS
        ]
        self._warned.update((event.name, now) for event in ending)
        return tuple(ending)

    def _view(self, name: str) -> CertificateView:
        now = self._clock()
        try:
            if self._folder.is_authority(name):
                bundle = self._folder.read_authority(name)
                users = self._signed_by(bundle)
                return view_of(name, CertificateKind.AUTHORITY, bundle, now, used_by=users)
            bundle = self._folder.read(name)
        except CertificateProblem as problem:
            return broken_view(name, str(problem))
        kind = self._kind(name, bundle)
        files = self._watched.get(name)
        return view_of(
            name,
            kind,
            bundle,
            now,
            renews=kind in _OURS,
            reverts=self._folder.has_previous(name),
            files=(str(files.certificate), str(files.key)) if files is not None else (),
        )

    def _kind(self, name: str, bundle: Bundle) -> CertificateKind:
        if name in self._watched:
            return CertificateKind.WATCHED
        if not issuing.is_ours(bundle.leaf):
            return CertificateKind.IMPORTED
        if signed_by(bundle.leaf, bundle.leaf):
            return CertificateKind.SELF_SIGNED
        return CertificateKind.ISSUED if self._signer(bundle) else CertificateKind.IMPORTED

    def _signer(self, bundle: Bundle) -> Bundle | None:
        """The authority of ours that signed a certificate."""
        for authority in self._authorities():
            if signed_by(bundle.leaf, authority.leaf):
                return authority
        return None

    def _signed_by(self, authority: Bundle) -> tuple[str, ...]:
        return tuple(
            name for name, bundle in self._readable() if signed_by(bundle.leaf, authority.leaf)
        )

    def _authorities(self) -> Iterable[Bundle]:
        for name in self._folder.names():
            if self._folder.is_authority(name):
                with suppress(CertificateProblem):  # listed with its problem; signs nothing
                    yield self._folder.read_authority(name)

    def _readable(self) -> Iterable[tuple[str, Bundle]]:
        for name in self._folder.names():
            if not self._folder.is_authority(name):
                with suppress(CertificateProblem):  # listed with its problem
                    yield name, self._folder.read(name)

    def _authority(self, name: str) -> Bundle:
        if not self._folder.is_authority(name):
            raise CertificateProblem(f"{name} is not an authority of this server.")
        return self._folder.read_authority(name)

    def _unused(self, name: str) -> str:
        name = checked_name(name)
        taken = {one.casefold() for one in (*self._folder.names(), OWN)}
        if name.casefold() in taken:
            raise CertificateProblem(f"There is a certificate called {name} already.")
        return name

    def _existing(self, name: str) -> str:
        if name not in self._folder.names():
            raise CertificateProblem(f"There is no certificate called {name}.")
        if self._folder.is_authority(name):
            raise CertificateProblem(f"{name} is an authority; what it signed can be replaced.")
        return name

    def _unwatch(self, name: str) -> None:
        if self._watched.pop(name, None) is not None:
            self._folder.forget_source(name)

    def _read_files(self, files: WatchedFiles) -> Bundle:
        with disk_problems("The files cannot be read"):
            files.taken()
            certificate, key = files.read()
        return import_bundle(certificate, key, "", self._clock())

    def _looked(
        self, name: str, files: WatchedFiles
    ) -> CertificateChanged | CertificateRefused | None:
        try:
            bundle = self._read_files(files)
            with suppress(CertificateProblem):  # what is there is unusable: take the new one
                if self._folder.read(name).pem() == bundle.pem():
                    return None
            self._folder.write(name, bundle, keep=True)
        except CertificateProblem as problem:
            return CertificateRefused(name=name, sentence=str(problem))
        return _changed(name, bundle, "changed in its files and was taken from there")

    def _renewed(self, name: str) -> CertificateChanged | None:
        """The certificate made anew when it is ours and its time has come."""
        if self._folder.is_authority(name):
            return None
        try:
            old = self._folder.read(name)
        except CertificateProblem:
            return None  # listed with its problem; nothing there to renew
        now = self._clock()
        if self._kind(name, old) not in _OURS or not issuing.to_renew(old.leaf, now):
            return None
        signer = None if signed_by(old.leaf, old.leaf) else self._signer(old)
        bundle = issuing.make_certificate(names_in(old.leaf), now, signer)
        if signer is not None and bundle.leaf.not_valid_after_utc <= old.leaf.not_valid_after_utc:
            return None  # its authority ends with it
        self._folder.write(name, bundle, keep=False)
        return _changed(name, bundle, "renewed")


def _changed(name: str, bundle: Bundle, change: str) -> CertificateChanged:
    return CertificateChanged(
        name=name,
        fingerprint=fingerprint_of(bundle.leaf),
        not_after=bundle.leaf.not_valid_after_utc.timestamp(),
        change=change,
    )
