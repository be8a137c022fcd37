"""Who acts on the server, and through what: for the log's lines about what people did."""

from __future__ import annotations

import getpass
from contextvars import ContextVar
from functools import cache

from server_core.events.administration import Administered

ORIGIN: ContextVar[str] = ContextVar("origin", default="server")
"""``window`` or ``console``; set by whoever carries a person's wish to the facade."""


def administered(deed: str, *, session: int = 0, user: str = "", address: str = "") -> Administered:
    """The event that tells what the person did who acts right now."""
    by, origin = _person(), ORIGIN.get()
    return Administered(
        by=by, origin=origin, deed=deed, session=session, user=user, address=address
    )


@cache
def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an id without a name, as containers have
        return "somebody"
