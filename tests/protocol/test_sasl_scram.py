"""SCRAM, stepped by hand: another implementation's client proves it, a free one tries tricks."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass

import pytest
import scramp

from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Steps
from server_core.protocol.claims import BindChannel, LookUpScram
from server_core.protocol.sasl import MECHANISMS
from server_core.protocol.sasl.mechanism import Identity
from tests.protocol.outside import TIM, Outside

PASSWORD = "tanstaaftanstaaf"
CHANNEL = b"what both ends know"
PLAIN_FORMS = ("SCRAM-SHA-1", "SCRAM-SHA-256")
PLUS_FORMS = ("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS")
MALFORMED, MISMATCH = SignInReason.MALFORMED, SignInReason.CHANNEL_MISMATCH


def around(name: str = "", refusal: SignInReason | None = None) -> Outside:
    """A connection with a channel binding, where -PLUS is offered if such a form is tried."""
    offered = PLAIN_FORMS + (PLUS_FORMS if name in PLUS_FORMS else ())
    bindings = {"tls-unique": CHANNEL}
    return Outside(refusal=refusal, offered=frozenset(offered), bindings=bindings)


def exchange(name: str, first: bytes | None) -> Steps[Identity]:
    return MECHANISMS[name].exchange(first)


# --- another implementation's client --------------------------------------------------------------


@pytest.mark.parametrize("name", [*PLAIN_FORMS, *PLUS_FORMS])
@pytest.mark.parametrize("early", [True, False])
def test_both_sides_prove_themselves(name: str, early: bool) -> None:
    plus = name in PLUS_FORMS
    binding = ("tls-unique", CHANNEL) if plus else None
    client = scramp.ScramClient([name], "tim", PASSWORD, channel_binding=binding)
    first = client.get_client_first().encode()

    def final(challenge: bytes) -> bytes:
        client.set_server_first(challenge.decode())
        return str(client.get_client_final()).encode()

    def believe(challenge: bytes) -> bytes:
        client.set_server_final(challenge.decode())
        return b""

    outside = around(name)
    responses = (final, believe) if early else (first, final, believe)
    identity = outside.hold(exchange(name, first if early else None), *responses)
    assert identity == Identity(TIM)
    assert outside.challenges[:-2] == ([] if early else [b""])
    hash_name = name.removeprefix("SCRAM-").removesuffix("-PLUS")
    assert LookUpScram("tim", hash_name) in outside.asked
    assert (BindChannel("tls-unique") in outside.asked) == plus


# --- a client that may say anything ---------------------------------------------------------------


@dataclass
class Free:
    """A client of SCRAM-SHA-256 that is right but for what is set."""

    header: str = "n,,"
    bare: str = "n=tim,r=abc"
    password: str = PASSWORD
    channel: bytes = b""
    channel_header: str = ""
    nonce: str = ""
    extension: str = ""
    proof: str = ""
    last: bytes = b""

    @property
    def first(self) -> bytes:
        return (self.header + self.bare).encode("utf-8", "surrogateescape")

    def final(self, challenge: bytes) -> bytes:
        server_first = challenge.decode()
        nonce, salt, iterations = (part[2:] for part in server_first.split(","))
        salted = hashlib.pbkdf2_hmac(
            "sha256", self.password.encode(), b64decode(salt), int(iterations)
        )
        key = hmac.digest(salted, b"Client Key", "sha256")
        bound = b64encode((self.channel_header or self.header).encode() + self.channel).decode()
        unproven = f"c={bound},r={self.nonce or nonce}{self.extension}"
        said = f"{self.bare},{server_first},{unproven}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), said, "sha256")
        proof = b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
        return f"{unproven},p={self.proof or proof}".encode()

    def hold(self, name: str = "SCRAM-SHA-256") -> Identity:
        """Whom a connection takes it for."""
        return around(name).hold(
            exchange(name, self.first), self.final, lambda signature: self.last
        )

    def refused(
        self, name: str = "SCRAM-SHA-256", refusal: SignInReason | None = None
    ) -> tuple[SignInReason, str]:
        """Why it is not believed, and whom the log names."""
        return around(name, refusal).refuses(
            exchange(name, self.first), self.final, lambda signature: self.last
        )


@pytest.mark.parametrize(
    ("client", "identity"),
    [
        (Free(), Identity(TIM)),
        (Free("y,,"), Identity(TIM)),
        (Free("n,a=tim,"), Identity(TIM, "tim")),
        (Free("n,a=a=2Cb=3D2C,"), Identity(TIM, "a,b=2C")),
        (Free(bare="n=tim,r=abc,x=more,y=z"), Identity(TIM)),
        (Free(extension=",x=more"), Identity(TIM)),
        (Free(bare="n=tim,r=!+-~"), Identity(TIM)),
    ],
)
def test_what_the_grammar_allows_is_taken(client: Free, identity: Identity) -> None:
    assert client.hold() == identity


def test_commas_and_equals_signs_in_names_come_out_again() -> None:
    outside = around()
    client = Free(bare="n=tim=2Cjr=3D,r=abc")
    outside.hold(exchange("SCRAM-SHA-256", client.first), client.final, b"")
    assert LookUpScram("tim,jr=", "SHA-256") in outside.asked


@pytest.mark.parametrize(
    "first",
    [
        Free(header="").first,
        Free(header="n,").first,
        Free(header="x,,").first,
        Free(header="p=,,").first,
        Free(header="p=tls_unique,,").first,
        Free(header="n,tim,").first,
        Free(header="n,a=,").first,
        Free(header="n,a=t=im,").first,
        Free(bare="").first,
        Free(bare="n=,r=abc").first,
        Free(bare="n=tim").first,
        Free(bare="n=tim,r=").first,
        Free(bare="n=tim,r=a c").first,
        Free(bare="r=abc,n=tim").first,
        Free(bare="m=x,n=tim,r=abc").first,
        Free(bare="n=tim,r=abc,").first,
        Free(bare="n=tim,r=abc,xx").first,
        Free(bare="n=t=2c,r=abc").first,
        Free(bare="n=t\0m,r=abc").first,
        Free(bare="n=t\udcffm,r=abc").first,
        b"",
    ],
)
def test_a_malformed_first_message_fails(first: bytes) -> None:
    outside = around()
    assert outside.refuses(exchange("SCRAM-SHA-256", first))[0] is MALFORMED
    assert outside.asked == []


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (Free(password="wrong"), SignInReason.WRONG_PASSWORD),
        (Free(proof=b64encode(b"\0" * 32).decode()), SignInReason.WRONG_PASSWORD),
        (Free(proof=b64encode(b"\0" * 31).decode()), SignInReason.WRONG_PASSWORD),
        (Free(proof="AAA"), MALFORMED),
        (Free(proof="=AAA"), MALFORMED),
        (Free(nonce="abc"), MALFORMED),
        (Free(nonce="abcan-unguessable-noncE"), MALFORMED),
        (Free(extension=",x="), MALFORMED),
        (Free(channel_header="y,,"), MISMATCH),
        (Free(channel=b"surplus"), MISMATCH),
        (Free(last=b"thanks"), MALFORMED),
    ],
)
def test_every_other_final_message_fails_with_its_reason(
    client: Free, reason: SignInReason
) -> None:
    assert client.refused() == (reason, "tim")


def test_a_right_proof_with_octets_behind_it_is_a_wrong_one() -> None:
    client = Free()

    def longer(challenge: bytes) -> bytes:
        unproven, _, proof = client.final(challenge).rpartition(b",p=")
        return unproven + b",p=" + b64encode(b64decode(proof) + b"!")

    first = exchange("SCRAM-SHA-256", client.first)
    assert around().refuses(first, longer) == (SignInReason.WRONG_PASSWORD, "tim")


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
@pytest.mark.parametrize("refusal", [SignInReason.UNKNOWN_USER, SignInReason.ACCOUNT_DISABLED])
def test_a_refused_account_gets_a_challenge_and_fails_at_the_end(
    password: str, refusal: SignInReason
) -> None:
    outside, client = around(refusal=refusal), Free(password=password)
    first = exchange("SCRAM-SHA-256", client.first)
    assert outside.refuses(first, client.final) == (refusal, "tim")
    assert outside.challenges[0].startswith(b"r=abcan-unguessable-nonce,s=")


# --- channels -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("SCRAM-SHA-256-PLUS", Free("n,,")),
        ("SCRAM-SHA-256-PLUS", Free("y,,")),
        ("SCRAM-SHA-256-PLUS", Free("p=tls-exporter,,")),
        ("SCRAM-SHA-256-PLUS", Free("p=tls-unique,,", channel=b"another channel")),
        ("SCRAM-SHA-256-PLUS", Free("p=tls-unique,,")),
        ("SCRAM-SHA-256", Free("p=tls-unique,,", channel=CHANNEL)),
    ],
)
def test_another_channel_than_this_one_fails(name: str, client: Free) -> None:
    assert client.refused(name) == (MISMATCH, "tim")


def test_the_right_channel_is_believed() -> None:
    assert Free("p=tls-unique,,", channel=CHANNEL).hold("SCRAM-SHA-256-PLUS") == Identity(TIM)


def test_a_client_that_was_not_shown_the_plus_forms_is_told_on() -> None:
    outside = Outside(offered=frozenset({"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}))
    first = exchange("SCRAM-SHA-256", Free("y,,").first)
    assert outside.refuses(first) == (MISMATCH, "tim")
    # One that cannot bind is as welcome as ever.
    client = Free("n,,")
    outside.hold(exchange("SCRAM-SHA-256", client.first), client.final, b"")
