"""Tickets of a real KDC sign their holders in, and nobody else; every wire, every way to fail."""

from __future__ import annotations

from base64 import b64encode

import pytest

from server_core.events.reasons import SignInReason
from server_core.events.types import Noticed, SignInFailed
from tests.clients.conftest import Wire
from tests.kerberos.client import NO_LAYER, Talk, begin, challenge, holder, sign_in
from tests.kerberos.conftest import ANN, BEN, DAN, EVE, MIA, Office
from tests.kerberos.realm import OTHER, OURS, Realm

WELCOME = b"+OK Mailbox has 0 messages (0 octets)\r\n"
REFUSED = b"-ERR [AUTH] Invalid user name or password\r\n"

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("wire", Wire)
def test_a_ticket_opens_the_mailbox_of_its_holder(realm: Realm, office: Office, wire: Wire) -> None:
    with Talk(office, wire) as talk:
        assert any(line.startswith(b"SASL GSSAPI ") for line in talk.capabilities())
        assert sign_in(talk, realm.sign_on("ann")) == WELCOME
    assert office.sign_ins()[-1] == (ANN, "GSSAPI")


@pytest.mark.parametrize("under_tls", [True, False])
@pytest.mark.parametrize("in_clear", [True, False])
@pytest.mark.parametrize("wire", Wire)
def test_the_method_works_where_it_is_allowed_and_nowhere_else(
    realm: Realm, office: Office, wire: Wire, in_clear: bool, under_tls: bool
) -> None:
    office.allow(in_clear=in_clear, under_tls=under_tls)
    try:
        with Talk(office, wire) as talk:
            allowed = in_clear if wire is Wire.PLAIN else under_tls
            assert any(b" GSSAPI " in line for line in talk.capabilities()) is allowed
            if allowed:
                assert sign_in(talk, realm.sign_on("ann")) == WELCOME
            else:
                assert talk.say(b"AUTH GSSAPI").startswith(b"-ERR ")
    finally:
        office.allow(in_clear=True, under_tls=True)


def test_the_first_token_may_come_after_the_command(realm: Realm, office: Office) -> None:
    client = holder(realm.sign_on("ann"))
    with Talk(office) as talk:
        assert talk.say(b"AUTH GSSAPI") == b"+ \r\n"
        client.step(challenge(talk.respond(client.step() or b"")))
        assert client.unwrap(challenge(talk.respond(b""))).data == NO_LAYER
        assert talk.respond(client.wrap(NO_LAYER, encrypt=False).data) == WELCOME


@pytest.mark.parametrize(
    ("principal", "account"),
    [("ann", ANN), ("ben", BEN), (f"mia@{OTHER}", MIA)],
    ids=["the account called like the principal", "our realm's name", "another realm's whole name"],
)
def test_a_principal_is_an_account(
    realm: Realm, office: Office, principal: str, account: str
) -> None:
    with Talk(office) as talk:
        assert sign_in(talk, realm.sign_on(principal)) == WELCOME
    assert office.sign_ins()[-1] == (account, "GSSAPI")


@pytest.mark.parametrize(
    ("principal", "reason"),
    [
        ("zoe", SignInReason.UNKNOWN_USER),
        ("ann/admin", SignInReason.UNKNOWN_USER),
        (f"eve@{OTHER}", SignInReason.UNKNOWN_USER),
        ("dan", SignInReason.ACCOUNT_DISABLED),
    ],
    ids=["no account", "an instance", f"another realm's name, though {EVE} is here", DAN],
)
def test_a_principal_without_a_usable_account_is_refused(
    realm: Realm, office: Office, principal: str, reason: SignInReason
) -> None:
    office.refusals()
    with Talk(office) as talk:
        assert sign_in(talk, realm.sign_on(principal)) == REFUSED
    whole = principal if "@" in principal else f"{principal}@{OURS}"
    assert office.refusals() == [(whole.lower(), reason)]


@pytest.mark.parametrize("name", ["ben", BEN, BEN.upper(), f"ben@{OURS}"])
def test_who_asks_for_his_own_mailbox_gets_it(realm: Realm, office: Office, name: str) -> None:
    with Talk(office) as talk:
        assert sign_in(talk, realm.sign_on("ben"), name.encode()) == WELCOME


@pytest.mark.parametrize("name", [ANN, f"ann@{OURS}", "nobody"])
def test_somebody_elses_mailbox_stays_shut(realm: Realm, office: Office, name: str) -> None:
    office.refusals()
    with Talk(office) as talk:
        assert sign_in(talk, realm.sign_on("ben"), name.encode()) == REFUSED
    assert office.refusals() == [(BEN, SignInReason.NOT_AUTHORIZED)]


@pytest.mark.parametrize(
    "choice",
    [b"\2\0\0\0", b"\4\0\1\0", b"\0\0\0\0", b"\3\0\0\0", b"\1\0\1\0", b"\1", b"\1\0\0\0ben\0", b""],
    ids=["integrity", "secrecy", "nothing", "two", "a size", "cut off", "a NUL", "empty"],
)
def test_only_no_security_layer_can_be_chosen(realm: Realm, office: Office, choice: bytes) -> None:
    office.refusals()
    with Talk(office) as talk:
        assert sign_in(talk, realm.sign_on("ben"), choice=choice) == REFUSED
    assert office.refusals() == [(f"ben@{OURS}".lower(), SignInReason.MALFORMED)]


def test_a_choice_that_was_changed_on_the_way_is_refused(realm: Realm, office: Office) -> None:
    client = holder(realm.sign_on("ben"))
    office.refusals()
    with Talk(office) as talk:
        begin(talk, client)
        changed = bytearray(client.wrap(NO_LAYER, encrypt=False).data)
        changed[-1] ^= 1
        assert talk.respond(bytes(changed)) == REFUSED
    assert office.refusals() == [(f"ben@{OURS}".lower(), SignInReason.TICKET_REFUSED)]


def _tokens(realm: Realm) -> dict[str, bytes]:
    cache = realm.sign_on("ben")
    whole = holder(cache).step() or b""
    return {
        "garbage": b"garbage",
        "empty": b"",
        "cut off": whole[:-20],
        "for another service": holder(cache, "host").step() or b"",
        "in a wrapping of SPNEGO": holder(cache, protocol="negotiate").step() or b"",
    }


def test_what_is_no_ticket_for_this_service_is_refused_and_logged(
    realm: Realm, office: Office
) -> None:
    realm.add_services(f"host/localhost@{OURS}")
    for what, token in _tokens(realm).items():
        office.events()
        with Talk(office) as talk:
            assert talk.say(b"AUTH GSSAPI " + (b64encode(token) or b"=")) == REFUSED, what
            assert sign_in(talk, realm.sign_on("ben")) == WELCOME, what
        events = office.events()
        failed = [event.reason for event in events if isinstance(event, SignInFailed)]
        noticed = [event.text for event in events if isinstance(event, Noticed)]
        assert failed == [SignInReason.TICKET_REFUSED], what
        assert len(noticed) == 1 and noticed[0].startswith("session "), what


def test_a_token_is_good_for_one_exchange(realm: Realm, office: Office) -> None:
    token = b64encode(holder(realm.sign_on("ben")).step() or b"")
    with Talk(office) as talk:
        assert talk.say(b"AUTH GSSAPI " + token).startswith(b"+ ")
        assert talk.say(b"*") == b"-ERR Authentication cancelled\r\n"
        assert talk.say(b"AUTH GSSAPI " + token) == REFUSED


def test_a_cancelled_exchange_leaves_nothing_behind(realm: Realm, office: Office) -> None:
    office.refusals()
    with Talk(office) as talk:
        begin(talk, holder(realm.sign_on("ann")))
        assert talk.say(b"*") == b"-ERR Authentication cancelled\r\n"
        assert sign_in(talk, realm.sign_on("ben")) == WELCOME
    assert office.sign_ins() == [(BEN, "GSSAPI")]


def test_a_client_that_leaves_amid_the_exchange_disturbs_nobody(
    realm: Realm, office: Office
) -> None:
    with Talk(office) as talk:
        begin(talk, holder(realm.sign_on("ann")))
    with Talk(office) as talk:
        assert sign_in(talk, realm.sign_on("ben")) == WELCOME


def test_a_token_that_is_too_large_ends_the_connection(realm: Realm, office: Office) -> None:
    with Talk(office) as talk:
        assert talk.say(b"AUTH GSSAPI " + b"A" * (98_304 - 16)) == REFUSED
        assert talk.say(b"AUTH GSSAPI " + b"A" * 98_304).startswith(b"-ERR Line too long")
        assert talk.line() == b""
