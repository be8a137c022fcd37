"""Entries of other servers, as they come in datagrams of reference lines or of syslog."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from datetime import datetime

from server_core.config.endpoint import Endpoint
from server_core.config.log import Receive
from server_core.config.networks import Network, parse_address
from server_core.events.types import Level, printable
from server_core.logs.entry import Entry, one_word

_LINE = re.compile(
    r"(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}) (?P<level>\d\d) (?P<host>\S{1,255}) "
    r"(?P<module>[A-Za-z0-9_*-]{1,32}):(?P<session>[0-9A-Fa-f]{8}): (?P<text>.*)",
    re.DOTALL,
)
_LEVELS = {1: Level.CRITICAL, 2: Level.ERROR, 4: Level.WARNING, 8: Level.INFO, 16: Level.PROTOCOL}
_LONGEST = 8_192
_UNKNOWN = "REMOTE"
RETRY_SECONDS = 2.0
# Times that every computer can show in its own zone: up to the year 3000.
_LAST_MOMENT = 32_503_680_000.0
_LOG = logging.getLogger(__name__)


class Receiver(asyncio.DatagramProtocol):
    """A UDP socket on the control loop; ``problem`` says why it is not open, if it should be."""

    def __init__(self, take: Callable[[list[Entry]], None]) -> None:
        self._take = take
        self._wanted = Receive()
        self._networks: tuple[Network, ...] = ()
        self._transport: asyncio.BaseTransport | None = None
        self._trying: asyncio.Task[None] | None = None
        self.problem = ""
        self.refused = 0
        """How many datagrams came from addresses that may not send any."""

    async def apply(self, wanted: Receive) -> None:
        """Receive as wanted from here on."""
        if wanted == self._wanted and (self._transport is not None) is wanted.enabled:
            return
        self.close()
        self._wanted = wanted
        self._networks = tuple(Network.parse(network) for network in wanted.networks)
        if wanted.enabled and not await self._open():
            self._trying = asyncio.get_running_loop().create_task(self._try_again())

    async def _open(self) -> bool:
        host, port = Endpoint.parse(self._wanted.address)
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: self,
                local_addr=("0.0.0.0" if host == "*" else host, port),  # noqa: S104 - asked for
            )
        except OSError as problem:
            reason = (problem.strerror or str(problem)).lower()
            self.problem = f"nothing can be received at {self._wanted.address}: {reason}"
            return False
        self.problem = ""
        return True

    async def _try_again(self) -> None:
        """Whoever has the port may give it back."""
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            if await self._open():
                break

    @property
    def address(self) -> tuple[str, int] | None:
        """Where it really listens; None while it does not."""
        if self._transport is None:
            return None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Receive no more."""
        if self._trying is not None:
            self._trying.cancel()
        if self._transport is not None:
            self._transport.close()
        self._transport, self._trying, self.problem = None, None, ""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take one entry, if its sender may send."""
        address = parse_address(addr[0].partition("%")[0])
        if any(network.covers(address) for network in self._networks):
            self._take([received(data, addr[0], time.time())])
        else:
            self.refused += 1
            if str(self.refused).rstrip("0") == "1":  # each power of ten: a flood fills no log
                text = "%d log entries came from addresses that may send none, the last from %s"
                _LOG.warning(text, self.refused, addr[0])


def received(data: bytes, sender: str, now: float) -> Entry:
    """The entry in a datagram; what is no reference line is kept as the sender's text."""
    text = data[:_LONGEST].decode("utf-8", "replace").rstrip("\r\n\0")
    match = _LINE.fullmatch(text)
    level = _LEVELS.get(int(match["level"])) if match else None
    try:
        when = datetime.strptime(match["when"], "%Y-%m-%d %H:%M:%S %z").timestamp() if match else 0
    except (ValueError, OverflowError):
        level = None
    if match is None or level is None or not 0 <= when < _LAST_MOMENT:
        words = printable(text)
        return Entry(now, Level.INFO, one_word(sender), _UNKNOWN, 0, words, received=True)
    return Entry(
        time=when,
        level=level,
        host=one_word(match["host"]),
        module=match["module"].upper(),
        session=int(match["session"], 16),
        text=printable(match["text"]),
        received=True,
    )
