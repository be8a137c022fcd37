"""Every dialogue, held over a real socket with every kind of session loop."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from pathlib import Path

import pytest

from server_core.accounts.directory import Directory
from server_core.config.file import save
from server_core.home import Home
from server_core.service import MailService
from tests.dialogues.dialogue import Dialogue
from tests.dialogues.player import play
from tests.dialogues.scripts import DIALOGUES
from tests.dialogues.world import DOMAIN, World
from tests.net.conftest import PATIENCE, anybody, deliver, let_pass


class SocketPeer:
    """A blocking client; ``chunks`` decides into what pieces its lines are cut."""

    def __init__(
        self,
        service: MailService,
        uids: list[int],
        loop: asyncio.AbstractEventLoop,
        chunks: random.Random | None = None,
    ) -> None:
        host, port = service.listeners()[0].address.split(":")
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""
        self._others: list[SocketPeer] = []
        self._service = service
        self._uids = uids
        self._chunks = chunks
        self._loop = loop

    def say(self, line: bytes) -> None:
        octets = line + b"\r\n"
        while octets:
            length = self._chunks.randint(1, 4) if self._chunks else len(octets)
            self._socket.sendall(octets[:length])
            octets = octets[length:]

    def hear(self) -> bytes | None:
        while b"\r\n" not in self._heard:
            octets = self._socket.recv(65_536)
            if not octets:
                assert not self._heard
                return None
            self._heard += octets
        line, self._heard = self._heard.split(b"\r\n", 1)
        return line

    def shake_hands(self) -> None:
        assert not self._heard
        self._socket = anybody().wrap_socket(self._socket)
        assert isinstance(self._socket, ssl.SSLSocket)

    def remove(self, number: int) -> None:
        removing = self._service.remove_messages(f"ann@{DOMAIN}", [self._uids[number - 1]])
        assert asyncio.run_coroutine_threadsafe(removing, self._loop).result(PATIENCE) == 1

    def another(self) -> SocketPeer:
        self._others.append(SocketPeer(self._service, self._uids, self._loop, self._chunks))
        return self._others[-1]

    def wait(self, seconds: int) -> None:
        let_pass(self._service, seconds)

    def close(self) -> None:
        for one in (self, *self._others):
            one._socket.close()


async def serving(home: Path, world: World) -> MailService:
    """A server of this world."""
    service = MailService(Home(home))
    service.home.prepare()
    save(service.home.config_file, world.config)
    directory = Directory(service.home.accounts_file, remember=0)
    for name, password in world.accounts.items():
        directory.add(name, password, allow_weak=True)
        directory.set_terms(name, world.terms_of(name))
    directory.close()
    await service.start()
    for account, messages in world.mail.items():
        await deliver(service, *messages, account=account)
    return service


@pytest.mark.usefixtures("loop_kind")
@pytest.mark.parametrize("seed", [None, 1], ids=["lines", "chunks"])
@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.title)
async def test_the_dialogue_goes_as_printed(
    tmp_path: Path, dialogue: Dialogue, seed: int | None
) -> None:
    service = await serving(tmp_path / "home", dialogue.world)
    try:
        uids = [message.uid for message in await service.messages(f"ann@{DOMAIN}")]
        chunks = random.Random(seed) if seed is not None else None
        peer = SocketPeer(service, uids, asyncio.get_running_loop(), chunks)
        try:
            await asyncio.to_thread(play, dialogue.text, dialogue.world, peer)
        finally:
            peer.close()
    finally:
        await service.stop(grace=0.5)
