"""What a line of the log means, for people who are no mail experts."""

from __future__ import annotations

from app.dashboard.explained import Explanation, Grade
from app.dashboard.explained_reasons import REASONS
from app.dashboard.log_rows import LogRow

_FINE, _LOOK, _ACT = Grade.FINE, Grade.LOOK, Grade.ACT

EVENTS: dict[str, Explanation] = {
    "SessionOpened": Explanation(
        "A mail program connected. Nobody has signed in yet.", _FINE, "Nothing to do."
    ),
    "ConnectionRefused": Explanation(
        "Somebody connected and was turned away before a word was spoken.",
        _LOOK,
        "If it is one of your own people, look at the rule or limit that the line names.",
    ),
    "AddressBanned": Explanation(
        "An address is kept out for a while, because it misbehaved or because you said so.",
        _LOOK,
        "If it is one of your own people, lift the ban under Errors and bans and trust the "
        "address.",
    ),
    "BanLifted": Explanation(
        "An address that was kept out may connect again.", _FINE, "Nothing to do."
    ),
    "SessionSecured": Explanation(
        "The connection is encrypted from here on.", _FINE, "Nothing to do."
    ),
    "HandshakeFailed": Explanation(
        "Server and client could not agree on an encrypted connection.",
        _LOOK,
        "Once in a while this is a scanner. If a mail program of yours does it each time, look at "
        "the certificate and the TLS versions of the listener, and at the server name the program "
        "uses.",
    ),
    "PlaintextDiscarded": Explanation(
        "A client sent commands in clear right behind the request to encrypt. They were thrown "
        "away unread, for anybody on the way could have put them there.",
        _LOOK,
        "Nothing is lost. If it happens often from one address, look into what runs there.",
    ),
    "SignedIn": Explanation(
        "Somebody proved who they are and their mailbox is open.", _FINE, "Nothing to do."
    ),
    "SignInFailed": Explanation(
        "Somebody could not sign in. The client only learned that it did not work.",
        _LOOK,
        "A few are mistyped or outdated passwords. Many from one address are guesses: the bans "
        "stop those.",
    ),
    "MaildropRefused": Explanation(
        "Somebody signed in rightly, but cannot have the mailbox at this moment.",
        _LOOK,
        "Mail programs try again by themselves. If it goes on, see who has the mailbox open under "
        "Sessions.",
    ),
    "MessageRetrieved": Explanation("A client fetched a message.", _FINE, "Nothing to do."),
    "MessageUnreadable": Explanation(
        "A message could not be sent to the client, because its file is missing or damaged.",
        _ACT,
        "Run `postroomctl check`, and bring the message back from a backup. A failing disk shows "
        "itself like this.",
    ),
    "StoreFailed": Explanation(
        "A mailbox could not be opened or changed.",
        _ACT,
        "See that the disk is not full and the mail folder is writable, then run "
        "`postroomctl check`. Nothing was removed.",
    ),
    "SessionClosed": Explanation("A connection is over.", _FINE, "Nothing to do."),
    "SessionsProgressed": Explanation("Sessions went on.", _FINE, "Nothing to do."),
    "MessageDelivered": Explanation(
        "New mail is in a mailbox, safely on disk.", _FINE, "Nothing to do."
    ),
    "MessagesRemoved": Explanation(
        "Messages were removed from this window or the console, not by a mail program.",
        _FINE,
        "If that was not you, see who else may run this computer.",
    ),
    "Administered": Explanation(
        "Somebody acted on this server; the line says who, through what, and to whom.",
        _FINE,
        "If that was not you, see who else may run this computer.",
    ),
    "AccountChanged": Explanation(
        "An account was added, changed or removed.",
        _FINE,
        "If that was not you, see who else may run this computer.",
    ),
    "ListenerChanged": Explanation(
        "An address that clients connect to opened, closed or paused.",
        _FINE,
        "Nothing to do, unless you did not expect it.",
    ),
    "ListenerFailed": Explanation(
        "The server cannot listen at an address; nobody can connect there.",
        _ACT,
        "Open Listeners: the line there says what stands in the way and offers a way out.",
    ),
    "HealthChecked": Explanation(
        "The server looked after itself: listeners, certificates, signing in, mail and disk.",
        _FINE,
        "Open Health: it says what was found and how to mend it.",
    ),
    "ServerStateChanged": Explanation(
        "The whole server started, stopped or paused.",
        _FINE,
        "Nothing to do, unless you did not expect it.",
    ),
    "ConfigApplied": Explanation(
        "Changed settings are in use. The line says which, and where they came from.",
        _FINE,
        "If that was not you, see who else may run this computer.",
    ),
    "ConfigChangedOutside": Explanation(
        "The file with the settings was edited by something other than this program.",
        _LOOK,
        "Every settings page offers to compare, to use the file or to keep what runs.",
    ),
    "CertificateChanged": Explanation(
        "A certificate was made, replaced, renewed or removed.", _FINE, "Nothing to do."
    ),
    "CertificateRefused": Explanation(
        "A new certificate could not be used. The one before still protects connections.",
        _ACT,
        "Open Certificates: it says what is wrong with the new one.",
    ),
    "CertificateEnding": Explanation(
        "A certificate in use ends soon or has ended. Mail programs then refuse to connect.",
        _ACT,
        "Open Certificates and renew or replace it.",
    ),
    "ProtocolLine": Explanation(
        "One line of the conversation between a client (<<) and the server (>>). Passwords are "
        "replaced by ***.",
        _FINE,
        "Nothing to do. To write fewer lines, move the level up.",
    ),
    "CapturedLine": Explanation(
        "One line of a conversation that is being recorded because you asked for it.",
        _FINE,
        "Nothing to do. The recording ends by itself.",
    ),
    "Noticed": Explanation(
        "Something inside the server that is worth a note.",
        _LOOK,
        "Read the message. If it comes again and again, export these lines and ask for help.",
    ),
}

LOST = Explanation(
    "So many events came at once that the window skipped some. The server was not slowed down.",
    Grade.FINE,
    "The log files have what their settings ask for: Load earlier reads them.",
)
UNKNOWN = Explanation(
    "A line of a log file that this version does not know, or that another server sent.",
    Grade.FINE,
    "Read the message itself.",
)


def explanation_of(row: LogRow) -> Explanation:
    """What to tell about a line; that of its reason when it has one."""
    if row.lost:
        return LOST
    return REASONS.get((row.event, row.reason)) or EVENTS.get(row.event, UNKNOWN)
