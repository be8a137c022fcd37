"""What networks call an address (PTR records): asked for aside, kept for a while, never trusted."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from server_core.config.networks import address_text, parse_address
from server_core.workers.pool import WorkerPool

KEPT = 1_000
FRESH_SECONDS = 3_600.0
# Nobody answered, or there is no name: that may change soon.
UNNAMED_SECONDS = 300.0
PATIENCE = 5.0
MOST_ASKED = 100
AT_ONCE = 4
LONGEST = 253
_STRANGE = re.compile(r"[^a-z0-9._-]")


class ReverseNames:
    """Lives on the control loop; ``resolve`` gives the name of an address or raises OSError.

    Lookups have threads of their own, so that a resolver that hangs holds up neither mail nor
    anything else.
    """

    def __init__(self, resolve: Callable[[str], str] | None = None) -> None:
        self._resolve = resolve or _resolved
        self._pool: WorkerPool | None = None
        self._names: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._asked: dict[str, Future[str]] = {}

    def known(self, address: str) -> str | None:
        """The name as far as it was asked for lately; empty for none, None for not asked."""
        name, until = self._names.get(address, ("", 0.0))
        return name if time.monotonic() < until else None

    async def name(self, address: str) -> str:
        """The name, asked for when it is not known; empty for none, or when too many are asked."""
        known = self.known(address)
        if known is not None:
            return known
        work = self._ask(address)
        if work is None:
            return ""
        # Never more than patience: what hangs goes on aside, and what it finds is found later.
        await asyncio.wait([asyncio.wrap_future(work)], timeout=PATIENCE)
        if not work.done():
            work.cancel()  # one that has not begun never will
        name = ""
        if work.done():
            name = "" if work.cancelled() else work.result()
            self._asked.pop(address, None)
        self._keep(address, name)
        return name

    def close(self) -> None:
        """Look up no more until somebody asks again; nobody waits for what is at work."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)
            self._pool = None

    def _ask(self, address: str) -> Future[str] | None:
        for ended in [known for known, work in self._asked.items() if work.done()]:
            if ended != address:
                del self._asked[ended]
        work = self._asked.pop(address, None)
        if work is None or work.cancelled():
            if len(self._asked) >= MOST_ASKED:
                return None
            if self._pool is None:
                self._pool = WorkerPool(1, AT_ONCE, idle=2.0)
            work = self._pool.submit(self._look_up, address)
        self._asked[address] = work
        return work

    def _look_up(self, address: str) -> str:
        try:
            return harmless(self._resolve(address))
        except (OSError, ValueError):
            return ""

    def _keep(self, address: str, name: str) -> None:
        lasts = FRESH_SECONDS if name else UNNAMED_SECONDS
        self._names[address] = name, time.monotonic() + lasts
        self._names.move_to_end(address)
        while len(self._names) > KEPT:
            self._names.popitem(last=False)


def harmless(name: str) -> str:
    """A name of nothing but what host names are made of; whoever has the address wrote it."""
    return _STRANGE.sub("?", name.rstrip(".").lower()[:LONGEST])


def _resolved(address: str) -> str:
    where = address_text(*parse_address(address))
    return socket.getnameinfo((where, 0), socket.NI_NAMEREQD)[0]
