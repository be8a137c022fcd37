"""The facade of a running server, for another process of the same person."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Client
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
    """An open link to a running server."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def call(self, verb: str, /, **arguments: object) -> Any:
        """Do what the facade's method of this name does; Refused with the server's sentence."""
        try:
            send(
                self._link, {"verb": verb, "arguments": to_jsonable_python(arguments)}, MAX_REQUEST
            )
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


def connect(home: Home) -> ControlClient | None:
    """A link to the server that owns the home; None when none runs. Waits."""
    beacon = Beacon.read(home)
    if beacon is None:
        return None
    try:
        return ControlClient(Client(beacon.address, FAMILY, authkey=beacon.secret))
    except (OSError, EOFError, multiprocessing.AuthenticationError):
        return None
