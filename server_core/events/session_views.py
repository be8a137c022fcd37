"""One open session looked at closely: immutable pictures for the window."""

from __future__ import annotations

from dataclasses import dataclass

from server_core.events.views import MeterView


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is known of an open session beside its SessionView.

    ``rule`` is who let it in, in words. An error limit of 0 means none. ``fingerprint`` is the
    SHA-256 of the certificate it was served with, ``asked_for`` the server name its client wanted
    (RFC 6066 section 3); both are empty where there is none. ``language`` is the one that LANG
    asked for, by its own name.
    """

    session: int
    rule: str
    limits: tuple[MeterView, ...]
    errors: int
    most_errors: int
    failed_sign_ins: int
    most_failed_sign_ins: int
    version: str = ""
    cipher: str = ""
    fingerprint: str = ""
    asked_for: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class MaildropEntry:
    """A message as a session's client sees it; one that is ``gone`` has size 0 there."""

    number: int
    octets: int
    unique_id: str
    seen: bool
    marked: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class MaildropView:
    """A session's snapshot of ``count`` messages; ``entries`` are the newest of them, in order."""

    count: int
    octets: int
    entries: tuple[MaildropEntry, ...]
