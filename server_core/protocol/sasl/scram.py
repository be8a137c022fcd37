"""SCRAM: both sides prove that they know the password, and neither tells it.

RFC 5802, with SHA-256 RFC 7677. The -PLUS forms also prove that both mean the same TLS connection.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from base64 import b64encode
from functools import partial
from typing import NamedTuple

from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Steps
from server_core.protocol.claims import BindChannel, LookAround, LookUpScram, NewNonce, ScramKeys
from server_core.protocol.replies import ExchangeFailed
from server_core.protocol.sasl.mechanism import Challenge, Identity, Mechanism, proven

# RFC 5802 section 7. An extension that we would have to understand (m=) has no place in it.
_NONCE = r"[!-+\--~]+"
_EXTENSIONS = r"(?:,[A-Za-z]=[^,\0]+)*"
_CLIENT_FIRST = re.compile(
    r"(?P<header>(?P<flag>n|y|p=(?P<binding>[A-Za-z0-9.-]+)),(?:a=(?P<authorize_as>[^,\0]+))?,)"
    rf"(?P<bare>n=(?P<user>[^,\0]+),r=(?P<nonce>{_NONCE}){_EXTENSIONS})"
)
_CLIENT_FINAL = re.compile(
    rf"(?P<unproven>c=(?P<channel>[A-Za-z0-9/+=]+),r=(?P<nonce>{_NONCE}){_EXTENSIONS})"
    r",p=(?P<proof>[A-Za-z0-9/+=]+)"
)
_HASHES = {"SHA-1": "sha1", "SHA-256": "sha256"}


class _Opening(NamedTuple):
    """A client's first message; ``header`` is about the channel, ``bare`` the rest."""

    header: str
    bare: str
    binding: str | None
    thinks_we_cannot_bind: bool
    user: str
    authorize_as: str
    nonce: str


def exchange(hash_name: str, plus: bool, initial: bytes | None) -> Steps[Identity]:
    """Whom the proof shows the client to be; it is shown in turn that we know its password."""
    message = initial if initial is not None else (yield from Challenge(b""))
    opening = _opened(message)
    channel = yield from _channel(opening, plus=plus)
    held = yield from LookUpScram(opening.user, hash_name)
    nonce = opening.nonce + (yield from NewNonce())
    salt = b64encode(held.keys.salt).decode("ascii")
    server_first = f"r={nonce},s={salt},i={held.keys.iterations}"
    response = yield from Challenge(server_first.encode("ascii"))
    final = _matched(_CLIENT_FINAL, response, opening.user)
    bound = b64encode(opening.header.encode() + channel)
    if not hmac.compare_digest(final["channel"].encode("ascii"), bound):
        raise ExchangeFailed(SignInReason.CHANNEL_MISMATCH, opening.user)
    if final["nonce"] != nonce:
        raise ExchangeFailed(SignInReason.MALFORMED, opening.user)
    said = f"{opening.bare},{server_first},{final['unproven']}".encode()
    proof = _octets(final["proof"], opening.user)
    fits = _proof_fits(proof, said, held.keys, _HASHES[hash_name])
    account = proven(held.verdict, opening.user, fits=fits)
    signature = hmac.digest(held.keys.server_key, said, _HASHES[hash_name])
    if (yield from Challenge(b"v=" + b64encode(signature))):
        raise ExchangeFailed(SignInReason.MALFORMED, opening.user)
    return Identity(account, opening.authorize_as)


def _opened(message: bytes) -> _Opening:
    found = _matched(_CLIENT_FIRST, message)
    user, authorize_as = (_name(found[part] or "") for part in ("user", "authorize_as"))
    return _Opening(
        header=found["header"],
        bare=found["bare"],
        binding=found["binding"],
        thinks_we_cannot_bind=found["flag"] == "y",
        user=user,
        authorize_as=authorize_as,
        nonce=found["nonce"],
    )


def _channel(opening: _Opening, *, plus: bool) -> Steps[bytes]:
    """The octets that the client has to bind to (RFC 5802 section 6); none without -PLUS."""
    around = yield from LookAround()
    # Somebody between us took the -PLUS forms out of what we announced.
    downgraded = opening.thinks_we_cannot_bind and any(
        name.endswith("-PLUS") for name in around.offered
    )
    if downgraded or plus is (opening.binding is None):
        raise ExchangeFailed(SignInReason.CHANNEL_MISMATCH, opening.user)
    if opening.binding is None:
        return b""
    channel = yield from BindChannel(opening.binding)
    if not channel:
        raise ExchangeFailed(SignInReason.CHANNEL_MISMATCH, opening.user)
    return channel


def _proof_fits(proof: bytes, said: bytes, keys: ScramKeys, digest: str) -> bool:
    """Whether the proof gives the key whose hash is kept (RFC 5802 section 3)."""
    signature = hmac.digest(keys.stored_key, said, digest)
    if len(proof) != len(signature):
        return False
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    return hmac.compare_digest(hashlib.new(digest, client_key).digest(), keys.stored_key)


def _octets(proof: str, user: str) -> bytes:
    try:
        return binascii.a2b_base64(proof, strict_mode=True)
    except binascii.Error:
        raise ExchangeFailed(SignInReason.MALFORMED, user) from None


def _name(text: str) -> str:
    """A name as it was before commas and equals signs were hidden in it."""
    if re.search("=(?!2C|3D)", text):
        raise ExchangeFailed(SignInReason.MALFORMED, text)
    return text.replace("=2C", ",").replace("=3D", "=")


def _matched(form: re.Pattern[str], message: bytes, user: str = "") -> re.Match[str]:
    found = form.fullmatch(message.decode("utf-8", "surrogateescape"))
    if found is None or not found[0].isprintable():
        raise ExchangeFailed(SignInReason.MALFORMED, user)
    return found


SHA_1 = Mechanism(Method.SCRAM_SHA_1, partial(exchange, "SHA-1", False))
SHA_256 = Mechanism(Method.SCRAM_SHA_256, partial(exchange, "SHA-256", False))
SHA_1_PLUS = Mechanism(Method.SCRAM_SHA_1_PLUS, partial(exchange, "SHA-1", True), binds=True)
SHA_256_PLUS = Mechanism(Method.SCRAM_SHA_256_PLUS, partial(exchange, "SHA-256", True), binds=True)
