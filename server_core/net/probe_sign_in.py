"""Signing in to a listener that is tried, with the plainest method it offers (RFC 1939, 5034)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable

import scramp

from server_core.net.probe_client import Client, Stopped
from server_core.protocol.actions import Secret

_USER = "USER"


class NotTried(Exception):
    """Nothing went wrong, but this could not be tried; the text says why."""


def sign_in(client: Client, user: str, password: Secret) -> str:
    """Sign in and say how; NotTried when no method is offered that takes a password."""
    offered = _offered(client.capabilities)
    name = next((name for name in _WAYS if name in offered), None)
    if name is None and offered:
        raise NotTried(f"only {', '.join(offered)} is offered here, which this test cannot use")
    if name is None:
        raise NotTried("no method is offered here")
    _WAYS[name](client, user, password.reveal().decode("utf-8"))
    client.signed_in = True
    return f"signed in with {'USER and PASS' if name == _USER else name}"


def _offered(capabilities: tuple[str, ...]) -> list[str]:
    """USER and the names behind SASL, as the server lists them."""
    found: list[str] = []
    for words in (line.upper().split() for line in capabilities):
        if words[:1] == [_USER]:
            found.append(_USER)
        elif words[:1] == ["SASL"]:
            found += words[1:]
    return found


def _user_pass(client: Client, user: str, password: str) -> None:
    client.say(f"USER {user}")
    client.say(f"PASS {password}")


def _plain(client: Client, user: str, password: str) -> None:
    client.say(f"AUTH PLAIN {_coded(f'{chr(0)}{user}{chr(0)}{password}')}")


def _scram(client: Client, user: str, password: str, name: str) -> None:
    """The server proves that it knows the password as well (RFC 5802)."""
    ours = scramp.ScramClient([name], user, password)
    client.send(f"AUTH {name} {_coded(ours.get_client_first())}")
    try:
        ours.set_server_first(_decoded(client.challenge()))
        client.send(_coded(ours.get_client_final()))
        ours.set_server_final(_decoded(client.challenge()))
    except (scramp.ScramException, ValueError) as problem:
        raise Stopped(str(problem)) from problem
    client.say("")


def _scram_sha_256(client: Client, user: str, password: str) -> None:
    _scram(client, user, password, "SCRAM-SHA-256")


def _scram_sha_1(client: Client, user: str, password: str) -> None:
    _scram(client, user, password, "SCRAM-SHA-1")


_WAYS: dict[str, Callable[[Client, str, str], None]] = {
    _USER: _user_pass,
    "PLAIN": _plain,
    "SCRAM-SHA-256": _scram_sha_256,
    "SCRAM-SHA-1": _scram_sha_1,
}


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


def _decoded(text: str) -> str:
    return b64decode(text).decode("utf-8")
