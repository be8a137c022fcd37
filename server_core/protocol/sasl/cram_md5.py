"""CRAM-MD5: a digest of a challenge under the password, which itself is not sent (RFC 2195)."""

from __future__ import annotations

import hmac

from server_core.config.signing_in import Method
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Steps
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


def exchange(initial: bytes | None) -> Steps[Identity]:
    """Whom the digest of our challenge proves the client to be."""
    around = yield from LookAround()
    nonce = yield from NewNonce()
    challenge = f"<{nonce}@{around.domain}>".encode("ascii")
    response = yield from Challenge(challenge)
    # A name may hold spaces, a digest never does.
    name, _, digest = response.rpartition(b" ")
    user = text_of(name).strip()
    if not user:
        raise ExchangeFailed(SignInReason.MALFORMED)
    held = yield from LookUpSecret(user)
    wanted = hmac.digest(held.secret.reveal(), challenge, "md5").hex()
    return Identity(proven(held.verdict, user, fits=digest_fits(digest, wanted)))


MECHANISM = Mechanism(Method.CRAM_MD5, exchange, takes_initial=False)
