"""Signing in and STLS (RFC 1939 section 7, RFC 2595 section 4, RFC 5034)."""

from __future__ import annotations

import binascii
import hashlib

from server_core.events.reasons import CloseReason, SignInReason
from server_core.protocol.actions import (
    OpenMaildrop,
    Protection,
    ReadLine,
    ReportSignIn,
    Send,
    StartTls,
    Steps,
    Wait,
)
from server_core.protocol.claims import (
    Claim,
    FindAccount,
    LookAround,
    LookUpSecret,
    Surroundings,
)
from server_core.protocol.commands.command import Outcome
from server_core.protocol.replies import Code, CommandError, ExchangeFailed, Reply
from server_core.protocol.sasl.mechanism import (
    Challenge,
    Identity,
    Mechanism,
    check_password,
    digest_fits,
    proven,
    text_of,
)
from server_core.protocol.session_policy import Terms
from server_core.protocol.session_state import Pop3Session

TOO_MANY_ERRORS = "Too many errors, closing connection"
_TLS_FIRST = "Plaintext login is not allowed without TLS"
_USER_METHOD = "USER"
_APOP_METHOD = "APOP"
_SEND_PASS = Reply("Send PASS")


def user_pass_allowed(session: Pop3Session) -> None:
    """Refuses USER and PASS where the connection's terms do, whatever they say."""
    if not session.terms.user_pass:
        after_tls = _after_tls(session).user_pass
        raise CommandError(
            _TLS_FIRST if after_tls else "Login with USER and PASS is not available", counts=True
        )


def user(session: Pop3Session, name: bytes) -> Reply:
    """The name is taken as it is: whether it exists is nobody's business yet."""
    session.user = name
    return _SEND_PASS


def pass_(session: Pop3Session, password: bytes) -> Outcome:
    """The maildrop, if the password fits the name that USER gave just before."""
    name, session.user = session.user, None
    if name is None:
        raise CommandError("Send USER first", counts=True)
    return _sign_in(session, _USER_METHOD, check_password(name, password))


def apop_allowed(session: Pop3Session) -> None:
    """Refuses APOP where the greeting did not offer it, or TLS has ended the offer."""
    if not session.terms.apop or not session.timestamp:
        raise CommandError("APOP is not available", counts=True)


def apop(session: Pop3Session, argument: bytes) -> Outcome:
    """The maildrop, if the digest of greeting and password fits the name."""
    name, _, digest = argument.partition(b" ")
    return _sign_in(session, _APOP_METHOD, _check_digest(session.timestamp, name, digest))


def stls(session: Pop3Session, argument: bytes) -> Steps[None]:
    """TLS from the next octet on; what was said in clear is forgotten."""
    if not session.terms.stls:
        raise CommandError(
            "TLS is already active" if session.tls_active else "TLS is not available", counts=True
        )
    try:
        go_ahead = f"+OK {session.words('Begin TLS negotiation')}\r\n"
        protection = yield from StartTls(go_ahead.encode())
    except CommandError:
        # Nothing may be said in clear any more.
        session.closing = CloseReason.TLS_FAILED
        return
    session.secure(protection)


def auth(session: Pop3Session, argument: bytes) -> Outcome:
    """The maildrop, if a mechanism's exchange proves who is there; bare AUTH lists mechanisms."""
    if not argument:
        names = "".join(f"{name}\r\n" for name in session.terms.mechanisms)
        return Reply("Mechanisms follow", names.encode())
    name, _, initial = argument.partition(b" ")
    mechanism = _mechanism(session, name.decode("ascii", "replace").upper())
    if initial and not mechanism.takes_initial:
        raise CommandError("%s takes no initial response", counts=True, values=(mechanism.name,))
    return _sign_in(session, mechanism.name, _exchange(mechanism, initial), mechanism.longest)


def announce_user(session: Pop3Session) -> str:
    """USER's capability line."""
    return "USER" if session.terms.user_pass else ""


def announce_sasl(session: Pop3Session) -> str:
    """AUTH's capability line."""
    return " ".join(("SASL", *session.terms.mechanisms)) if session.terms.mechanisms else ""


def announce_stls(session: Pop3Session) -> str:
    """STLS's capability line: only where the command would work now."""
    return "STLS" if session.terms.stls and session.account is None else ""


def _after_tls(session: Pop3Session) -> Terms:
    """What STLS would bring to everybody; under TLS that is nothing new."""
    return session.terms if session.tls_active else session.policy.under_tls[Protection()]


def _mechanism(session: Pop3Session, name: str) -> Mechanism:
    mechanism = session.terms.mechanisms.get(name)
    if mechanism is None:
        text = _TLS_FIRST if name in _after_tls(session).mechanisms else "Mechanism not available"
        raise CommandError(text, counts=True)
    return mechanism


def _check_digest(timestamp: str, name: bytes, digest: bytes) -> Steps[Identity]:
    """Whom this digest proves the client to be (RFC 1939 section 7)."""
    user = text_of(name)
    held = yield from LookUpSecret(user)
    wanted = hashlib.md5(timestamp.encode("ascii") + held.secret.reveal(), usedforsecurity=False)
    return Identity(proven(held.verdict, user, fits=digest_fits(digest, wanted.hexdigest())))


def _sign_in(
    session: Pop3Session, method: str, exchange: Steps[Identity], longest: int = 0
) -> Steps[Reply]:
    """Open the maildrop of the account that the exchange proves, or refuse as always."""
    try:
        identity = yield from _carry(session, method, exchange, longest)
        yield from _authorize(session, method, identity)
    except ExchangeFailed as failure:
        user = session.policy.full_name(failure.user) if failure.user else ""
        return (yield from _refuse(session, user, method, failure.reason))
    maildrop = yield from OpenMaildrop(identity.account)
    session.enter_transaction(identity.account, method, maildrop)
    yield from ReportSignIn(identity.account, method, SignInReason.OK, identity.account)
    return Reply("Mailbox has %d messages (%d octets)", values=session.snapshot.stat())


def _authorize(session: Pop3Session, method: str, identity: Identity) -> Steps[None]:
    """Acting for somebody else is a right that nobody has here (RFC 4422 section 3.4.1)."""
    if not identity.authorize_as:
        return
    wanted = session.policy.full_name(identity.authorize_as)
    verdict = yield from FindAccount(wanted, method=method)
    if verdict.account != identity.account:
        raise ExchangeFailed(SignInReason.NOT_AUTHORIZED, identity.account)


def _refuse(session: Pop3Session, user: str, method: str, reason: SignInReason) -> Steps[Reply]:
    """The same words after the same delay, whatever was wrong (RFC 3206 section 4)."""
    session.auth_errors += 1
    yield from ReportSignIn(user, method, reason)
    yield from Wait(session.policy.auth_failure_delay)
    if 0 < session.policy.max_auth_errors < session.auth_errors:
        session.closing = CloseReason.TOO_MANY_FAILED_LOGINS
        raise CommandError(TOO_MANY_ERRORS)
    raise CommandError("Invalid user name or password", Code.AUTH)


def _carry(
    session: Pop3Session, method: str, exchange: Steps[Identity], longest: int
) -> Steps[Identity]:
    """An exchange with its names completed and its challenges carried over the line."""
    answer: object = None
    while True:
        try:
            action = exchange.send(answer)
        except StopIteration as done:
            identity: Identity = done.value
            return identity
        if isinstance(action, Challenge):
            answer = yield from _respond(action.octets, longest)
        elif isinstance(action, LookAround):
            answer = _surroundings(session)
        else:
            if isinstance(action, Claim):
                action.user = session.policy.full_name(action.user)
                action.method = method
            answer = yield action


def _surroundings(session: Pop3Session) -> Surroundings:
    policy = session.policy
    offered = frozenset(session.terms.mechanisms)
    return Surroundings(policy.domain, policy.realms, offered, session.timestamp)


def _respond(challenge: bytes, longest: int) -> Steps[bytes]:
    """The client's response to a challenge (RFC 5034 section 4)."""
    yield from Send(b"+ " + binascii.b2a_base64(challenge, newline=False) + b"\r\n")
    line = yield from ReadLine(longest)
    if line == b"*":
        raise CommandError("Authentication cancelled")
    return _decoded(line)


def _exchange(mechanism: Mechanism, initial: bytes) -> Steps[Identity]:
    """A mechanism's exchange from an initial response as it stood in the AUTH line."""
    if not initial:
        return (yield from mechanism.exchange(None))
    return (yield from mechanism.exchange(b"" if initial == b"=" else _decoded(initial)))


def _decoded(response: bytes) -> bytes:
    try:
        if len(response) % 4:  # strict_mode lets surplus padding behind a whole group pass
            raise binascii.Error
        return binascii.a2b_base64(response, strict_mode=True)
    except binascii.Error:
        raise ExchangeFailed(SignInReason.MALFORMED) from None
