"""DIGEST-MD5: a digest over both sides' nonces and the password, which itself is not sent.

RFC 2831, historic since RFC 6331 and still the best that some mail programs have. No security
layer and no subsequent authentication: each nonce is good for one exchange.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import md5
from typing import NamedTuple

from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Secret, Steps
from server_core.protocol.claims import LookAround, LookUpSecret, NewNonce
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl.mechanism import (
    Challenge,
    Identity,
    Mechanism,
    digest_fits,
    proven,
    text_of,
)

_LIMIT = 4_096  # RFC 2831 section 2.1.2
_DIRECTIVE = re.compile(
    rb"[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*"
    rb'(?:"((?:[^"\\]|\\.)*)"|([^\s",\\]+))\s*(?=,|\Z)',
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_ANYTHING = re.compile(rb".+", re.DOTALL)
# Any host is taken: clients write what their users typed, and this computer knows only some of the
# names and addresses by which it is reached.
_FORMS = {
    "username": _ANYTHING,
    "realm": _ANYTHING,
    "nonce": _ANYTHING,
    "cnonce": _ANYTHING,
    "nc": re.compile(rb"00000001"),
    "qop": re.compile(rb"auth"),
    "digest-uri": re.compile(rb"pop/[^/]+(/[^/]+)?", re.IGNORECASE),
    "response": re.compile(rb"[0-9a-f]{32}"),
    "charset": re.compile(rb"utf-8", re.IGNORECASE),
}
_MAY_BE_MISSING = {"qop", "charset"}
_KNOWN = frozenset({*_FORMS, "authzid", "maxbuf", "cipher"})


class Names(NamedTuple):
    """Who a response is about."""

    user: str
    realm: str
    authorize_as: str


def exchange(initial: bytes | None) -> Steps[Identity]:
    """Whom the digest shows the client to be; it is shown in turn that we know its password."""
    around = yield from LookAround()
    nonce = yield from NewNonce()
    realms = ",".join(f'realm="{realm}"' for realm in around.realms)
    challenge = f'{realms},nonce="{nonce}",qop="auth",algorithm=md5-sess,charset=utf-8'
    said = directives((yield from Challenge(challenge.encode())))
    names = _names(said)
    if names.realm not in around.realms or said["nonce"] != nonce.encode("ascii"):
        raise ExchangeFailed(SignInReason.MALFORMED, names.user)
    held = yield from LookUpSecret(names.user)
    key = session_key(names, held.secret, said)
    fits = digest_fits(said["response"], digest(key, said, b"AUTHENTICATE"))
    account = proven(held.verdict, names.user, fits=fits)
    if (yield from Challenge(b"rspauth=" + digest(key, said, b"").encode("ascii"))):
        raise ExchangeFailed(SignInReason.MALFORMED, names.user)
    return Identity(account, names.authorize_as)


def directives(response: bytes) -> dict[str, bytes]:
    """The directives of a response; ExchangeFailed when one is wrong, missing or there twice."""
    if len(response) >= _LIMIT:
        raise ExchangeFailed(SignInReason.MALFORMED)
    said: dict[str, bytes] = {}
    rest = response.rstrip(b" \t\r\n,")
    at = 0
    while at < len(rest):
        found = _DIRECTIVE.match(rest, at)
        name = found[1].decode("ascii").lower() if found else ""
        if found is None or name in said:
            raise ExchangeFailed(SignInReason.MALFORMED)
        at = found.end()
        if name in _KNOWN:
            said[name] = _ESCAPED.sub(rb"\1", found[2]) if found[3] is None else found[3]
    for name in _FORMS.keys() - (_MAY_BE_MISSING - said.keys()):
        if not _FORMS[name].fullmatch(said.get(name, b"")):
            raise ExchangeFailed(SignInReason.MALFORMED)
    return said


def session_key(names: Names, secret: Secret, said: Mapping[str, bytes]) -> str:
    """The digest of A1 (RFC 2831 section 2.1.2.1), for this exchange only."""
    texts = (names.user, names.realm, secret.reveal().decode("utf-8"))
    parts = [_md5(b":".join(map(_as_hashed, texts))), said["nonce"], said["cnonce"]]
    if "authzid" in said:
        parts.append(said["authzid"])
    return _md5(b":".join(parts)).hex()


def digest(key: str, said: Mapping[str, bytes], method: bytes) -> str:
    """The digest that proves the key: the client's for ``AUTHENTICATE``, ours without a method."""
    uri = _md5(method + b":" + said["digest-uri"]).hex().encode("ascii")
    parts = (key.encode("ascii"), said["nonce"], said["nc"], said["cnonce"], b"auth", uri)
    return _md5(b":".join(parts)).hex()


def _names(said: Mapping[str, bytes]) -> Names:
    if "charset" in said:
        user = text_of(said["username"])
        realm = text_of(said["realm"], user)
    else:
        user, realm = (said[name].decode("latin-1") for name in ("username", "realm"))
    return Names(user, realm, text_of(said.get("authzid", b""), user))


def _as_hashed(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _md5(octets: bytes) -> bytes:
    return md5(octets, usedforsecurity=False).digest()


MECHANISM = Mechanism(Method.DIGEST_MD5, exchange, takes_initial=False)
