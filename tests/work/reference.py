"""Work that never changes, of the kinds that a session is made of: ``python reference.py ROUNDS``.

Interpreters are built differently: the same program takes more instructions in one than in
another. This one's instructions tell how many, so that a session's can be told in rounds of it.
"""

import sys
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """What an event is like."""

    number: int
    name: str
    octets: int


class Machine:
    """What an engine is like: octets in, facts out."""

    __slots__ = ("facts", "lines", "table")

    def __init__(self) -> None:
        self.lines = bytearray()
        self.facts: deque[Fact] = deque()
        self.table = {b"USER": 1, b"PASS": 2, b"STAT": 3, b"QUIT": 4}

    def feed(self, octets: bytes) -> None:
        """Take octets, and act on every whole line."""
        self.lines += octets
        while (end := self.lines.find(b"\r\n")) >= 0:
            line = bytes(self.lines[:end])
            del self.lines[: end + 2]
            self.obey(line)

    def obey(self, line: bytes) -> None:
        """One line."""
        verb, _, argument = line.partition(b" ")
        number = self.table.get(verb.upper(), 0)
        if not isinstance(argument, bytes) or number == 0:
            raise ValueError(line)
        steps = self.steps(number, argument)
        try:
            answer = next(steps)
            while True:
                answer = steps.send(answer + 1)
        except StopIteration as done:
            self.facts.append(Fact(number, done.value, len(line)))

    def steps(self, number: int, argument: bytes) -> Generator[int, int, str]:
        """A dialogue of two questions."""
        first = yield number
        second = yield max(first, number)
        return f"{argument.decode('ascii').strip().lower()}-{first + second}"


def main() -> None:
    """As many rounds as the command line asks for."""
    machine = Machine()
    for _ in range(int(sys.argv[1])):
        for line in (b"USER ann\r\n", b"PASS secret\r\n", b"STAT\r\n", b"QUIT\r\n"):
            machine.feed(line)
        while machine.facts:
            text = str(machine.facts.popleft())
            if not text.isprintable():
                raise ValueError(text)


if __name__ == "__main__":
    main()
