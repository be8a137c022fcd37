"""EXTERNAL, stepped by hand: whose certificate it is, and whom its owner wants to act as."""

from __future__ import annotations

import pytest

from server_core.events.reasons import SignInReason
from server_core.protocol.sasl import external
from server_core.protocol.sasl.mechanism import Identity
from tests.protocol.outside import Outside

FRED, OFFICE = "fred@example.com", "office@example.com"
OK, LOCKED = SignInReason.OK, SignInReason.ACCOUNT_LOCKED


@pytest.mark.parametrize(
    ("names", "wanted", "account"),
    [
        ((FRED,), b"", FRED),
        ((FRED,), FRED.encode(), FRED),
        (("x@example.com", FRED, OFFICE), b"", FRED),
        ((FRED, OFFICE), OFFICE.encode(), OFFICE),
        (("locked@example.com", OFFICE), b"", OFFICE),
    ],
)
def test_an_address_in_the_certificate_opens_its_account(
    names: tuple[str, ...], wanted: bytes, account: str
) -> None:
    around = Outside(names=names, accounts={FRED: OK, OFFICE: OK, "locked@example.com": LOCKED})
    assert around.hold(external.exchange(wanted)) == Identity(account)
    assert around.challenges == []
    assert around.hold(external.exchange(None), wanted) == Identity(account)
    assert around.challenges == [b""]


@pytest.mark.parametrize(
    ("names", "wanted", "reason", "user"),
    [
        ((), b"", SignInReason.CERTIFICATE_UNKNOWN, ""),
        ((), FRED.encode(), SignInReason.CERTIFICATE_UNKNOWN, ""),
        (("x@example.com",), b"", SignInReason.CERTIFICATE_UNKNOWN, "x@example.com"),
        (("x@example.com",), FRED.encode(), SignInReason.CERTIFICATE_UNKNOWN, "x@example.com"),
        (("locked@example.com",), b"", LOCKED, "locked@example.com"),
        ((FRED,), OFFICE.encode(), SignInReason.NOT_AUTHORIZED, FRED),
        ((FRED,), b"x@example.com", SignInReason.NOT_AUTHORIZED, FRED),
        ((FRED,), b"fr\0ed", SignInReason.MALFORMED, ""),
        ((FRED,), b"\xff", SignInReason.MALFORMED, "\ufffd"),
    ],
)
def test_everybody_else_fails_with_a_reason(
    names: tuple[str, ...], wanted: bytes, reason: SignInReason, user: str
) -> None:
    around = Outside(names=names, accounts={FRED: OK, OFFICE: OK, "locked@example.com": LOCKED})
    assert around.refuses(external.exchange(wanted)) == (reason, user)
