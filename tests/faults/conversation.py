"""A plain POP3 client that waits no longer than it must and knows a lost line from silence."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

PASSWORD = "correct horse"
PATIENCE = 20.0


class LineLost(Exception):
    """The server closed the connection or announced it, or the line broke."""


class Conversation:
    """One connection, in lock step unless lines are sent together. TimeoutError for silence."""

    def __init__(self, address: tuple[str, int], *, patience: float = PATIENCE) -> None:
        self._input = b""
        try:
            self.socket = socket.create_connection(address, patience)
        except TimeoutError:
            raise
        except OSError as problem:
            raise LineLost(str(problem)) from problem

    def send(self, *lines: str | bytes) -> None:
        """Send command lines in one piece."""
        octets = (line.encode() if isinstance(line, str) else line for line in lines)
        self.send_octets(b"".join(line + b"\r\n" for line in octets))

    def send_octets(self, octets: bytes) -> None:
        """Send just this."""
        try:
            self.socket.sendall(octets)
        except TimeoutError:
            raise
        except OSError as problem:
            raise LineLost(str(problem)) from problem

    def line(self) -> str:
        """The next line, without its line end."""
        while b"\r\n" not in self._input:
            self._read()
        line, _, self._input = self._input.partition(b"\r\n")
        if line.startswith(b"-ERR [SYS/TEMP] Server shutting down"):
            raise LineLost(line.decode("ascii"))
        return line.decode("latin-1")

    def say(self, line: str | bytes) -> str:
        """Send one command and give the first line of the reply."""
        self.send(line)
        return self.line()

    def body(self) -> bytes:
        """The rest of a multi-line reply, byte-stuffing taken out."""
        searched = 0
        while not self._input.startswith(b".\r\n"):
            end = self._input.find(b"\r\n.\r\n", searched)
            if end >= 0:
                stuffed, self._input = self._input[: end + 2], self._input[end + 5 :]
                return stuffed.replace(b"\r\n..", b"\r\n.").removeprefix(b".")
            searched = max(0, len(self._input) - 4)
            self._read()
        self._input = self._input[3:]
        return b""

    def ask(self, line: str) -> bytes:
        """The body of a multi-line reply that must be +OK."""
        reply = self.say(line)
        assert reply.startswith("+OK"), f"{line}: {reply}"
        return self.body()

    def listing(self, line: str) -> dict[int, str]:
        """The body of LIST or UIDL by message number."""
        rows = (row.split(" ", 1) for row in self.ask(line).decode("ascii").splitlines())
        return {int(number): rest for number, rest in rows}

    def sign_in(self, user: str, password: str = PASSWORD) -> str:
        """Greeting, USER and PASS; gives the reply of PASS."""
        greeting = self.line()
        assert greeting.startswith("+OK"), greeting
        self.say(f"USER {user}")
        return self.say(f"PASS {password}")

    def is_closed(self) -> bool:
        """Wait until the server closes; what it still says is dropped."""
        try:
            while True:
                self._read()
        except LineLost:
            return True

    def close(self) -> None:
        """Hang up without a word."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        try:
            octets = self.socket.recv(262_144)
        except TimeoutError:
            raise
        except OSError as problem:
            raise LineLost(str(problem)) from problem
        if not octets:
            raise LineLost("the server closed the connection")
        self._input += octets
