"""CRAM-MD5, stepped by hand."""

from __future__ import annotations

import hmac

import pytest

from server_core.events.reasons import SignInReason
from server_core.protocol.claims import LookUpSecret
from server_core.protocol.sasl import cram_md5
from server_core.protocol.sasl.mechanism import Identity
from tests.protocol.outside import TIM, Outside

RIGHT = "b913a602c7eda7a495b4e6e7334d3890"


def outside(refusal: SignInReason | None = None) -> Outside:
    """The example of RFC 2195 section 2."""
    domain = "postoffice.reston.mci.net"
    return Outside(refusal=refusal, nonce="1896.697170952", domain=domain)


def test_the_digest_of_the_challenge_proves_the_password() -> None:
    around = outside()
    assert around.hold(cram_md5.exchange(None), f"tim {RIGHT}".encode()) == Identity(TIM)
    assert around.challenges == [b"<1896.697170952@postoffice.reston.mci.net>"]
    assert around.asked[-1] == LookUpSecret("tim")


def test_a_name_may_hold_spaces_and_the_digest_capitals() -> None:
    around = outside()
    around.hold(cram_md5.exchange(None), f"tim the enchanter {RIGHT.upper()}".encode())
    assert around.asked[-1] == LookUpSecret("tim the enchanter")


@pytest.mark.parametrize(
    ("response", "reason", "user"),
    [
        (b"", SignInReason.MALFORMED, ""),
        (RIGHT.encode(), SignInReason.MALFORMED, ""),
        (b" " + RIGHT.encode(), SignInReason.MALFORMED, ""),
        (b"\xff " + RIGHT.encode(), SignInReason.MALFORMED, "\ufffd"),
        (b"tim ", SignInReason.WRONG_PASSWORD, "tim"),
        (b"tim \xff", SignInReason.WRONG_PASSWORD, "tim"),
        (b"tim " + RIGHT[:-1].encode(), SignInReason.WRONG_PASSWORD, "tim"),
        (b"tim " + b"0" * 32, SignInReason.WRONG_PASSWORD, "tim"),
    ],
)
def test_every_other_response_fails_with_its_reason(
    response: bytes, reason: SignInReason, user: str
) -> None:
    assert outside().refuses(cram_md5.exchange(None), response) == (reason, user)


@pytest.mark.parametrize("digest", [RIGHT, "0" * 32])
@pytest.mark.parametrize("refusal", [SignInReason.UNKNOWN_USER, SignInReason.NO_SECRET])
def test_a_refused_account_is_refused_whatever_the_digest(
    digest: str, refusal: SignInReason
) -> None:
    around = outside(refusal)
    assert around.refuses(cram_md5.exchange(None), f"tim {digest}".encode()) == (refusal, "tim")


def test_every_exchange_has_a_challenge_of_its_own() -> None:
    around = Outside()
    for around.nonce in ("one", "two"):
        around.hold(
            cram_md5.exchange(None),
            lambda said: b"tim " + hmac.digest(b"tanstaaftanstaaf", said, "md5").hex().encode(),
        )
    assert around.challenges == [b"<one@example.com>", b"<two@example.com>"]
