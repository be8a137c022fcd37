"""A home, postroomctl called as a function, and a real server beside it."""

from __future__ import annotations

import io
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server_core.ctl.main import main

PATIENCE = 20


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str


class Console:
    """postroomctl on one home."""

    def __init__(
        self, home: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.home = home
        self._capture = capture
        self._patch = patch

    def __call__(self, *words: str, stdin: str = "") -> Said:
        """Run a command and take what it prints."""
        self._capture.readouterr()
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        status = main(["--home", str(self.home), *words])
        captured = self._capture.readouterr()
        return Said(status, captured.out, captured.err)

    def done(self, *words: str, stdin: str = "") -> str:
        """Run a command that must succeed without a complaint."""
        said = self(*words, stdin=stdin)
        assert (said.status, said.err) == (0, "")
        return said.out

    def refused(self, *words: str, stdin: str = "") -> str:
        """Run a command that must fail with one line of reason."""
        said = self(*words, stdin=stdin)
        assert said.status == 1
        assert said.err.count("\n") == 1
        assert said.err.startswith("postroomctl: ")
        return said.err


class Server:
    """``postroomctl serve`` in a process of its own."""

    def __init__(self, home: Path, *options: str, stderr: int = subprocess.PIPE) -> None:
        command = [sys.executable, "-m", "server_core.ctl.main", "--home", str(home), "serve"]
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=stderr, text=True
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._log: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_out),
            threading.Thread(target=self._read_log),
        ]
        for reader in self._readers:
            reader.start()

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def _read_log(self) -> None:
        self._log.extend(self.process.stderr or ())

    def line(self) -> list[str]:
        """The next line on standard output, as words."""
        return self._lines.get(timeout=PATIENCE).split()

    def port(self) -> int:
        """The port of the next listener that is ready."""
        word, _, address, _ = self.line()
        assert word == "ready"
        return int(address.rpartition(":")[2])

    def wait(self) -> tuple[int, str]:
        """The exit status and the log, once it has ended."""
        status = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return status, "".join(self._log)

    def stop(self) -> tuple[int, str]:
        """Ask it to stop, and wait."""
        self.process.terminate()
        return self.wait()

    def kill(self) -> None:
        """End it the hard way."""
        self.process.kill()
        self.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def console(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Console:
    """A home with one plain listener on a free port and the domain example.com."""
    console = Console(tmp_path / "home", capsys, monkeypatch)
    console.done("init", "--domain", "example.com", "--listen", "127.0.0.1:0/none")
    return console


@pytest.fixture
def serve(console: Console) -> Iterator[Callable[..., Server]]:
    """Starts servers on the home."""
    servers: list[Server] = []

    def start(*options: str, stderr: int = subprocess.PIPE) -> Server:
        servers.append(Server(console.home, *options, stderr=stderr))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture(params=["on files", "through the server"])
def either(request: pytest.FixtureRequest, console: Console) -> Console:
    """The console with and without a running server: every verb must work both ways."""
    if request.param == "through the server":
        server: Server = request.getfixturevalue("serve")()
        server.port()
    return console
