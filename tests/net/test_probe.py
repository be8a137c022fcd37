"""A listener is tried as a mail program would, and the step that goes wrong is named."""

from __future__ import annotations

import asyncio
import socket

import pytest

from server_core.config.admission import ServiceAccess
from server_core.config.model import Security
from server_core.net.probe import probe
from server_core.service import MailService, Refused
from tests.net.conftest import PASSWORD, apply, listener, office

TO_SIGN_IN = ["Sign-in", "Mailbox"]
STLS = ["STLS", "Handshake", "Capabilities once encrypted"]


@pytest.mark.parametrize(
    ("security", "names"),
    [
        (Security.NONE, ["Connect", "Greeting", "Capabilities", *TO_SIGN_IN, "Sign-off"]),
        (
            Security.STARTTLS_REQUIRED,
            ["Connect", "Greeting", "Capabilities", *STLS, *TO_SIGN_IN, "Sign-off"],
        ),
        (
            Security.TLS,
            ["Connect", "Handshake", "Greeting", "Capabilities", *TO_SIGN_IN, "Sign-off"],
        ),
    ],
)
async def test_every_step_of_a_working_listener_is_told(
    service: MailService, security: Security, names: list[str]
) -> None:
    await apply(service, office(listener("tried", security)))
    steps = await service.try_listener("tried", "ann", PASSWORD)
    assert [step.name for step in steps] == names
    assert all(step.passed and step.words for step in steps)
    assert PASSWORD not in str(steps)


async def test_a_wrong_password_is_the_last_step(service: MailService) -> None:
    *before, last = await service.try_listener("pop3", "ann", "wrong")
    assert all(step.passed for step in before)
    assert (last.name, last.passed) == ("Sign-in", False)
    assert "[AUTH]" in last.words


async def test_a_computer_that_is_kept_out_is_told_at_the_greeting(service: MailService) -> None:
    access = ServiceAccess.model_validate({"rules": [{"action": "deny", "address": "127.0.0.1"}]})
    await apply(service, office(listener(), access=access))
    *_, last = await service.try_listener("pop3")
    assert (last.name, last.passed) == ("Greeting", False)
    assert last.words == "the server closed the connection"
    assert "rule 1 of POP3: deny 127.0.0.1" in last.noted[0]


async def test_what_does_not_listen_cannot_be_tried(service: MailService) -> None:
    await apply(service, office(listener(enabled=False)))
    with pytest.raises(Refused, match="does not listen"):
        await service.try_listener("pop3")
    with pytest.raises(Refused, match="no listener"):
        await service.try_listener("elsewhere")


def test_a_port_nobody_listens_on_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    steps = probe(f"127.0.0.1:{port}", "none")
    assert [(step.name, step.passed) for step in steps] == [("Connect", False)]


async def test_a_line_without_an_end_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        trying = asyncio.get_running_loop().run_in_executor(None, probe, address, "none")
        other, _ = await asyncio.to_thread(server.accept)
        with other:
            other.sendall(b"x" * 2_049)
            *_, last = await trying
    assert (last.name, last.words) == ("Greeting", "a line has no end")


@pytest.mark.parametrize(("lines", "words"), [(100, "sign-off"), (101, "the reply has no end")])
async def test_a_reply_without_an_end_is_not_waited_for(lines: int, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        trying = asyncio.get_running_loop().run_in_executor(None, probe, address, "none")
        other, _ = await asyncio.to_thread(server.accept)
        with other:
            other.sendall(b"+OK\r\n+OK\r\n" + lines * b"X\r\n" + b".\r\n+OK sign-off\r\n")
            *_, last = await trying
    assert last.words == words


async def test_what_a_server_says_is_made_harmless() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        trying = asyncio.get_running_loop().run_in_executor(None, probe, address, "none")
        other, _ = await asyncio.to_thread(server.accept)
        with other:
            other.sendall("-ERR \x1b[31m\u202egone\r\n".encode())
            *_, last = await trying
    assert last.words == "-ERR ?[31m?gone"


async def test_nothing_may_be_said_ahead_of_the_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        trying = asyncio.get_running_loop().run_in_executor(None, probe, address, "starttls")
        other, _ = await asyncio.to_thread(server.accept)
        with other:
            other.sendall(b"+OK\r\n+OK\r\n.\r\n+OK begin\r\n+OK smuggled\r\n")
            *_, last = await trying
    assert (last.name, last.passed) == ("Handshake", False)
    assert "more than it should" in last.words
