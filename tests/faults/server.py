"""A real ``postroomctl serve`` process: started, found, talked to, and ended in every way."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from server_core.control.client import ControlClient, connect
from server_core.control.wire import Beacon
from server_core.home import Home
from tests.faults.conversation import PASSWORD, Conversation

PATIENCE = 30.0
_PROGRAM = (sys.executable, "-m", "server_core.ctl.main")


class ServerEnded(AssertionError):
    """The process ended before it was ready; the text is what it said."""


def postroomctl(
    home: Path, *words: str, prefix: Sequence[str] = (), typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*prefix, *_PROGRAM, "--home", str(home), *words],
        capture_output=True,
        text=True,
        input=typed,
        timeout=PATIENCE,
        check=False,
    )


def make_home(home: Path, *accounts: str, listen: str = "127.0.0.1:0/starttls") -> None:
    """A home with one listener and these accounts, all with the same password."""
    made = postroomctl(home, "init", "--domain", "example.org", "--listen", listen)
    assert made.returncode == 0, made.stderr
    for account in accounts:
        words = ("account", "add", account, "--password-stdin")
        added = postroomctl(home, *words, typed=f"{PASSWORD}\n")
        assert added.returncode == 0, added.stderr


class Server:
    """The process, from its start to its end."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = Home(home)
        self.log = home.with_name(f"{home.name}.log")
        self._addresses: dict[str, tuple[str, int]] = {}
        self._output = b""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_PROGRAM, "--home", str(home), "serve", *options],
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def wait_ready(self) -> Self:
        """Return once a listener and the control endpoint answer."""
        while not self._addresses:
            word, name, address, _ = self._line().split()
            assert word == "ready"
            host, _, port = address.rpartition(":")
            self._addresses[name] = (host, int(port))
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while (beacon := Beacon.read(self.home)) is None or beacon.pid != self.process.pid:
            self._expect_life(deadline)
            pause.wait(0.005)
        return self

    def connect(self, listener: str = "pop3") -> Conversation:
        """A new connection to a listener."""
        return Conversation(self._addresses[listener])

    def signed_in(self, user: str) -> Conversation:
        """A new session of this account."""
        session = self.connect()
        reply = session.sign_in(user)
        assert reply.startswith("+OK"), reply
        return session

    def control(self) -> ControlClient:
        """A link to the control endpoint; ConnectionError when it does not answer."""
        link = connect(self.home)
        if link is None:
            raise ConnectionError("the control endpoint does not answer")
        return link

    def ask(self, verb: str, **arguments: object) -> Any:
        """One call over the control endpoint."""
        with self.control() as link:
            return link.call(verb, **arguments)

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-3_000:]

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def live_for(self, seconds: float) -> bool:
        """Let time pass; False when the process ended by itself meanwhile."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self.process.terminate()

    def stop(self) -> int:
        """SIGTERM, and its exit status once it has ended."""
        self.ask_to_stop()
        self.process.wait(PATIENCE)
        return self.kill()

    def kill(self) -> int:
        """SIGKILL, unless it has ended; gives its exit status."""
        self.process.kill()
        status = self.process.wait(PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status

    def __enter__(self) -> Self:
        return self.wait_ready()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def _line(self) -> str:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        while b"\n" not in self._output:
            if not select.select([descriptor], [], [], PATIENCE)[0]:
                raise AssertionError(f"the server says nothing; {self.said()}")
            octets = os.read(descriptor, 4_096)
            if not octets:
                raise ServerEnded(self.said())
            self._output += octets
        line, _, self._output = self._output.partition(b"\n")
        return line.decode()

    def _expect_life(self, deadline: float) -> None:
        if not self.is_alive:
            raise ServerEnded(self.said())
        assert time.monotonic() < deadline, f"no control endpoint; {self.said()}"
