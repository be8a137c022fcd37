"""The facade of a running server, for another process of the same person."""

from __future__ import annotations

import multiprocessing
from contextlib import ExitStack
from multiprocessing.connection import Client, answer_challenge, deliver_challenge
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pydantic_core import to_jsonable_python

from server_core.control.verbs import VERBS
from server_core.control.wire import FAMILY, MAX_REPLY, MAX_REQUEST, Beacon, receive, send
from server_core.home import Home
from server_core.service import Refused

if TYPE_CHECKING:
    from server_core.control.wire import Link


class ControlClient:
    """An open link to a running server, which may take ``patience`` seconds for an answer."""

    def __init__(self, link: Link, patience: float | None = None) -> None:
        self._link, self._patience = link, patience

    def call(self, verb: str, /, **arguments: object) -> Any:
        """Do what the facade's method of this name does; Refused with the server's sentence."""
        try:
            send(
                self._link, {"verb": verb, "arguments": to_jsonable_python(arguments)}, MAX_REQUEST
            )
            _await(self._link, self._patience)
            reply = receive(self._link, MAX_REPLY)
        except (OSError, EOFError, ValueError):
            raise Refused("The server went away before it answered.") from None
        if "refused" in reply:
            raise Refused(str(reply["refused"]))
        return VERBS[verb].from_json(reply.get("result"))

    def close(self) -> None:
        """Hang up."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def connect(home: Home, *, patience: float | None = None) -> ControlClient | None:
    """A link to the server that owns the home; None when none runs. Waits.

    A server that says nothing for ``patience`` seconds is none.
    """
    beacon = Beacon.read(home)
    if beacon is None:
        return None
    with ExitStack() as opened:
        try:
            link = Client(beacon.address, FAMILY)
            opened.callback(link.close)
            _await(link, patience)
            answer_challenge(link, beacon.secret)
            deliver_challenge(link, beacon.secret)
        except (OSError, EOFError, multiprocessing.AuthenticationError):
            return None
        opened.pop_all()
    return ControlClient(link, patience)


def show_window(home: Home, *, patience: float) -> bool | None:
    """Have the window of the server that owns the home come forward. Waits.

    False when that serves without a window, None when nobody answers.
    """
    client = connect(home, patience=patience)
    if client is None:
        return None
    with client:
        try:
            return bool(client.call("show_window"))
        except Refused:  # it starts or stops just now
            return None


def _await(link: Link, patience: float | None) -> None:
    if not link.poll(patience):
        raise TimeoutError
