"""What each reason means, for people who are no mail experts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from app.dashboard.explained import Explanation, Grade
from server_core.events.reasons import (
    CloseReason,
    ListenerProblem,
    RefusalReason,
    SignInReason,
    UseReason,
)

_FINE, _LOOK, _ACT = Grade.FINE, Grade.LOOK, Grade.ACT
Told = tuple[str, Grade, str]
Reason = TypeVar("Reason", bound=StrEnum)
_NOTHING = "Nothing to do."

_CLOSED: dict[CloseReason, Told] = {
    CloseReason.QUIT: (
        "The client said goodbye. Messages it had marked for deletion are removed.",
        *(_FINE, _NOTHING),
    ),
    CloseReason.CLIENT_CLOSED: (
        "The client hung up without saying goodbye. Messages it had marked for deletion are kept.",
        _FINE,
        "Phones that leave the network do this. If messages come twice, this is why.",
    ),
    CloseReason.IDLE_TIMEOUT: (
        "The client said nothing for longer than it may and was disconnected.",
        _FINE,
        "Nothing to do; slow networks may need a longer idle timeout under Performance.",
    ),
    CloseReason.TOO_MANY_ERRORS: (
        "The client sent too many commands that were wrong.",
        _LOOK,
        "A scanner, most likely. For a program of yours, follow the session and see what it sent.",
    ),
    CloseReason.TOO_MANY_FAILED_LOGINS: (
        "The client tried too many passwords that were wrong.",
        _LOOK,
        "Correct the password in the mail program, or ban the address if nobody knows it.",
    ),
    CloseReason.LINE_TOO_LONG: (
        "The client sent a line without an end, which no mail program does.",
        _LOOK,
        "Nothing is harmed. Ban the address if it comes again.",
    ),
    CloseReason.DISCONNECTED_BY_ADMIN: (
        "Somebody ended this session from the window or the console.",
        *(_FINE, _NOTHING),
    ),
    CloseReason.ACCOUNT_DISABLED: (
        "The account was suspended while it was signed in.",
        _FINE,
        "To let it in again, enable it under Accounts.",
    ),
    CloseReason.BANNED: (
        "The address was banned while it was connected.",
        _LOOK,
        "If it is one of your own people, lift the ban under Errors and bans.",
    ),
    CloseReason.TAKEN_OVER: (
        "The session was silent while another one wanted the same mailbox, and gave way.",
        _FINE,
        "Nothing to do. Two programs that fetch the same mailbox do this.",
    ),
    CloseReason.TLS_FAILED: (
        "Client and server could not agree on encryption.",
        _LOOK,
        "Look at the certificate of the listener, and at the encryption settings of the program.",
    ),
    CloseReason.SHUTDOWN: ("The server stopped or the listener was closed.", _FINE, _NOTHING),
    CloseReason.INTERNAL_ERROR: (
        "Something in the server went wrong and ended this one session. Others went on.",
        _ACT,
        "Export this session's lines and report them; the line names the problem.",
    ),
}

_REFUSED: dict[RefusalReason, Told] = {
    RefusalReason.RULE_DENIED: (
        "A rule of the access lists keeps this address out.",
        _LOOK,
        "If it should come in, open Access lists: Allow address puts it before the others.",
    ),
    RefusalReason.BANNED: (
        "The address is banned and tried again.",
        _LOOK,
        "If it is one of your own people, lift the ban under Errors and bans.",
    ),
    RefusalReason.MAX_CONNECTIONS: (
        "All connections that are allowed at the same time were taken.",
        _ACT,
        "See under Sessions who holds them, and raise the limit under Flow control if they are "
        "your own people.",
    ),
    RefusalReason.MAX_PER_ADDRESS: (
        "This address had as many connections open as one address may have.",
        _LOOK,
        "Offices behind one router share an address: raise the limit for it under Flow control.",
    ),
    RefusalReason.RATE_LISTENER: (
        "More connections came in a short time than are allowed.",
        _LOOK,
        "If they were your own people, raise the limit under Flow control.",
    ),
    RefusalReason.RATE_ADDRESS: (
        "This address connected more often in a short time than it may.",
        _LOOK,
        "Set its mail program to look less often, or raise the limit under Flow control.",
    ),
    RefusalReason.PROXY_HEADER: (
        "A proxy should have said for whom it connects, and did not, or not rightly.",
        _ACT,
        "Check the proxy's settings, and the trusted proxies of the listener.",
    ),
}

_TELL = "If it is one of your own people, tell them"
_SIGN_INS: dict[SignInReason, Told] = {
    SignInReason.OK: ("Signed in.", _FINE, _NOTHING),
    SignInReason.UNKNOWN_USER: (
        "There is no account of that name here.",
        _LOOK,
        f"{_TELL} how their name is spelt, with the part behind the @. Strangers guess names.",
    ),
    SignInReason.WRONG_PASSWORD: (
        "The name is right and the password is not.",
        _LOOK,
        f"{_TELL} to type it again in their mail program, or set a new one under Accounts.",
    ),
    SignInReason.NO_PASSWORD: (
        "The account has no password yet, so nobody can sign in to it.",
        *(_ACT, "Set one under Accounts."),
    ),
    SignInReason.ACCOUNT_DISABLED: (
        "The account is suspended.",
        _LOOK,
        "Enable it under Accounts if it should be used again.",
    ),
    SignInReason.ACCOUNT_EXPIRED: (
        "The account was to be used until a day that is over.",
        _LOOK,
        "Give it a later day under Accounts if it should be used again.",
    ),
    SignInReason.ACCOUNT_LOCKED: (
        "After many wrong passwords the account is locked for networks that are not trusted.",
        _LOOK,
        "The lock ends by itself; it can be lifted under Errors and bans.",
    ),
    SignInReason.METHOD_BARRED: (
        "The account may not sign in with this method.",
        _LOOK,
        "Choose another method in the mail program, or allow this one for the account.",
    ),
    SignInReason.NETWORK_BARRED: (
        "The account may not sign in from where the client is.",
        _LOOK,
        "If it should, add the network to the account under Accounts.",
    ),
    SignInReason.LISTENER_BARRED: (
        "The account may not sign in at this listener.",
        _LOOK,
        "Use another port in the mail program, or allow this listener for the account.",
    ),
    SignInReason.NO_SECRET: (
        "This method needs more than the server keeps for this account.",
        _ACT,
        "Set the account's password again: then what the method needs is kept.",
    ),
    SignInReason.SECRET_UNREADABLE: (
        "The kept password cannot be opened, because its key is missing.",
        _ACT,
        "Open Authentication, where the server says what became of the key.",
    ),
    SignInReason.NOT_AUTHORIZED: (
        "A client wanted to act for another account than the one it proved to be.",
        _LOOK,
        "Leave the field for another identity empty in the mail program.",
    ),
    SignInReason.CHANNEL_MISMATCH: (
        "The encrypted connection the client sees is not the one the server sees: something stands "
        "between them.",
        _ACT,
        "Antivirus programs and proxies do this. If none is known, somebody may be listening.",
    ),
    SignInReason.TICKET_REFUSED: (
        "The Kerberos ticket does not count here.",
        _LOOK,
        "Check the clocks of both computers and the key file under Authentication.",
    ),
    SignInReason.CERTIFICATE_UNKNOWN: (
        "The client showed a certificate that belongs to no account.",
        _LOOK,
        "Its name has to be that of an account, or be listed with one.",
    ),
    SignInReason.MALFORMED: (
        "What the client sent is not what the method asks for.",
        _LOOK,
        "A scanner, or a faulty program. Another method may work with it.",
    ),
    SignInReason.NOT_ALLOWED: (
        "This method is not allowed on this connection, often because it is not encrypted.",
        _LOOK,
        "Switch encryption on in the mail program, or see Authentication for what is allowed.",
    ),
}

_USES: dict[UseReason, Told] = {
    UseReason.TOO_MANY: (
        "The account has as many sessions open as it may.",
        _LOOK,
        "Have fewer programs fetch the mailbox, or let the account have more sessions.",
    ),
    UseReason.EXCLUSIVE: (
        "Another session has the mailbox open, and only one may at a time.",
        _LOOK,
        "It is free when the other one ends; Sessions shows which that is.",
    ),
    UseReason.TOO_SOON: (
        "The account signed in again sooner than it may.",
        _LOOK,
        "Set the mail program to look less often.",
    ),
}

_LISTENERS: dict[ListenerProblem, Told] = {
    ListenerProblem.ADDRESS_IN_USE: (
        "Another program uses this port already.",
        _ACT,
        "Stop that program, or choose another port under Listeners.",
    ),
    ListenerProblem.NO_PERMISSION: (
        "This system lets only services use that port.",
        _ACT,
        "Choose a port above 1023 under Listeners, or run Postroom as a service.",
    ),
    ListenerProblem.ADDRESS_MISSING: (
        "This computer does not have that address, or not yet.",
        _ACT,
        "Check the network, or choose another address under Listeners.",
    ),
    ListenerProblem.CERTIFICATE_UNUSABLE: (
        "The certificate of the listener cannot be used.",
        _ACT,
        "Open Certificates and replace it, or choose another one for the listener.",
    ),
    ListenerProblem.OTHER: (
        "The listener could not start.",
        _ACT,
        "The line says why. Try again under Listeners when it is mended.",
    ),
}


def _of(event: str, table: Mapping[Reason, Told]) -> dict[tuple[str, str], Explanation]:
    return {(event, reason.value): Explanation(*told) for reason, told in table.items()}


REASONS: dict[tuple[str, str], Explanation] = {
    **_of("SessionClosed", _CLOSED),
    **_of("ConnectionRefused", _REFUSED),
    **_of("SignInFailed", _SIGN_INS),
    **_of("MaildropRefused", _USES),
    **_of("ListenerFailed", _LISTENERS),
}
"""By event and reason."""
