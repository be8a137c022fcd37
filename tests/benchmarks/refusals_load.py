"""Connection attempts from many loopback addresses, at a steady rate: a flood in a process."""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

GREETED = "greeted"
LATER = "later"
SILENCE = "silence"
_PATIENCE = 20.0
_SLICE_SECONDS = 0.02
_PROGRAM = Path(__file__).resolve()


@dataclass(frozen=True)
class Flood:
    """What one process does: so many attempts, from so many addresses in turn."""

    port: int
    attempts: int
    per_second: float
    sources: tuple[str, ...]


@dataclass
class Heard:
    """What came of a flood: by address how often each answer was heard, and how long it took."""

    seconds: float = 0.0
    answers: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, answer: str) -> int:
        """How often an answer was heard."""
        return sum(heard.get(answer, 0) for heard in self.answers.values())

    def by_source(self, answer: str) -> dict[str, int]:
        """How often each address heard an answer."""
        return {source: heard[answer] for source, heard in self.answers.items() if answer in heard}


def sources(network: int, count: int) -> tuple[str, ...]:
    """So many addresses of 127.``network``.0.0/16."""
    return tuple(f"127.{network}.{number >> 8}.{number & 255}" for number in range(1, count + 1))


def start(flood: Flood) -> subprocess.Popen[str]:
    """Begin in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(_PROGRAM), json.dumps(asdict(flood))],
        stdout=subprocess.PIPE,
        text=True,
    )


def result(process: subprocess.Popen[str]) -> Heard:
    """What a process heard, once it is done."""
    said, _ = process.communicate(timeout=120)
    if process.returncode:
        raise RuntimeError(f"the flood ended with {process.returncode}")
    return Heard(**json.loads(said))


def together(all_heard: Sequence[Heard]) -> Heard:
    """Several processes as one."""
    whole = Heard(max(heard.seconds for heard in all_heard))
    for heard in all_heard:
        for source, answers in heard.answers.items():
            sums = Counter(whole.answers.get(source, {}))
            sums.update(answers)
            whole.answers[source] = dict(sums)
    return whole


class _Attempts:
    """Attempts under way in this process."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._selector = selectors.DefaultSelector()
        self.answers: dict[str, Counter[str]] = {}

    @property
    def open(self) -> int:
        """How many have not been answered yet."""
        return len(self._selector.get_map())

    def begin(self, source: str) -> None:
        """One more, from this address."""
        sock = socket.socket()
        sock.setblocking(False)
        sock.bind((source, 0))
        sock.connect_ex(self._target)
        self._selector.register(sock, selectors.EVENT_READ, source)

    def hear(self, seconds: float) -> None:
        """Take the answers that come within this time."""
        for key, _ in self._selector.select(seconds):
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            self.answers.setdefault(key.data, Counter())[_answer_of(sock)] += 1
            self._selector.unregister(sock)
            sock.close()


def _answer_of(sock: socket.socket) -> str:
    try:
        octets = sock.recv(200)
    except OSError as problem:
        return type(problem).__name__
    if octets.startswith(b"+OK"):
        return GREETED
    if octets.startswith(b"-ERR [SYS/TEMP]"):
        return LATER
    return SILENCE if not octets else octets.decode("latin-1")


def run(flood: Flood) -> Heard:
    """All attempts, no faster than asked for; gives when all were answered."""
    attempts, begun, made = _Attempts(flood.port), time.monotonic(), 0
    while made < flood.attempts:
        due = min(flood.attempts, int((time.monotonic() - begun) * flood.per_second) + 1)
        for number in range(made, due):
            attempts.begin(flood.sources[number % len(flood.sources)])
        made = due
        attempts.hear(_SLICE_SECONDS if not attempts.open else 0.001)
    seconds = time.monotonic() - begun
    while attempts.open and time.monotonic() < begun + seconds + _PATIENCE:
        attempts.hear(0.1)
    answers = {source: dict(heard) for source, heard in attempts.answers.items()}
    if attempts.open:
        answers["nowhere"] = {"no answer": attempts.open}
    return Heard(seconds, answers)


if __name__ == "__main__":
    print(json.dumps(asdict(run(Flood(**json.loads(sys.argv[1]))))))
