"""The words people read for a setting's value, its unit and the moment it takes effect."""

from __future__ import annotations

from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin

from PySide6.QtCore import QCoreApplication

from server_core.config.admission import OnLimit, Otherwise, Verdict
from server_core.config.listening import ClientCertificates, ProxyMode, TlsVersion
from server_core.config.log import Category, Period, Sender, Shape, Transport
from server_core.config.model import DeletedMessages, Security
from server_core.config.schema import Effect, Kind, Setting, Unit
from server_core.config.signing_in import KeyPlace, Method

_CHOICES: tuple[tuple[StrEnum, str], ...] = (
    (Security.NONE, "None"),
    (Security.STARTTLS, "STARTTLS offered"),
    (Security.STARTTLS_REQUIRED, "STARTTLS required"),
    (Security.TLS, "TLS from the start"),
    (Method.USER_PASS, "Normal sign-in (USER and PASS)"),
    (Method.PLAIN, "PLAIN"),
    (Method.LOGIN, "LOGIN"),
    (Method.APOP, "APOP"),
    (Method.CRAM_MD5, "CRAM-MD5"),
    (Method.DIGEST_MD5, "DIGEST-MD5"),
    (Method.SCRAM_SHA_1, "SCRAM-SHA-1"),
    (Method.SCRAM_SHA_256, "SCRAM-SHA-256"),
    (Method.SCRAM_SHA_1_PLUS, "SCRAM-SHA-1-PLUS"),
    (Method.SCRAM_SHA_256_PLUS, "SCRAM-SHA-256-PLUS"),
    (Method.GSSAPI, "GSSAPI (Kerberos)"),
    (Method.EXTERNAL, "EXTERNAL (client certificate)"),
    (KeyPlace.AUTO, "Credential store, else a file"),
    (KeyPlace.KEYRING, "Credential store of the system"),
    (KeyPlace.FILE, "A file in the home"),
    (DeletedMessages.AXIGEN, "Stay listed with size 0"),
    (DeletedMessages.RFC1939, "Vanish from the listing"),
    (Verdict.ALLOW, "Allow"),
    (Verdict.DENY, "Deny"),
    (Otherwise.ALLOW, "Allow"),
    (Otherwise.DENY, "Deny"),
    (Otherwise.SERVICE, "Let the POP3 rules decide"),
    (OnLimit.ANSWER, "Answer “try again later”, then close"),
    (OnLimit.CLOSE, "Close without an answer"),
    (TlsVersion.TLS_1_2, "TLS 1.2"),
    (TlsVersion.TLS_1_3, "TLS 1.3"),
    (ClientCertificates.NO, "Not asked for"),
    (ClientCertificates.ACCEPT, "Checked when shown"),
    (ClientCertificates.REQUIRE, "Required"),
    (Category.CONNECTIONS, "Connections"),
    (Category.SIGN_INS, "Sign-ins"),
    (Category.COMMANDS, "Commands"),
    (Category.ACCESS, "Access and limits"),
    (Category.MAIL, "Mail changes"),
    (Category.CERTIFICATES, "Certificates"),
    (Category.CONFIGURATION, "Configuration"),
    (Category.SYSTEM, "System"),
    (Shape.TEXT, "Text that log watchers know"),
    (Shape.JSON, "JSON, one object a line"),
    (Period.NONE, "Never"),
    (Period.DAY, "Day"),
    (Period.WEEK, "Week"),
    (Period.MONTH, "Month"),
    (Transport.LINES, "Datagrams of log lines"),
    (Transport.UDP, "Syslog over UDP"),
    (Transport.TCP, "Syslog over TCP"),
    (Transport.TLS, "Syslog over TLS"),
    (Sender.LOCAL, "This server"),
    (Sender.REMOTE, "Other servers"),
    (ProxyMode.OFF, "No proxy"),
    (ProxyMode.OPTIONAL, "Trusted proxies may send a header"),
    (ProxyMode.REQUIRED, "Only trusted proxies, with a header"),
)
# Two enumerations may have the same value, and then their members are equal.
CHOICES = {(type(choice), choice.value): words for choice, words in _CHOICES}

CHOICE_HELP: dict[type[StrEnum], str] = {
    Verdict: "Denied addresses are closed at once and get no answer.",
    KeyPlace: "The credential store is the system's own safe for passwords; the file is one that "
    "only its owner may read.",
    DeletedMessages: "What a client sees of messages it has deleted, until it signs off.",
    OnLimit: "Listeners with TLS from the start never answer: they just close.",
    Security: "Offered: clients may switch to TLS. Required: nobody signs in before that. "
    "TLS from the start: encrypted from the first byte, usually on port 995.",
    ClientCertificates: "Whether clients have to prove with a certificate who they are.",
    Shape: "Text is for people and log watchers, JSON for programs.",
    Sender: "Whose entries this rule is about: those written here, or those received.",
    Transport: "Datagrams of log lines are for servers of this kind, usually at port 2000. Syslog "
    "(RFC 5424) is usually at port 514, with TLS at 6514.",
    ProxyMode: "A trusted proxy says in a header (PROXY protocol 1 or 2) whom it speaks for.",
}

KIND_HELP: dict[Kind, str] = {
    Kind.CERTIFICATE: "What clients are shown to know this server by.",
    Kind.CIPHERS: "Recommended: forward secrecy and authenticated encryption only. Older devices: "
    "what is from before about 2014 can connect too.",
}
"""Help for what is edited in other words than the file's."""

EFFECTS: dict[Effect, tuple[str, str]] = {
    Effect.NOW: ("Now", "Takes effect for everything immediately."),
    Effect.NEW_CONNECTIONS: (
        "New connections",
        "Sessions already open keep the old value.",
    ),
    Effect.REBINDS: (
        "Rebinds",
        "The listener closes its port and opens it anew; open sessions go on.",
    ),
    Effect.NEW_HANDSHAKES: ("New handshakes", "The next encrypted connection uses it."),
    Effect.NEXT_START: ("Next start", "Stored now, used after the server restarts."),
}

APPLIES: dict[Effect, str] = {
    Effect.NOW: "Applies at once.",
    Effect.NEW_CONNECTIONS: "Applies to new connections.",
    Effect.REBINDS: "Reopens the port.",
    Effect.NEW_HANDSHAKES: "Applies to new handshakes.",
    Effect.NEXT_START: "Applies after the next start.",
}

CLASS_STEPS = (0, 1, 3, 7, 15, 31)
CLASS_WORDS = (
    "Nothing",
    "Critical only",
    "Errors and graver",
    "Warnings and graver",
    "Information and graver",
    "Everything, each command too",
)
CLASS_NAMES = ("Critical", "Error", "Warning", "Info", "Protocol")
"""The classes by their bits, lowest first."""

DURATIONS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))


def tr(text: str) -> str:
    """The text in the language of the window."""
    return QCoreApplication.translate("forms", text)


def spoken(setting: Setting | None, value: Any) -> str:
    """The value as a person says it; ``setting`` tells what it picks from or counts."""
    match value:
        case bool():
            return tr("On") if value else tr("Off")
        case None:
            return tr("inherited")
        case tuple() | list() if setting is not None and setting.kind is Kind.ROWS:
            return _spoken_rows(len(value))
        case tuple() | list():
            return ", ".join(spoken(setting, part) for part in value) or tr("none")
        case int() | float():
            return _spoken_number(setting, value)
        case _:
            return _spoken_text(setting, value)


def choice_text(choice: StrEnum) -> str:
    """The words for one of the values that a setting picks from."""
    return tr(CHOICES.get((type(choice), choice.value), choice.value))


def choice_type(annotation: Any) -> type[StrEnum] | None:
    """The enumeration a setting (or each part of it) picks from, if it does."""
    for part in (annotation, *get_args(annotation)):
        candidate = getattr(part, "__origin__", part)  # a checked choice is its choice
        if isinstance(candidate, type) and issubclass(candidate, StrEnum):
            return candidate
    return None


def is_several(annotation: Any) -> bool:
    """Whether the setting holds several values."""
    return get_origin(annotation) is tuple


def is_number(annotation: Any) -> bool:
    """Whether the setting holds a number."""
    parts = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return any(part in (int, float) for part in parts)


def duration_parts(seconds: float) -> tuple[float, int]:
    """A duration as a number and the largest unit that keeps it whole."""
    for size, _ in DURATIONS:
        if seconds and seconds % size == 0:
            return seconds / size, size
    return seconds, 1


def duration(seconds: float) -> str:
    """A duration in its largest whole unit: ``10 minutes``."""
    number, size = duration_parts(seconds)
    unit = dict(DURATIONS)[size]
    return f"{number:g} {tr(unit[:-1] if number == 1 else unit)}"


def range_text(setting: Setting) -> str:
    """The values a number may take, in words; empty when it has no bounds."""
    if setting.minimum is None or setting.maximum is None or setting.kind is Kind.CLASSES:
        return ""
    low = setting.minimum
    if setting.kind is Kind.LIMIT and low == 0:
        low = 1
    if setting.unit is Unit.SECONDS:
        return tr("{low} to {high}").format(low=duration(low), high=duration(setting.maximum))
    return tr("{low} to {high}").format(low=_digits(low), high=_digits(setting.maximum))


def in_units(setting: Setting | None, problem: str) -> str:
    """What is wrong with a value: lengths of time as they are typed here, not in seconds."""
    out_of_range = problem.startswith(("must be a whole number from", "must be a number from"))
    if setting is None or setting.unit is not Unit.SECONDS or not out_of_range:
        return problem
    return tr("must be from {range}").format(range=range_text(setting))


def classes_text(classes: int) -> str:
    """What a sum of log classes lets through."""
    if classes in CLASS_STEPS:
        return tr(CLASS_WORDS[CLASS_STEPS.index(classes)])
    names = [tr(name).lower() for bit, name in enumerate(CLASS_NAMES) if classes >> bit & 1]
    return tr("Custom: {classes}").format(classes=", ".join(names))


def _spoken_rows(number: int) -> str:
    if not number:
        return tr("none")
    return tr("1 entry") if number == 1 else tr("{n} entries").format(n=f"{number:,}")


def _spoken_number(setting: Setting | None, value: float) -> str:
    if setting is not None and setting.kind is Kind.CLASSES:
        return classes_text(int(value))
    if setting is not None and setting.kind is Kind.LIMIT and value == 0:
        return tr("no limit")
    if setting is not None and setting.unit is Unit.SECONDS:
        return duration(value)
    unit = f" {tr(setting.unit.value)}" if setting is not None and setting.unit.value else ""
    return f"{_digits(value)}{unit}"


def _digits(value: float) -> str:
    """All digits of a number: ``1,000,000`` and ``0.5``."""
    return f"{value:,.15g}"


def _spoken_text(setting: Setting | None, value: Any) -> str:
    choices = choice_type(setting.annotation) if setting is not None else None
    if choices is not None and value in set(choices):
        return choice_text(choices(value))
    return str(value) if value not in ("", None) else tr("empty")
