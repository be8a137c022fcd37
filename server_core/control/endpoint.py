"""The facade over a local endpoint: a socket in the home's run folder, a named pipe on Windows."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import secrets
import shutil
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager
from multiprocessing.connection import Client, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server_core.acting import ORIGIN
from server_core.control.verbs import VERBS, Verb
from server_core.control.wire import FAMILY, MAX_REPLY, MAX_REQUEST, Beacon, receive, send
from server_core.service import MailService, Refused

if TYPE_CHECKING:
    from server_core.control.wire import Link

MOST_LINKS = 32
_BACKLOG = 16
# sun_path holds 104 octets on macOS and 108 on Linux, with a terminating zero.
_LONGEST_ADDRESS = 100
_PATIENCE_SECONDS = 10.0
_IDLE_SECONDS = 300.0
_LOOK_AROUND_SECONDS = 0.25
_GRACE_SECONDS = 5.0
_BREATHER_SECONDS = 1.0
_log = logging.getLogger(__name__)


class ControlEndpoint:
    """Serves the verbs of a started service; ``start`` and ``stop`` are called on its loop."""

    def __init__(self, service: MailService) -> None:
        self._service = service
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._beacon: Beacon | None = None
        self._private_folder = ""
        self._acceptor: threading.Thread | None = None
        self._threads: set[threading.Thread] = set()
        self._calls: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._stop_asked = threading.Event()

    def start(self) -> None:
        """Take calls from now on. The service owns its home, so what lies in the way is stale."""
        self._loop = asyncio.get_running_loop()
        self._stopping = False
        self._stop_asked.clear()
        self._beacon = Beacon.at(self._new_address())
        self._listener = Listener(self._beacon.address, FAMILY, backlog=_BACKLOG)
        if FAMILY == "AF_UNIX":
            Path(self._beacon.address).chmod(0o600)
        self._beacon.write(self._service.home)
        self._acceptor = _begun(self._accept, self._listener)

    async def stop(self) -> None:
        """Take no more calls; those under way may finish for a few seconds."""
        if self._listener is None or self._beacon is None:
            return
        self._stopping = True
        self._stop_asked.set()
        self._beacon.remove(self._service.home)
        if self._calls:
            await asyncio.wait(self._calls, timeout=_GRACE_SECONDS)
        for call in self._calls:
            call.cancel()
        await asyncio.to_thread(self._hang_up, self._beacon.address, self._listener)
        self._listener = None
        if self._private_folder:
            shutil.rmtree(self._private_folder, ignore_errors=True)

    def _new_address(self) -> str:
        if FAMILY == "AF_PIPE":
            return rf"\\.\pipe\postroom-{secrets.token_hex(16)}"
        address = str(self._service.home.run / "control.socket")
        if len(os.fsencode(address)) > _LONGEST_ADDRESS:
            self._private_folder = tempfile.mkdtemp(prefix="postroom-")
            address = str(Path(self._private_folder, "control.socket"))
        Path(address).unlink(missing_ok=True)
        return address

    def _hang_up(self, address: str, listener: Listener) -> None:
        """Wake the thread that accepts, and see all threads end."""
        try:
            Client(address, FAMILY).close()
        except OSError:
            _log.debug("the control endpoint was gone already")
        if self._acceptor is not None:
            self._acceptor.join(_GRACE_SECONDS)  # it alone begins others
        for thread in tuple(self._threads):
            thread.join(_GRACE_SECONDS)
        listener.close()

    # In threads.

    def _accept(self, listener: Listener) -> None:
        in_trouble = False
        while not self._stopping:
            try:
                link = listener.accept()
            except OSError as problem:
                if not self._stopping and not in_trouble:
                    _log.warning("control connections cannot be accepted: %s", problem)
                in_trouble = True
                # What is lacking does not come back faster for being asked again at once.
                self._stop_asked.wait(_BREATHER_SECONDS)
                continue
            in_trouble = False
            self._threads = {known for known in self._threads if known.is_alive()}
            if self._stopping or len(self._threads) >= MOST_LINKS:
                link.close()
            else:
                self._threads.add(_begun(self._serve, link))

    def _serve(self, link: Link) -> None:
        with link:
            try:
                _limit_patience(link)
                self._greet(link)
                while self._next_request(link):
                    request = receive(link, MAX_REQUEST)
                    try:
                        send(link, self._reply(request), MAX_REPLY)
                    except Refused as refused:
                        send(link, {"refused": str(refused)}, MAX_REPLY)
            except (OSError, EOFError, ValueError, multiprocessing.AuthenticationError) as problem:
                # Not worth more: whoever reaches this socket is the person that runs the server.
                _log.debug("a control connection ended: %s", problem)

    def _greet(self, link: Link) -> None:
        if self._beacon is not None:
            deliver_challenge(link, self._beacon.secret)
            answer_challenge(link, self._beacon.secret)

    def _next_request(self, link: Link) -> bool:
        """Whether a request has come; looks around now and then, for stopping closes nothing."""
        for _ in range(int(_IDLE_SECONDS / _LOOK_AROUND_SECONDS)):
            if self._stopping:
                return False
            if link.poll(_LOOK_AROUND_SECONDS):
                return True
        return False

    def _reply(self, request: dict[str, Any]) -> dict[str, Any]:
        name, arguments = request.get("verb"), request.get("arguments", {})
        verb = VERBS.get(name) if isinstance(name, str) else None
        if verb is None or not isinstance(arguments, dict):
            raise Refused("The server does not know this request.")
        if self._loop is None or self._stopping:
            raise Refused("The server is stopping.")
        call = asyncio.run_coroutine_threadsafe(self._perform(verb, arguments), self._loop)
        try:
            return {"result": verb.to_json(call.result())}
        except CancelledError:
            raise Refused("The server is stopping.") from None
        except Refused:
            raise
        except Exception as problem:  # the boundary: a fault in a verb ends this call, not more
            _log.exception("the control request %s failed", name)
            raise Refused("An internal error; the log has the details.") from problem

    # On the control loop.

    async def _perform(self, verb: Verb, arguments: dict[str, object]) -> Any:
        call = asyncio.current_task()
        assert call is not None
        self._calls.add(call)
        ORIGIN.set("console")  # for this call alone: a task has a context of its own
        try:
            return await verb.perform(self._service, arguments)
        finally:
            self._calls.discard(call)


@asynccontextmanager
async def serving(service: MailService) -> AsyncIterator[ControlEndpoint]:
    """The endpoint of a started service for as long as the block runs."""
    endpoint = ControlEndpoint(service)
    endpoint.start()
    try:
        yield endpoint
    finally:
        await endpoint.stop()


def _begun(work: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, name="control", daemon=True)
    thread.start()
    return thread


def _limit_patience(link: Link) -> None:
    """A peer that stops in the middle of a message is given up; pipes carry whole messages."""
    if sys.platform != "win32":
        with socket.socket(fileno=os.dup(link.fileno())) as shared:
            patience = struct.pack("ll", int(_PATIENCE_SECONDS), 0)
            shared.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
            shared.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
