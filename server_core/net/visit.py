"""The server's own visits to its listeners, received in rooms where nobody else comes."""

from __future__ import annotations

import io
import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from server_core.accounts.directory import Directory
from server_core.accounts.kept import Keeping
from server_core.config.endpoint import Endpoint
from server_core.config.listening import Proxy, ProxyMode
from server_core.config.model import Config
from server_core.config.networks import Network, parse_address
from server_core.events.health import ProbeStep
from server_core.events.ring import Hub, Ring
from server_core.events.types import Level, printable
from server_core.events.views import ListenerView
from server_core.net.captures import Captures
from server_core.net.gate import Gate
from server_core.net.kerberos import Tickets
from server_core.net.maildrops import Maildrops
from server_core.net.probe import PATIENCE, Guest, probe, reached_at
from server_core.net.session_loop import SessionLoop
from server_core.net.switchboard import Switchboard
from server_core.protocol.actions import Secret
from server_core.store.backend import Incoming
from server_core.store.file_store import FileStore
from server_core.workers.pool import WorkerPool

Boards = Sequence[tuple[SessionLoop, Switchboard]]

# Beside the accounts' folders, none of which begins with a dot.
_FOLDER = ".visit-"
_USER = "visit-{}@postroom.invalid"
_SECRET_OCTETS = 24
_NOTED = 20
_GRAVE = Level.CRITICAL | Level.ERROR | Level.WARNING
_LEAVE_SECONDS = 2.0
# A line that begins with a dot, and one longer than most: what goes wrong first on the way.
LETTER = (
    b"From: Postroom <visit@postroom.invalid>\r\n"
    b"Subject: Postroom tries its own listeners\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Nobody sent this message, and it is gone once it was fetched.\r\n"
    b".A line that begins with a dot.\r\n"
    b"\xc3\x84\xc3\x96\xc3\x9c\r\n" + 12 * (80 * b"=" + b"\r\n") + b".\r\n"
)


class Mailbox:
    """An account and a message for one visit, in a folder that goes with them; all of it waits."""

    def __init__(self, folder: Path) -> None:
        """OSError when the disk does not take it."""
        password = secrets.token_urlsafe(_SECRET_OCTETS)
        user = _USER.format(secrets.token_hex(16))
        self.guest = Guest(user, Secret(password.encode()), LETTER)
        with ExitStack() as opened:
            folder.mkdir(mode=0o700)
            opened.callback(shutil.rmtree, folder, ignore_errors=True)
            told = logging.getLogger(__name__).debug
            self.directory = Directory(folder / "accounts.sqlite3", on_problem=told)
            opened.callback(self.directory.close)
            self.directory.keep(Keeping(scram=frozenset(("SHA-1", "SHA-256"))))
            account = self.directory.add(user, password)
            self.store = FileStore(folder / "mail", cached_mailboxes=1, on_problem=told)
            opened.callback(self.store.close)
            self.store.deliver(account.store_id, [Incoming(io.BytesIO(LETTER))])
            self.close = opened.pop_all().close


class Visit:
    """The server as its own mail program; everything waits, on the threads of checks.

    A connection is announced before it is made, and received not by the listener's board but by
    one of the visit's own: with the rules of the running configuration, but counts, history and
    events of its own. So nobody else can sign in as the guest, and nobody else notices.
    """

    def __init__(
        self, boards: Boards, folder: Path, *, workers: WorkerPool, tickets: Tickets, config: Config
    ) -> None:
        self._boards = boards
        self._folder = folder
        self._workers = workers
        self._tickets = tickets
        self._config = config
        self._lock = threading.Lock()
        self._mailbox: Mailbox | None = None
        self._closed = False

    def look(self, view: ListenerView, *, patience: float = PATIENCE) -> tuple[ProbeStep, ...]:
        """What a mail program meets at the address of a listener, without signing in."""
        return self._probe(view, None, patience)

    def sign_in(self, view: ListenerView, *, patience: float = PATIENCE) -> tuple[ProbeStep, ...]:
        """The same with a sign-in, the list and the message; OSError when no mailbox can be made.

        The mailbox is made at the first time and serves for all.
        """
        return self._probe(view, self._prepared(), patience)

    def close(self) -> None:
        """The visit is over: its mailbox is gone from the disk."""
        with self._lock:
            mailbox, self._mailbox, self._closed = self._mailbox, None, True
        if mailbox is not None:
            mailbox.close()

    def _prepared(self) -> Mailbox:
        with self._lock:
            if self._closed:
                raise OSError("the visit is over")
            if self._mailbox is None:
                self._mailbox = Mailbox(self._folder / f"{_FOLDER}{secrets.token_hex(8)}")
            return self._mailbox

    def _probe(
        self, view: ListenerView, mailbox: Mailbox | None, patience: float
    ) -> tuple[ProbeStep, ...]:
        address, hub = reached_at(view.address), Hub()
        noted = hub.subscribe(_GRAVE, _NOTED)
        guest = mailbox.guest if mailbox is not None else None
        host = Endpoint.parse(address).host
        proxies = [one.proxy for one in self._config.pop3.listeners if one.name == view.name]
        proxy = any(is_trusted(one, host) for one in proxies)
        with self._received(hub, mailbox) as announce:
            steps = probe(
                address, view.security, guest, patience=patience, announce=announce, proxy=proxy
            )
        return steps if steps[-1].passed else (*steps[:-1], _with_notes(steps[-1], noted))

    @contextmanager
    def _received(self, hub: Hub, mailbox: Mailbox | None) -> Iterator[Callable[[str], None]]:
        """Rooms for one connection, alone in them so that no limit is ever reached."""
        own = [(loop, board, self._room(board, loop, hub, mailbox)) for loop, board in self._boards]
        peers: list[str] = []

        def announce(peer: str) -> None:
            peers.append(peer)
            for _, board, room in own:
                board.announced[peer] = room

        try:
            yield announce
        finally:
            for loop, board, room in own:
                for peer in peers:
                    board.announced.pop(peer, None)
                _clear(loop, room)

    def _room(
        self, board: Switchboard, loop: SessionLoop, hub: Hub, mailbox: Mailbox | None
    ) -> Switchboard:
        # Who does not sign in asks neither accounts nor mail, so those of the house will do.
        room = Switchboard(
            loop,
            store=mailbox.store if mailbox is not None else board.store,
            directory=mailbox.directory if mailbox is not None else board.directory,
            workers=self._workers,
            hub=hub,
            gate=Gate(self._config, hub),
            tickets=self._tickets,
            captures=Captures(),
            maildrops=Maildrops(Config()),
        )
        room.watch = board.watch
        return room


def is_trusted(proxy: Proxy, host: str) -> bool:
    """Whether a listener waits for a connection from this address to say whom it speaks for."""
    trusted = map(Network.parse, proxy.trusted)
    return proxy.mode is not ProxyMode.OFF and any(
        network.covers(parse_address(host)) for network in trusted
    )


def sweep_visits(folder: Path) -> None:
    """Remove what a visit left behind whose process was ended."""
    for left in folder.glob(f"{_FOLDER}*"):
        shutil.rmtree(left, ignore_errors=True)


def _with_notes(step: ProbeStep, noted: Ring) -> ProbeStep:
    return replace(step, noted=tuple(printable(str(event)) for event in noted.drain().events))


def _clear(loop: SessionLoop, room: Switchboard) -> None:
    """End what is still open in a room; a loop that ended with the server has none."""
    with suppress(RuntimeError, Late):
        _waited(loop.call(room.end_stop))
        # A session lets go one turn of its loop after it was told.
        _waited(loop.call(lambda: None))


def _waited(done: Future[None]) -> None:
    done.result(_LEAVE_SECONDS)
