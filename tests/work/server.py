"""The server as it ships, ``postroomctl serve`` on a real home, run under a tool that counts."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from server_core.config.admission import Flow
from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.home import Home
from server_core.service import MailService
from server_core.store.backend import Incoming
from tests.work.scenarios import PASSWORD, SIZES, USERS, Scenario, hold, message

ROOT = Path(__file__).resolve().parents[2]
SERVE = ("-m", "tests.work.serve")
_PATIENCE = 300  # no count may take longer, whatever the server does
_WARM_UP_ROUNDS = 2
_LAST_TICK = 0.3  # what is told elsewhere than in the log has no end that could be waited for
_CLOSED = b"closing connection"  # the last line of every session
_FLOW = Flow(max_connections=0, max_connections_per_peer=0, max_new=0, max_new_per_peer=0)
_LISTENERS = (
    Listener(name="pop3", address="127.0.0.1:0", security=Security.STARTTLS),
    Listener(name="pop3s", address="127.0.0.1:0", security=Security.TLS),
)


def reads_without_waiting(folder: Path) -> bool:
    """Whether the file system can be asked for what is in memory only; downloads depend on it."""
    if sys.platform != "linux":
        return False
    probe = folder / "probe"
    probe.write_bytes(b"mail")
    descriptor = os.open(probe, os.O_RDONLY)
    try:
        os.preadv(descriptor, (bytearray(4),), 0, os.RWF_NOWAIT)
    except BlockingIOError:
        return True
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
        probe.unlink()


def furnish(folder: Path) -> Home:
    """A home with every user's account and mail, all at its default but limits and ports."""
    home = Home(folder / "home")
    home.prepare()
    save(home.config_file, Config(pop3=Pop3(listeners=_LISTENERS, flow=_FLOW)))

    async def fill() -> None:
        async with MailService(home).opened() as service:
            for user in USERS:
                await service.add_account(user, PASSWORD)
                mail = (message(user, number) for number in range(1, len(SIZES) + 1))
                await service.deliver(user, (Incoming(io.BytesIO(octets)) for octets in mail))

    asyncio.run(fill())
    return home


class CountedServer:
    """A server from start to end; ``process`` is the server itself, whatever tool runs it."""

    def __init__(self, home: Home, tool: Sequence[str] = (), program: Sequence[str] = SERVE):
        self._home = home
        self._report = home.root.parent / "report"  # what it says on standard error
        self._held = 0
        self._logged_before = self._logged()
        with self._report.open("wb") as report:
            self.process = subprocess.Popen(
                [*tool, sys.executable, *program, "--home", str(home.root), "serve"],
                cwd=ROOT,
                # Sets and dictionaries of strings are laid out alike in every run.
                env={**os.environ, "PYTHONHASHSEED": "0"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=report,
                text=True,
            )
        self._bound = threading.Timer(_PATIENCE, self.process.kill)
        self._bound.start()

    def __enter__(self) -> CountedServer:
        ports: dict[str, int] = {}
        while len(ports) < len(_LISTENERS):
            words = self.read_line().split()
            if words[0] == "ready":
                ports[words[1]] = int(words[2].rpartition(":")[2])
        self._ports = ports
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self.process:
            if kind is None:
                self.process.terminate()
            else:
                self.process.kill()
        self._bound.cancel()

    def read_line(self) -> str:
        """The next line of its standard output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self._bound.cancel()
            raise AssertionError(f"the server ended: {self._report.read_text()[-2000:]}")
        return line

    def warm_up(self, scenario: Scenario) -> None:
        """Let every user be known, and everything that is done once be done."""
        for _ in range(_WARM_UP_ROUNDS):
            self._hold(scenario, len(USERS))

    def hold(self, scenario: Scenario) -> None:
        """Hold the scenario's sessions; on return the server is done with them, log included."""
        self._hold(scenario, scenario.sessions)

    def _hold(self, scenario: Scenario, sessions: int) -> None:
        port = self._ports["pop3s" if scenario.tls else "pop3"]
        for number in range(sessions):
            hold(port, scenario, USERS[number % len(USERS)])
        self._held += sessions
        deadline = time.monotonic() + _PATIENCE
        while self._logged() - self._logged_before < self._held:
            if time.monotonic() > deadline:
                raise AssertionError(f"the log lacks sessions: {self._report.read_text()[-2000:]}")
            time.sleep(0.05)
        time.sleep(_LAST_TICK)

    def _logged(self) -> int:
        """How many sessions have their last line in the log."""
        return sum(file.read_bytes().count(_CLOSED) for file in self._home.logs.glob("*"))
