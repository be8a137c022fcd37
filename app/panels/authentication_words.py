"""Ways to sign in as the window tells of them: in groups, in plain words, with their state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDate, QDateTime, QLocale

from app.forms.words import tr
from app.look.words import date_and_time, number
from server_core.config.signing_in import (
    DEFAULT_PLAIN,
    DEFAULT_SECURE,
    SECRET_METHODS,
    TEXT_METHODS,
    TLS_METHODS,
    Method,
)
from server_core.events.views import MethodView

SECURE, PLAIN = "pop3.secure_methods", "pop3.plain_methods"
OTHERS_VOUCH = (Method.GSSAPI, Method.EXTERNAL)
SCRAM = tuple(method for method in Method if method.startswith("scram-"))


@dataclass(frozen=True)
class MethodGroup:
    """Methods that have the same to be said about them."""

    id: str
    title: str
    told: str
    methods: tuple[Method, ...]


GROUPS = (
    MethodGroup(
        "text",
        "Password sent as text",
        "The usual way. Safe on encrypted connections; on others anybody in between can read the "
        "password.",
        TEXT_METHODS,
    ),
    MethodGroup(
        "challenge",
        "Challenge",
        "The password is not sent: the mail program proves that it knows it.",
        (*SECRET_METHODS, *SCRAM),
    ),
    MethodGroup(
        "others",
        "Others vouch",
        "Without a password: the sign-on of the network or a certificate says who it is.",
        OTHERS_VOUCH,
    ),
)

TOLD: dict[Method, str] = {
    Method.USER_PASS: "Every mail program has it.",
    Method.PLAIN: "What most mail programs of today prefer.",
    Method.LOGIN: "An older form of PLAIN.",
    Method.APOP: "Very old and easy to break; for programs that have nothing better.",
    Method.CRAM_MD5: "Often called “encrypted password” in mail programs.",
    Method.DIGEST_MD5: "Like CRAM-MD5, but rare.",
    Method.SCRAM_SHA_1: "The good way without sending the password.",
    Method.SCRAM_SHA_256: "SCRAM-SHA-1 made stronger.",
    Method.SCRAM_SHA_1_PLUS: "SCRAM-SHA-1 that also notices somebody in between.",
    Method.SCRAM_SHA_256_PLUS: "SCRAM-SHA-256 that also notices somebody in between.",
    Method.GSSAPI: "The Windows or Kerberos sign-on of a network.",
    Method.EXTERNAL: "The mail program shows a certificate of its own.",
}


@dataclass(frozen=True)
class Preset:
    """A choice of methods with a name. ``told`` says what it means for people."""

    title: str
    told: str
    secure: tuple[Method, ...]
    plain: tuple[Method, ...]

    def edits(self) -> dict[str, object]:
        """What the preset makes of the draft."""
        return {SECURE: list(self.secure), PLAIN: list(self.plain)}


PRESETS = (
    Preset(
        "Compatible",
        "Every mail program can sign in, also on connections that are not encrypted.",
        DEFAULT_SECURE,
        DEFAULT_PLAIN,
    ),
    Preset(
        "Passwords only over TLS",
        "On connections that are not encrypted, only methods that never send the password.",
        DEFAULT_SECURE,
        tuple(method for method in DEFAULT_PLAIN if method not in TEXT_METHODS),
    ),
    Preset(
        "Modern",
        "The password is sent on encrypted connections only, and SCRAM is the one challenge. Some "
        "older mail programs cannot sign in.",
        (*TEXT_METHODS, *SCRAM),
        tuple(method for method in SCRAM if method not in TLS_METHODS),
    ),
)
OWN_CHOICE = "Own choice"
OWN_CHOICE_TOLD = "The methods were chosen one by one."


def preset_of(secure: Sequence[str], plain: Sequence[str]) -> Preset | None:
    """The preset that is just this choice."""
    chosen = {*secure}, {*plain}
    return next((one for one in PRESETS if ({*one.secure}, {*one.plain}) == chosen), None)


def in_order(methods: Sequence[str], applied: Sequence[str]) -> list[str]:
    """The chosen methods as the file lists them: as it does already, else in their own order."""
    if {*methods} == {*applied}:
        return [str(method) for method in applied]
    return [method.value for method in Method if method in methods]


@dataclass(frozen=True)
class State:
    """Whether clients are offered a method: mark, colour and word; ``reason`` why not."""

    shape: str
    role: str
    word: str
    reason: str = ""


def state_of(wanted: MethodView | None, running: MethodView | None) -> State:
    """The state of a method under the draft, told apart from what it is now."""
    if wanted is None:
        return State("dash", "neutral", tr("Not known now"))
    is_offered = _is_offered(wanted)
    if is_offered:
        if not _is_offered(running):
            return State("ring", "info", tr("Available once applied"))
        return State("circle", "ok", tr("Available"))
    reason = _sentence(tr(wanted.problem))
    if not _is_on(wanted):
        word = tr("Off once applied") if _is_offered(running) else tr("Switched off")
        return State("dash", "neutral", word, reason)
    return State("diamond", "info", tr("Not offered to clients"), reason)


def ready_text(view: MethodView | None) -> str:
    """For how many accounts a method works: ``9 of 12``."""
    if view is None or not view.accounts or (view.method in OTHERS_VOUCH and not view.ready):
        return "–"
    return tr("{ready} of {accounts}").format(
        ready=number(view.ready), accounts=number(view.accounts)
    )


def used_text(view: MethodView | None) -> tuple[str, str, str]:
    """How often a method was used in thirty days, when last in short, and the whole moment."""
    if view is None:
        return "–", "", ""
    if not view.uses:
        return tr("Not used"), "", ""
    last = tr("last {moment}").format(moment=day_or_clock(view.last_used))
    return number(view.uses), last, date_and_time(view.last_used)


def day_or_clock(when: float) -> str:
    """The time of day for today, the day for earlier."""
    then = QDateTime.fromMSecsSinceEpoch(round(when * 1000))
    if then.date() == QDate.currentDate():
        return then.toString("HH:mm")
    return QLocale().toString(then.date(), QLocale.FormatType.ShortFormat)


def by_method(views: Sequence[MethodView]) -> Mapping[str, MethodView]:
    """The views by the names of their methods."""
    return {view.method: view for view in views}


def _is_on(view: MethodView) -> bool:
    return view.in_clear or view.under_tls


def _is_offered(view: MethodView | None) -> bool:
    return view is not None and _is_on(view) and not view.problem


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
