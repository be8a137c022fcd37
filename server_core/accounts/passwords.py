"""Which passwords are taken when one is set, and what to know about them."""

from __future__ import annotations

from server_core.accounts.account import AccountProblem
from server_core.accounts.saslprep import is_prepared, prepared

_SHORTEST = 8
# RFC 4616 section 2: PLAIN has to carry this many octets; no client is sure to send more.
_MOST_OCTETS = 255
# RFC 2831 section 2.1.1: clients without UTF-8 have ISO 8859-1 only.
_BEYOND_LATIN_1 = 0x100


def octets(password: str, *, allow_weak: bool) -> bytes:
    """The password as it is compared, untrimmed UTF-8; AccountProblem says what is wrong."""
    if not password:
        raise AccountProblem("The password is empty.")
    if len(password) < _SHORTEST and not allow_weak:
        raise AccountProblem(f"The password is shorter than {_SHORTEST} characters.")
    if any(character in password for character in "\0\r\n"):
        raise AccountProblem("The password holds a line end or a NUL, which no client can send.")
    try:
        encoded = prepared(password).encode("utf-8")
    except UnicodeEncodeError:
        # Without its cause: that error quotes the password.
        raise AccountProblem("The password holds characters that are not Unicode.") from None
    if not encoded:
        raise AccountProblem("The password holds only characters that nobody can see.")
    if len(encoded) > _MOST_OCTETS:
        raise AccountProblem(f"The password is longer than {_MOST_OCTETS} octets.")
    return encoded


def notes(password: str) -> tuple[str, ...]:
    """What to know about a password before it is set, a sentence each; plain ones have none."""
    if not is_prepared(password):
        return (
            "One of its characters works only with methods that send the password itself: "
            "normal sign-in, PLAIN and LOGIN.",
        )
    if password.isascii():
        return ()
    if all(ord(character) < _BEYOND_LATIN_1 for character in prepared(password)):
        return ("Older mail programs may send its accented letters in a way of their own.",)
    return ("Older mail programs cannot use one of its characters with DIGEST-MD5.",)


def as_sent(octets: bytes) -> bytes:
    """A client's password in the spelling that passwords are kept in (RFC 4616 section 2)."""
    try:
        return prepared(octets.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return octets
