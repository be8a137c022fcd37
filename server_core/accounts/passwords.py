"""Which passwords are taken when one is set."""

from __future__ import annotations

from server_core.accounts.account import AccountProblem

_SHORTEST = 8
# RFC 4616 section 2: PLAIN has to carry this many octets; no client is sure to send more.
_MOST_OCTETS = 255


def octets(password: str, *, allow_weak: bool) -> bytes:
    """The password as clients send it, UTF-8 and untrimmed; AccountProblem says what is wrong."""
    if not password:
        raise AccountProblem("The password is empty.")
    if len(password) < _SHORTEST and not allow_weak:
        raise AccountProblem(f"The password is shorter than {_SHORTEST} characters.")
    if any(character in password for character in "\0\r\n"):
        raise AccountProblem("The password holds a line end or a NUL, which no client can send.")
    try:
        encoded = password.encode("utf-8")
    except UnicodeEncodeError:
        # Without its cause: that error quotes the password.
        raise AccountProblem("The password holds characters that are not Unicode.") from None
    if len(encoded) > _MOST_OCTETS:
        raise AccountProblem(f"The password is longer than {_MOST_OCTETS} octets.")
    return encoded
