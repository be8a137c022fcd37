"""Certificates as windows and consoles show them."""

from __future__ import annotations

from server_core.certificates.bundle import (
    Bundle,
    fingerprint_of,
    key_words,
    names_in,
    out_of_time,
    warning_of,
    words_of,
)
from server_core.events.views import CertificateKind, CertificateView


def view_of(
    name: str,
    kind: CertificateKind,
    bundle: Bundle,
    now: float,
    *,
    used_by: tuple[str, ...] = (),
    renews: bool = False,
    reverts: bool = False,
    files: tuple[str, ...] = (),
) -> CertificateView:
    """A certificate at this moment."""
    leaf = bundle.leaf
    return CertificateView(
        name=name,
        kind=kind,
        names=names_in(leaf),
        not_before=leaf.not_valid_before_utc.timestamp(),
        not_after=leaf.not_valid_after_utc.timestamp(),
        fingerprint=fingerprint_of(leaf),
        issuer=words_of(leaf.issuer),
        used_by=used_by,
        problem=out_of_time(leaf, now),
        warning="" if kind is CertificateKind.AUTHORITY else warning_of(bundle),
        chain=tuple(words_of(one.subject) for one in bundle.chain),
        key=key_words(leaf),
        renews=renews,
        reverts=reverts,
        files=files,
    )


def broken_view(name: str, problem: str) -> CertificateView:
    """One whose file cannot be used."""
    return CertificateView(
        name=name,
        kind=CertificateKind.IMPORTED,
        names=(),
        not_before=0.0,
        not_after=0.0,
        fingerprint="",
        issuer="",
        problem=problem,
    )
