"""DIGEST-MD5, stepped by hand; what a stranger may write in a response."""

from __future__ import annotations

from hashlib import md5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Secret
from server_core.protocol.claims import LookUpSecret
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl import digest_md5
from server_core.protocol.sasl.digest_md5 import Names, digest, directives, session_key
from server_core.protocol.sasl.mechanism import Identity
from tests.protocol.outside import TIM, Outside

MALFORMED, WRONG = SignInReason.MALFORMED, SignInReason.WRONG_PASSWORD
NONCE = "an-unguessable-nonce"
RIGHT = {
    "charset": b"utf-8",
    "username": b'"tim"',
    "realm": b'"example.com"',
    "nonce": f'"{NONCE}"'.encode(),
    "nc": b"00000001",
    "cnonce": b'"abc"',
    "digest-uri": b'"pop/mail.example.com"',
    "qop": b"auth",
}


def hashed(*parts: bytes) -> bytes:
    return md5(b":".join(parts), usedforsecurity=False).hexdigest().encode()


def answered(
    changes: dict[str, bytes | None] | None = None,
    password: bytes = b"tanstaaftanstaaf",
    encoding: str = "latin-1",
    **more: bytes | None,
) -> bytes:
    """A response that is right but for its changes; ``None`` leaves a directive out."""
    said = {**RIGHT, **(changes or {}), **more}
    charset = "utf-8" if said["charset"] else "latin-1"
    user, realm, nonce, cnonce, uri, authzid = (
        (said.get(name) or b"").strip(b'"').replace(b"\\", b"")
        for name in ("username", "realm", "nonce", "cnonce", "digest-uri", "authzid")
    )
    user, realm = (text.decode(charset).encode(encoding) for text in (user, realm))
    inner = md5(b":".join((user, realm, password)), usedforsecurity=False).digest()
    key = hashed(inner, nonce, cnonce, *([authzid] if said.get("authzid") else []))
    proof = hashed(key, nonce, said["nc"] or b"", cnonce, b"auth", hashed(b"AUTHENTICATE", uri))
    said.setdefault("response", proof)
    return b",".join(name.encode() + b"=" + value for name, value in said.items() if value)


def outside(refusal: SignInReason | None = None, **more: object) -> Outside:
    return Outside(refusal=refusal, **more)  # type: ignore[arg-type]


# --- what is right --------------------------------------------------------------------------------


def test_the_challenge_lists_realms_and_keeps_tokens_bare() -> None:
    around = outside(realms=("example.com", "Büro"))
    around.hold(digest_md5.exchange(None), answered(), b"")
    assert around.challenges[0].decode() == (
        f'realm="example.com",realm="Büro",nonce="{NONCE}",qop="auth",'
        "algorithm=md5-sess,charset=utf-8"
    )


def test_both_sides_prove_that_they_know_the_password() -> None:
    around = outside()
    assert around.hold(digest_md5.exchange(None), answered(), b"") == Identity(TIM)
    inner = md5(b"tim:example.com:tanstaaftanstaaf", usedforsecurity=False).digest()
    key = hashed(inner, NONCE.encode(), b"abc")
    ours = hashed(b"", b"pop/mail.example.com")
    proof = hashed(key, NONCE.encode(), b"00000001", b"abc", b"auth", ours)
    assert around.challenges[1] == b"rspauth=" + proof
    assert around.asked[-1] == LookUpSecret("tim")


@pytest.mark.parametrize(
    ("changes", "identity"),
    [
        ({"qop": None}, Identity(TIM)),
        ({"qop": b'"auth"', "nc": b"00000001"}, Identity(TIM)),
        ({"charset": b"UTF-8"}, Identity(TIM)),
        ({"digest-uri": b'"POP/192.0.2.1/example.com"'}, Identity(TIM)),
        ({"authzid": b'"tim"'}, Identity(TIM, "tim")),
        ({"cnonce": b'"a\\"c"'}, Identity(TIM)),
        ({"maxbuf": b"65536", "x-new": b"1"}, Identity(TIM)),
    ],
)
def test_what_the_grammar_allows_is_taken(
    changes: dict[str, bytes | None], identity: Identity
) -> None:
    assert outside().hold(digest_md5.exchange(None), answered(changes), b"") == identity


def test_every_realm_of_the_list_may_be_chosen() -> None:
    around = outside(realms=("example.com", "office"))
    around.hold(digest_md5.exchange(None), answered(realm=b'"office"'), b"")


@pytest.mark.parametrize(
    ("charset", "name", "password", "encoding"),
    [
        (b"utf-8", "jürgen", "geheimnis-ß", "latin-1"),
        (None, "jürgen", "geheimnis-ß", "latin-1"),
        (b"utf-8", "юрий", "секрет", "utf-8"),
    ],
)
def test_letters_are_hashed_as_latin_1_where_they_fit(
    charset: bytes | None, name: str, password: str, encoding: str
) -> None:
    sent = name.encode("utf-8" if charset else "latin-1")
    response = answered(
        {"charset": charset, "username": b'"' + sent + b'"'},
        password=password.encode(encoding),
        encoding=encoding,
    )
    around = outside(password=password)
    around.hold(digest_md5.exchange(None), response, b"")
    assert around.asked[-1] == LookUpSecret(name)


def test_the_example_of_rfc_2831_section_4_has_its_digests() -> None:
    said = directives(
        b'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",'
        b'nc=00000001,cnonce="OA6MHXh6VqTrRk",digest-uri="pop/elwood.innosoft.com",'
        b"response=d388dad90d4bbd760a152321f2143af7,qop=auth"
    ) | {"digest-uri": b"imap/elwood.innosoft.com"}
    key = session_key(Names("chris", "elwood.innosoft.com", ""), Secret(b"secret"), said)
    assert digest(key, said, b"AUTHENTICATE") == "d388dad90d4bbd760a152321f2143af7"
    assert digest(key, said, b"") == "ea40f60335c427b5527b84dbabcdfffd"


# --- what fails -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response", "reason", "user"),
    [
        (answered(password=b"wrong"), WRONG, "tim"),
        (answered(response=b"0" * 32), WRONG, "tim"),
        (answered(nonce=b'"yesterday\'s"'), MALFORMED, "tim"),
        (answered(realm=b'"elsewhere"'), MALFORMED, "tim"),
        (answered(realm=b'"\xff"', charset=None), MALFORMED, "tim"),
        (answered(nc=b"00000002"), MALFORMED, ""),
        (answered(qop=b"auth-int"), MALFORMED, ""),
        (answered({"digest-uri": b'"imap/mail.example.com"'}), MALFORMED, ""),
        (answered({"digest-uri": b'"pop/"'}), MALFORMED, ""),
        (answered({"digest-uri": b'"pop/a/b/c"'}), MALFORMED, ""),
        (answered(response=b"0" * 31), MALFORMED, ""),
        (answered(response=b"A" * 32), MALFORMED, ""),
        (answered().replace(b"charset=utf-8", b"charset=latin"), MALFORMED, ""),
        (answered().replace(b'"tim"', b'""'), MALFORMED, ""),
        (answered().replace(b'"tim"', b'"\xff"'), MALFORMED, "\ufffd"),
        (answered().replace(b'"tim"', b'"tim'), MALFORMED, ""),
        (answered().replace(b",", b" "), MALFORMED, ""),
        (answered(authzid=b'"\xff"'), MALFORMED, "tim"),
        (b"", MALFORMED, ""),
        (b",,,", MALFORMED, ""),
        (b"=", MALFORMED, ""),
    ],
)
def test_every_other_response_fails_with_its_reason(
    response: bytes, reason: SignInReason, user: str
) -> None:
    assert outside().refuses(digest_md5.exchange(None), response) == (reason, user)


@pytest.mark.parametrize("name", ["username", "realm", "nonce", "nc", "cnonce", "digest-uri"])
def test_what_has_to_be_there_may_not_be_missing(name: str) -> None:
    response = answered({name: None})
    assert outside().refuses(digest_md5.exchange(None), response) == (MALFORMED, "")


@pytest.mark.parametrize("name", [*RIGHT, "response"])
def test_nothing_may_be_there_twice(name: str) -> None:
    response = answered()
    twice = response + b"," + next(x for x in response.split(b",") if x.startswith(name.encode()))
    assert outside().refuses(digest_md5.exchange(None), twice) == (MALFORMED, "")


def test_a_client_ends_with_an_empty_response() -> None:
    ending = outside().refuses(digest_md5.exchange(None), answered(), b"thanks")
    assert ending == (MALFORMED, "tim")


@pytest.mark.parametrize("password", [b"tanstaaftanstaaf", b"wrong"])
@pytest.mark.parametrize("refusal", [SignInReason.UNKNOWN_USER, SignInReason.NO_SECRET])
def test_a_refused_account_is_refused_whatever_the_digest(
    password: bytes, refusal: SignInReason
) -> None:
    around = outside(refusal)
    response = answered(password=password)
    assert around.refuses(digest_md5.exchange(None), response) == (refusal, "tim")


def test_a_response_has_less_than_4096_octets() -> None:
    padding = 4_095 - len(answered()) - len(',x=""')
    longest = answered() + b',x="' + b"x" * padding + b'"'
    assert len(longest) == 4_095
    outside().hold(digest_md5.exchange(None), longest, b"")
    longer = longest + b","
    assert outside().refuses(digest_md5.exchange(None), longer) == (MALFORMED, "")


# --- strangers ------------------------------------------------------------------------------------

_names = st.sampled_from([*RIGHT, "response", "authzid", "cipher", "x-new", "NC", "", "="])
_values = st.one_of(
    st.sampled_from([*RIGHT.values(), b"0" * 32, b'"\\"', b'"a\\"b"', b'"', b"", b"\\"]),
    st.binary(max_size=12),
)
_separators = st.sampled_from([b",", b", ", b",,", b" ", b""])
_written = st.lists(st.tuples(_names, _values, _separators), max_size=14).map(
    lambda parts: b"".join(n.encode() + b"=" + value + end for n, value, end in parts)
)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=300), _written, _written.map(lambda x: answered() + b"," + x)))
def test_any_response_is_understood_or_refused(response: bytes) -> None:
    try:
        said = directives(response)
    except ExchangeFailed as failure:
        assert failure.reason is MALFORMED
    else:
        assert said["nc"] == b"00000001"
        assert {"username", "realm", "nonce", "cnonce", "digest-uri", "response"} <= said.keys()


@given(st.permutations([*RIGHT, "response"]), st.sampled_from([*RIGHT, "response"]), st.data())
def test_a_directive_that_is_there_twice_is_never_accepted(
    order: list[str], twice: str, data: st.DataObject
) -> None:
    said = {**RIGHT, "response": b"0" * 32}
    once = [name.encode() + b"=" + said[name] for name in order]
    assert directives(b",".join(once)).keys() == said.keys()
    place = data.draw(st.integers(0, len(once)))
    spelt = data.draw(st.sampled_from([twice, twice.upper(), twice.title()]))
    once.insert(place, spelt.encode() + b"=" + said[twice])
    with pytest.raises(ExchangeFailed):
        directives(data.draw(st.sampled_from([b",", b" ,\t", b",,"])).join(once))
