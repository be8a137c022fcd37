"""What clients say to sign in, by method; and what a server needs so that each could work."""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
from base64 import b64decode, b64encode
from typing import Protocol, cast

import scramp

from server_core.config.signing_in import Method
from tests.net.conftest import PASSWORD, Client


class SignsIn(Protocol):
    """A client's part; gives the last reply it heard."""

    async def __call__(
        self, client: Client, greeting: str, user: str = "ann", password: str = PASSWORD
    ) -> str: ...


class Answers(Protocol):
    """A client's answer to a challenge."""

    def __call__(self, challenge: str, user: str, password: str) -> str: ...


async def user_pass(
    client: Client, greeting: str, user: str = "ann", password: str = PASSWORD
) -> str:
    answer = await client.say(f"USER {user}")
    return await client.say(f"PASS {password}") if answer.startswith("+OK") else answer


async def apop(client: Client, greeting: str, user: str = "ann", password: str = PASSWORD) -> str:
    timestamp = re.search("<.*>", greeting)
    proof = (timestamp[0] if timestamp else "<none@localhost>") + password
    return await client.say(f"APOP {user} {_md5(proof)}")


def exchange(mechanism: str, *answers: Answers) -> SignsIn:
    """A client that answers each challenge in turn."""

    async def signed_in(
        client: Client, greeting: str, user: str = "ann", password: str = PASSWORD
    ) -> str:
        heard = await client.say(f"AUTH {mechanism}")
        for answer in answers:
            if not heard.startswith("+ "):
                break
            response = answer(b64decode(heard[2:]).decode(), user, password)
            heard = await client.say(b64encode(response.encode()).decode())
        return heard

    return signed_in


def scram(mechanism: str) -> SignsIn:
    """A client that believes only a server that knows the password too."""

    async def signed_in(
        client: Client, greeting: str, user: str = "ann", password: str = PASSWORD
    ) -> str:
        binding = None
        if mechanism.endswith("-PLUS"):
            channel = client.writer.get_extra_info("ssl_object")
            if channel is None:
                return await client.say(f"AUTH {mechanism}")
            binding = ("tls-server-end-point", cast(ssl.SSLObject, channel))
        scheme = scramp.ScramClient([mechanism], user, password, channel_binding=binding)
        heard = await client.say(f"AUTH {mechanism} {_coded(scheme.get_client_first())}")
        if heard.startswith("+ "):
            scheme.set_server_first(b64decode(heard[2:]).decode())
            heard = await client.say(_coded(scheme.get_client_final()))
        if heard.startswith("+ "):
            scheme.set_server_final(b64decode(heard[2:]).decode())
            heard = await client.say("")
        return heard

    return signed_in


def plain(challenge: str, user: str, password: str) -> str:
    return f"\0{user}\0{password}"


def name(challenge: str, user: str, password: str) -> str:
    return user


def word(challenge: str, user: str, password: str) -> str:
    return password


def nothing(challenge: str, user: str, password: str) -> str:
    return ""


def cram(challenge: str, user: str, password: str) -> str:
    return f"{user} {hmac.new(password.encode(), challenge.encode(), 'md5').hexdigest()}"


def digest(challenge: str, user: str, password: str) -> str:
    found = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm, nonce, uri = found["realm"], found["nonce"], "pop/localhost"
    inner = hashlib.md5(f"{user}:{realm}:{password}".encode(), usedforsecurity=False).digest()
    key = hashlib.md5(inner + f":{nonce}:own".encode(), usedforsecurity=False).hexdigest()
    proof = _md5(f"{key}:{nonce}:00000001:own:auth:{_md5(f'AUTHENTICATE:{uri}')}")
    return (
        f'username="{user}",realm="{realm}",nonce="{nonce}",cnonce="own",nc=00000001,qop=auth,'
        f'digest-uri="{uri}",response={proof},charset=utf-8'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode()


CLIENTS: dict[Method, SignsIn] = {
    Method.USER_PASS: user_pass,
    Method.PLAIN: exchange("PLAIN", plain),
    Method.LOGIN: exchange("LOGIN", name, word),
    Method.APOP: apop,
    Method.CRAM_MD5: exchange("CRAM-MD5", cram),
    Method.DIGEST_MD5: exchange("DIGEST-MD5", digest, nothing),
    **{m: scram(m.value.upper()) for m in Method if m.value.startswith("scram-sha")},
    Method.GSSAPI: exchange("GSSAPI"),
    Method.EXTERNAL: exchange("EXTERNAL", nothing),
}
