"""Which event a line of the log tells of: the texts of the events, read backwards."""

from __future__ import annotations

import re
from collections.abc import Mapping

from server_core.config.log import Category
from server_core.events.reasons import CLOSE_TEXTS, REFUSAL_TEXTS, SIGN_IN_TEXTS, USE_TEXTS

_PEER = r"\[(?P<peer>\S+)\]"
_LISTENER = r"listener '(?P<listener>[^']*)'"
_USER = r"'(?P<user>.*)'"

# Each pattern is the whole text; names may hold anything printable, so they are read greedily up
# to the last words that can follow them.
_PATTERNS: tuple[tuple[str, Category, str], ...] = (
    ("SessionOpened", Category.CONNECTIONS, rf"new connection from {_PEER} on {_LISTENER}"),
    ("ConnectionRefused", Category.ACCESS, rf"access denied for {_PEER} on {_LISTENER}: .*"),
    ("AddressBanned", Category.ACCESS, r"(?P<peer>\S+) banned: .*"),
    ("BanLifted", Category.ACCESS, r"ban of (?P<peer>\S+) lifted.*"),
    ("Administered", Category.CONFIGURATION, r"administrator .* \(\w+\): .*"),
    ("SessionSecured", Category.CONNECTIONS, rf"connection from {_PEER} is encrypted: .*"),
    ("HandshakeFailed", Category.CONNECTIONS, rf"TLS handshake with {_PEER} failed: .*"),
    (
        "PlaintextDiscarded",
        Category.CONNECTIONS,
        rf"\d+ octets sent by {_PEER} in clear behind STLS were discarded",
    ),
    ("SignedIn", Category.SIGN_INS, rf"account {_USER} has logged in from {_PEER} with \S+: .*"),
    ("SignInFailed", Category.SIGN_INS, rf"Authentication error for user {_USER}: .*"),
    ("MaildropRefused", Category.SIGN_INS, rf"mailbox of {_USER} refused to {_PEER}: .*"),
    ("MessageRetrieved", Category.MAIL, rf"message \d+ retrieved by {_USER}, \d+ octets"),
    ("MessageUnreadable", Category.MAIL, rf"storage error on message \d+ of {_USER}: .*"),
    ("StoreFailed", Category.MAIL, rf"storage error for {_USER}: .*"),
    ("SessionClosed", Category.CONNECTIONS, rf"closing connection from {_PEER}: .*"),
    ("MessageDelivered", Category.MAIL, rf"\d+ messages, \d+ octets delivered to {_USER}"),
    ("MessagesRemoved", Category.MAIL, rf"\d+ messages of {_USER} removed by the administrator"),
    ("AccountChanged", Category.CONFIGURATION, rf"account {_USER}: .*"),
    ("ListenerFailed", Category.CONNECTIONS, rf"{_LISTENER} failed: .*"),
    ("ListenerChanged", Category.CONNECTIONS, rf"{_LISTENER} on \S+: .*"),
    ("HealthChecked", Category.SYSTEM, r"health checked: .*"),
    ("ServerStateChanged", Category.SYSTEM, r"server is .*"),
    ("ConfigApplied", Category.CONFIGURATION, r"configuration revision \d+ applied from .*"),
    ("ConfigChangedOutside", Category.CONFIGURATION, r"config\.toml was changed outside.*"),
    ("CertificateRefused", Category.CERTIFICATES, r"certificate '.*' stays as it was: .*"),
    ("CertificateEnding", Category.CERTIFICATES, r"certificate '.*' of .* ende?d?s? on \S+"),
    ("CertificateChanged", Category.CERTIFICATES, r"certificate '.*' .*: valid until .*"),
    ("ProtocolLine", Category.COMMANDS, r"(?:<<|>>) .*"),
)
_KNOWN = tuple((name, category, re.compile(text)) for name, category, text in _PATTERNS)
_REASONS: Mapping[str, Mapping[str, str]] = {
    "SessionClosed": {text: reason.value for reason, text in CLOSE_TEXTS.items()},
    "ConnectionRefused": {text: reason.value for reason, text in REFUSAL_TEXTS.items()},
    "SignInFailed": {text: reason.value for reason, text in SIGN_IN_TEXTS.items()},
    "MaildropRefused": {text: reason.value for reason, text in USE_TEXTS.items()},
}


def recognised(text: str) -> dict[str, str]:
    """What a text tells: ``event``, ``category`` and, as far as they are in it, ``reason``,
    ``peer``, ``listener`` and ``user``; nothing of a text that no event here prints.
    """
    for event, category, pattern in _KNOWN:
        if (found := pattern.fullmatch(text)) is not None:
            told = {"event": event, "category": category.value, **found.groupdict("")}
            return told | {"reason": reason_in(event, text)}
    return {}


def reason_in(event: str, text: str) -> str:
    """The id of the reason in the text of an event; empty when it has none."""
    # What stands last is the server's: a name that quotes a reason stands before it.
    found = [
        (text.rfind(f": {words}"), len(words), reason)
        for words, reason in _REASONS.get(event, {}).items()
        if f": {words}" in text
    ]
    return max(found)[2] if found else ""
