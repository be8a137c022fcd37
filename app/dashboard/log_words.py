"""What a person calls the levels, subjects and events of the log; files keep their ids."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from app.forms.words import choice_text
from server_core.config.log import Category
from server_core.events.types import Level

EVENT_WORDS: Mapping[str, str] = {
    "SessionOpened": "Session opened",
    "ConnectionRefused": "Connection refused",
    "AddressBanned": "Address banned",
    "BanLifted": "Ban lifted",
    "SessionSecured": "Session encrypted",
    "HandshakeFailed": "Encryption failed",
    "PlaintextDiscarded": "Plain text thrown away",
    "SignedIn": "Signed in",
    "SignInFailed": "Sign-in failed",
    "MaildropRefused": "Mailbox refused",
    "MessageRetrieved": "Message fetched",
    "MessageUnreadable": "Message unreadable",
    "StoreFailed": "Storage failed",
    "SessionClosed": "Session closed",
    "SessionsProgressed": "Sessions progressed",
    "MessageDelivered": "Message delivered",
    "MessagesRemoved": "Messages removed",
    "Administered": "Done by administrator",
    "AccountChanged": "Account changed",
    "ListenerChanged": "Listener changed",
    "ListenerFailed": "Listener failed",
    "HealthChecked": "Health checked",
    "ServerStateChanged": "Server state changed",
    "ConfigApplied": "Settings applied",
    "ConfigChangedOutside": "Settings changed outside",
    "CertificateChanged": "Certificate changed",
    "CertificateRefused": "Certificate refused",
    "CertificateEnding": "Certificate ends soon",
    "ProtocolLine": "Protocol line",
    "CapturedLine": "Captured line",
    "Noticed": "Note",
}


def level_words() -> dict[Level, tuple[str, str, str]]:
    """Letter, colour role and word of each level, gravest first."""
    tr = QCoreApplication.translate
    return {
        Level.CRITICAL: ("C", "problem", tr("Log", "Critical")),
        Level.ERROR: ("E", "problem", tr("Log", "Error")),
        Level.WARNING: ("W", "attention", tr("Log", "Warning")),
        Level.INFO: ("I", "info", tr("Log", "Info")),
        Level.PROTOCOL: ("P", "neutral", tr("Log", "Protocol")),
    }


def category_words() -> dict[Category, str]:
    """The word for each subject, as the Logging page calls it."""
    return {category: choice_text(category) for category in Category}


def event_words() -> dict[str, str]:
    """The words for each event, by its id."""
    return {event: QCoreApplication.translate("Log", words) for event, words in EVENT_WORDS.items()}


def value_words(field: str, value: str) -> str:
    """What stands in a line's field, in words; a name or an address is as good as it is."""
    match field:
        case "level":
            words = {str(level.name).lower(): word[2] for level, word in level_words().items()}
        case "category":
            words = {category.value: word for category, word in category_words().items()}
        case "event":
            words = event_words()
        case _:
            return value
    return words.get(value, value)
