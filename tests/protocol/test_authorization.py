"""Signing in: what opens a maildrop, what is refused, and what a refusal gives away."""

from __future__ import annotations

from base64 import b64encode
from itertools import product

import pytest

from server_core.config.model import Security
from server_core.config.signing_in import Method
from server_core.events.reasons import CloseReason, SignInReason
from server_core.protocol.actions import (
    OpenMaildrop,
    Protection,
    ReportSignIn,
    Secret,
    Send,
    StartTls,
    Wait,
)
from server_core.protocol.claims import CheckPassword
from server_core.protocol.replies import Code, CommandError
from server_core.protocol.session_state import State
from tests.dialogues.world import World
from tests.protocol.conversation import Conversation

REFUSED = b"-ERR [AUTH] Invalid user name or password\r\n"
ANN = "ann@example.com"
# A SCRAM client's last word with everything right but the proof.
PROOF = b64encode(b"c=biws,r=xan-unguessable-nonce,p=" + b64encode(bytes(32)))


def _plain(message: bytes) -> bytes:
    return b"AUTH PLAIN " + b64encode(message)


def _digest_of(user: bytes) -> bytes:
    """A response to DIGEST-MD5 with everything right but the digest."""
    said = b'username="%s",realm="example.com",nonce="an-unguessable-nonce",cnonce="x",' % user
    return b64encode(said + b'nc=00000001,digest-uri="pop/x",response=' + b"0" * 32)


def _reports(talk: Conversation) -> list[tuple[str, str, SignInReason]]:
    return [
        (report.user, report.method, report.reason)
        for report in talk.actions
        if isinstance(report, ReportSignIn)
    ]


@pytest.mark.parametrize("name", [b"ann", b"ANN", b" ann ", b"Ann@Example.COM"])
def test_names_are_completed_and_compared_without_case(name: bytes) -> None:
    talk = Conversation()
    talk.send(b"USER " + name, b"PASS secret")
    assert talk.of(CheckPassword) == [CheckPassword(ANN, Secret(b"secret"), method="USER")]
    assert talk.of(OpenMaildrop) == [OpenMaildrop(ANN)]
    assert talk.of(ReportSignIn) == [ReportSignIn(ANN, "USER", SignInReason.OK, ANN)]
    assert talk.engine.session.state is State.TRANSACTION


def test_a_password_is_every_octet_after_the_space() -> None:
    talk = Conversation()
    talk.send(b"USER ann", b"PASS  two  words ")
    assert talk.of(CheckPassword) == [CheckPassword(ANN, Secret(b" two  words "), method="USER")]


@pytest.mark.parametrize("between", [b"NOOP", b"CAPA", b"huh", b"AUTH", b"x" * 300, b"\0"])
def test_anything_between_user_and_pass_voids_the_user(between: bytes) -> None:
    talk = Conversation()
    assert talk.send(b"USER ann", between, b"PASS secret").endswith(b"-ERR Send USER first\r\n")
    assert not talk.of(CheckPassword)


def test_a_failed_pass_voids_the_user_and_a_second_user_replaces_it() -> None:
    talk = Conversation()
    assert talk.send(b"USER ann", b"PASS no", b"PASS secret").endswith(b"Send USER first\r\n")
    assert b"+OK Mailbox" in talk.send(b"USER bob", b"USER ann", b"PASS secret")


@pytest.mark.parametrize("line", [b"USER", b"USER  ", b"PASS"])
def test_a_missing_name_or_password_is_a_protocol_error(line: bytes) -> None:
    talk = Conversation()
    assert talk.send(line).startswith(b"-ERR ")
    assert talk.engine.session.errors == 1


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((b"USER bob", b"PASS secret"), SignInReason.UNKNOWN_USER),
        ((b"USER ann", b"PASS wrong"), SignInReason.WRONG_PASSWORD),
        ((b"USER \xff", b"PASS secret"), SignInReason.MALFORMED),
        ((b"USER ann", b"PASS \xff"), SignInReason.MALFORMED),
        ((_plain(b"\0bob\0secret"),), SignInReason.UNKNOWN_USER),
        ((_plain(b"\0ann\0wrong"),), SignInReason.WRONG_PASSWORD),
        ((_plain(b"bob\0ann\0secret"),), SignInReason.NOT_AUTHORIZED),
        ((_plain(b"\0\xff\0secret"),), SignInReason.MALFORMED),
        ((_plain(b"\0ann\0\xff"),), SignInReason.MALFORMED),
        ((_plain(b"\0ann\0"),), SignInReason.MALFORMED),
        ((_plain(b"\0\0secret"),), SignInReason.MALFORMED),
        ((_plain(b"ann\0secret"),), SignInReason.MALFORMED),
        ((_plain(b"\0ann\0sec\0ret"),), SignInReason.MALFORMED),
        ((b"AUTH PLAIN =",), SignInReason.MALFORMED),
        ((b"AUTH PLAIN !",), SignInReason.MALFORMED),
        ((b"AUTH LOGIN YW5u", b"d3Jvbmc="), SignInReason.WRONG_PASSWORD),
        ((b"AUTH LOGIN", b"YW5u", b"d3Jvbmc"), SignInReason.MALFORMED),
        ((b"AUTH LOGIN", b"", b"d3Jvbmc="), SignInReason.MALFORMED),
        ((b"AUTH CRAM-MD5", b64encode(b"ann 0")), SignInReason.WRONG_PASSWORD),
        ((b"AUTH CRAM-MD5", b64encode(b"bob 0")), SignInReason.UNKNOWN_USER),
        ((b"AUTH CRAM-MD5", b""), SignInReason.MALFORMED),
        ((b"AUTH DIGEST-MD5", _digest_of(b"ann")), SignInReason.WRONG_PASSWORD),
        ((b"AUTH DIGEST-MD5", _digest_of(b"bob")), SignInReason.UNKNOWN_USER),
        ((b"AUTH DIGEST-MD5", b64encode(b"ann")), SignInReason.MALFORMED),
        ((b"AUTH SCRAM-SHA-256 " + b64encode(b"n,,n=ann,r=x"), PROOF), SignInReason.WRONG_PASSWORD),
        ((b"AUTH SCRAM-SHA-256 " + b64encode(b"n,,n=bob,r=x"), PROOF), SignInReason.UNKNOWN_USER),
        ((b"AUTH SCRAM-SHA-1 " + b64encode(b"n,,n=ann"),), SignInReason.MALFORMED),
        (
            (b"AUTH SCRAM-SHA-1 " + b64encode(b"p=tls-unique,,n=ann,r=x"),),
            SignInReason.CHANNEL_MISMATCH,
        ),
    ],
)
def test_every_failed_sign_in_sounds_and_waits_alike(
    lines: tuple[bytes, ...], reason: SignInReason
) -> None:
    talk = Conversation(World(pop3={"auth_failure_delay": 0.75}))
    talk.stops.add(Wait)
    for line in lines:
        assert REFUSED not in talk.send(line)
    assert talk.asked == Wait(0.75)
    assert talk.answer() == REFUSED
    assert [report[2] for report in _reports(talk)] == [reason]
    session = talk.engine.session
    assert (session.auth_errors, session.errors, session.state) == (1, 0, State.AUTHORIZATION)


@pytest.mark.parametrize("code", [Code.IN_USE, Code.SYS_TEMP, Code.SYS_PERM])
def test_a_maildrop_that_does_not_open_is_no_failed_sign_in(code: Code) -> None:
    talk = Conversation()
    talk.failures[OpenMaildrop] = CommandError("Mailbox cannot be opened", code)
    assert talk.sign_in() == f"-ERR [{code}] Mailbox cannot be opened\r\n".encode()
    session = talk.engine.session
    assert (session.auth_errors, session.errors, session.account) == (0, 0, None)
    assert not _reports(talk)
    talk.failures.clear()
    assert talk.sign_in().startswith(b"+OK ")


def test_a_password_that_cannot_be_checked_now_is_not_called_wrong() -> None:
    talk = Conversation()
    talk.failures[CheckPassword] = CommandError("Try again later", Code.SYS_TEMP)
    assert talk.sign_in() == b"-ERR [SYS/TEMP] Try again later\r\n"
    assert talk.engine.session.auth_errors == 0


def test_apop_is_off_so_it_is_refused_and_not_announced() -> None:
    talk = Conversation()
    assert b"<" not in talk.greeting
    assert talk.send(b"APOP ann c4c9334bac560ecc979e58001b3e22fb").startswith(b"-ERR ")
    assert talk.engine.session.errors == 1


# --- AUTH -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [b"AUTH PLAIN", b"auth plain", b"AUTH  Plain "])
def test_plain_asks_with_an_empty_challenge(verb: bytes) -> None:
    talk = Conversation()
    assert talk.send(verb) == b"+ \r\n"
    assert talk.send(b64encode(b"ann\0ann\0secret")).startswith(b"+OK ")
    assert _reports(talk) == [(ANN, "PLAIN", SignInReason.OK)]
    assert talk.engine.session.method == "PLAIN"


def test_the_longest_names_and_passwords_of_plain_are_accepted() -> None:
    name, password = "n" * 255, "p" * 255
    talk = Conversation(World(accounts={f"{name}@example.com": password}))
    message = f"{name}\0{name}\0{password}".encode()
    assert len(message) == 767
    assert talk.send(_plain(message)).startswith(b"+OK ")


def test_login_asks_for_name_and_password_each() -> None:
    talk = Conversation()
    assert talk.send(b"AUTH LOGIN") == b"+ VXNlcm5hbWU6\r\n"
    assert talk.send(b"YW5u") == b"+ UGFzc3dvcmQ6\r\n"
    assert talk.send(b"c2VjcmV0").startswith(b"+OK ")


def test_login_takes_the_name_as_initial_response() -> None:
    talk = Conversation()
    assert talk.send(b"AUTH LOGIN YW5u") == b"+ UGFzc3dvcmQ6\r\n"


def test_cancelling_is_no_error_of_any_kind() -> None:
    talk = Conversation()
    assert talk.send(b"AUTH PLAIN", b"*") == b"+ \r\n-ERR Authentication cancelled\r\n"
    session = talk.engine.session
    assert (session.errors, session.auth_errors) == (0, 0)
    assert not _reports(talk)
    assert talk.sign_in().startswith(b"+OK ")


def test_an_unknown_mechanism_is_refused_whatever_came_with_it() -> None:
    talk = Conversation()
    assert talk.send(b"AUTH X-NONE !!!") == b"-ERR Mechanism not available\r\n"
    assert (talk.engine.session.errors, talk.engine.session.auth_errors) == (1, 0)


@pytest.mark.parametrize("name", [b"CRAM-MD5", b"DIGEST-MD5"])
@pytest.mark.parametrize("initial", [b"=", b"YW5u", b"!"])
def test_where_the_server_begins_an_initial_response_is_a_wrong_command(
    name: bytes, initial: bytes
) -> None:
    talk = Conversation()
    refusal = b"-ERR " + name + b" takes no initial response\r\n"
    assert talk.send(b"AUTH " + name + b" " + initial) == refusal
    assert (talk.engine.session.errors, talk.engine.session.auth_errors) == (1, 0)


def test_the_capability_and_bare_auth_list_what_each_connection_may_use() -> None:
    methods = (Method.EXTERNAL, Method.SCRAM_SHA_256_PLUS, Method.SCRAM_SHA_256, Method.APOP)
    world = World(pop3={"secure_methods": methods, "plain_methods": (Method.CRAM_MD5,)})
    for certified, bindable in product((False, True), repeat=2):
        talk = Conversation(world)
        assert b"SASL CRAM-MD5\r\n" in talk.send(b"CAPA")
        talk.engine.session.secure(Protection(certified, bindable))
        names = [b"EXTERNAL"] * certified + [b"SCRAM-SHA-256-PLUS"] * bindable + [b"SCRAM-SHA-256"]
        assert b"SASL " + b" ".join(names) + b"\r\n" in talk.send(b"CAPA")
        assert talk.send(b"AUTH").splitlines()[1:-1] == names
        for name in {b"EXTERNAL", b"SCRAM-SHA-256-PLUS"} - {*names}:
            assert talk.send(b"AUTH " + name + b" =") == b"-ERR Mechanism not available\r\n"


@pytest.mark.parametrize(
    "response", [b"YW5", b"YW5u=", b"YQ=", b"YQ===", b"=", b"====", b"YQ==YQ==", b" YW5u", b"YW 5u"]
)
def test_base64_is_strict(response: bytes) -> None:
    talk = Conversation()
    assert talk.send(b"AUTH LOGIN", response).endswith(REFUSED)


# --- what a connection's terms forbid -------------------------------------------------------------


@pytest.mark.parametrize("password", [b"secret", b"wrong"])
def test_nothing_is_checked_before_tls_where_tls_is_required(password: bytes) -> None:
    talk = Conversation(World(security=Security.STARTTLS_REQUIRED))
    replies = talk.send(
        b"USER ann",
        b"PASS " + password,
        _plain(b"\0ann\0" + password),
        b"AUTH LOGIN",
    )
    assert replies == b"-ERR Plaintext login is not allowed without TLS\r\n" * 4
    assert {type(action) for action in talk.actions} <= {Send}
    assert talk.engine.session.errors == 4


def test_the_method_lists_decide_for_each_kind_of_connection() -> None:
    pop3 = {"plain_methods": (Method.USER_PASS,), "secure_methods": (Method.PLAIN,)}
    in_clear = Conversation(World(pop3=pop3))
    assert b"USER" in (offer := in_clear.send(b"CAPA")).splitlines()
    assert b"SASL" not in offer
    assert in_clear.send(_plain(b"\0ann\0secret")).startswith(b"-ERR Plaintext")
    assert in_clear.sign_in().startswith(b"+OK ")
    under_tls = Conversation(World(pop3=pop3, security=Security.TLS))
    assert b"SASL PLAIN\r\n" in (offer := under_tls.send(b"CAPA"))
    assert b"USER" not in offer.splitlines()
    assert under_tls.send(b"USER ann").startswith(b"-ERR Login with USER")
    assert under_tls.send(_plain(b"\0ann\0secret")).startswith(b"+OK ")


def test_login_is_never_offered_without_plain() -> None:
    talk = Conversation(World(pop3={"plain_methods": (Method.LOGIN,)}))
    assert b"SASL" not in talk.send(b"CAPA")
    assert talk.send(b"AUTH LOGIN").startswith(b"-ERR ")


# --- STLS -----------------------------------------------------------------------------------------


def test_stls_forgets_the_user_and_keeps_the_error_counts() -> None:
    talk = Conversation()
    talk.send(b"huh", b"USER ann", b"PASS wrong", b"USER ann")
    assert talk.send(b"STLS") == b"+OK Begin TLS negotiation\r\n"
    assert talk.send(b"PASS secret") == b"-ERR Send USER first\r\n"
    session = talk.engine.session
    assert (session.tls_active, session.errors, session.auth_errors) == (True, 2, 1)


def test_a_session_that_becomes_secure_forgets_what_was_said_in_clear() -> None:
    talk = Conversation()
    talk.send(b"USER ann")
    session = talk.engine.session
    session.secure(Protection())
    assert session.user is None
    assert session.terms is session.policy.under_tls[Protection()]


@pytest.mark.parametrize("chunks", [(b"STLS\r\nUSER ann\r\nPASS sec",), (b"STLS\r\n", b"USER ann")])
def test_what_came_in_clear_behind_stls_is_never_obeyed(chunks: tuple[bytes, ...]) -> None:
    talk = Conversation()
    talk.stops.add(StartTls)
    written = b"".join(map(talk.send_octets, chunks)) + talk.send_octets(b"ret\r\nCAPA\r\nQUIT\r\n")
    assert written == b"+OK Begin TLS negotiation\r\n"
    assert talk.answer() == b""
    early = sum(map(len, chunks)) + len(b"ret\r\nCAPA\r\nQUIT\r\n") - len(b"STLS\r\n")
    assert talk.engine.session.discarded == early
    assert talk.send(b"STAT") == b"-ERR Command not valid in this state\r\n"
    assert talk.engine.session.command == "STAT"


def test_replies_before_stls_are_written_before_the_go_ahead() -> None:
    talk = Conversation()
    assert talk.send(b"AUTH", b"STLS").endswith(b".\r\n+OK Begin TLS negotiation\r\n")


def test_a_failed_handshake_ends_the_conversation_without_a_word() -> None:
    talk = Conversation()
    talk.failures[StartTls] = CommandError("handshake failed")
    assert talk.send(b"STLS") == b"+OK Begin TLS negotiation\r\n"
    assert talk.closed is CloseReason.TLS_FAILED
    assert not talk.engine.session.tls_active


@pytest.mark.parametrize(
    "world",
    [
        World(security=Security.NONE),
        World(security=Security.TLS),
        World(pop3={"allow_starttls": False}),
    ],
)
def test_stls_is_refused_and_not_announced_where_it_cannot_work(world: World) -> None:
    talk = Conversation(world)
    assert b"STLS" not in talk.send(b"CAPA")
    assert talk.send(b"STLS").startswith(b"-ERR TLS is ")
    assert talk.engine.session.errors == 1


def test_stls_takes_no_argument() -> None:
    talk = Conversation()
    assert talk.send(b"STLS now").startswith(b"-ERR ")
    assert not talk.of(StartTls)


# --- CAPA -----------------------------------------------------------------------------------------


def test_capa_names_the_product_only_to_those_who_signed_in() -> None:
    talk = Conversation()
    before = talk.send(b"CAPA")
    talk.sign_in()
    after = talk.send(b"CAPA")
    assert set(after.splitlines()) - set(before.splitlines()) == {b"IMPLEMENTATION Postroom"}
    assert set(before.splitlines()) - set(after.splitlines()) == {b"STLS"}
    assert b"EXPIRE NEVER\r\n" in before


def test_capa_lists_are_rendered_once_per_situation() -> None:
    talk = Conversation()
    policy = talk.engine.session.policy
    talk.send(b"CAPA", b"CAPA", b"STLS")
    under_tls = policy.under_tls[Protection()]
    assert (list(policy.in_clear.capability_lists), under_tls.capability_lists) == ([False], {})
    talk.send(b"CAPA", b"CAPA")
    assert list(under_tls.capability_lists) == [False]


# --- greeting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "greeting"),
    [
        ("Postroom on %D ready %U", b"+OK Postroom on example.com ready 17.4@example.com\r\n"),
        ("100%% %%D %U%D", b"+OK 100% %D 17.4@example.comexample.com\r\n"),
        ("", b"+OK POP3 ready\r\n"),
    ],
)
def test_the_greeting_is_filled_in(text: str, greeting: bytes) -> None:
    assert Conversation(World(pop3={"greeting": text})).greeting == greeting
