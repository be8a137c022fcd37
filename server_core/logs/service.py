"""The log service: events in, entries out to every destination, on a thread of its own."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from server_core.config.model import Config
from server_core.events.log_views import LogPlaceView
from server_core.events.ring import Hub, Ring
from server_core.events.types import Event, Level
from server_core.logs.choosing import Choice
from server_core.logs.destination import Place
from server_core.logs.entry import Entry, entry_of, one_word, own_entry
from server_core.logs.places import places_of
from server_core.logs.security import concerns_security, security_entry

_LOG = logging.getLogger(__name__)
TICK_SECONDS = 0.2
# Enough for ten seconds of a flood, while a destination takes its time.
_RING = 50_000
# Others may not send more in a tick: they would push out what this server has to say.
_RECEIVED = 5_000
# Some milliseconds of work, then the interpreter is somebody else's.
_CHUNK = 200
_BREATH_SECONDS = 0.0005
_LAST_SECONDS = 5.0
_TRY_SECONDS = 8.0
_LOOK_SECONDS = 0.05


class LogService:
    """Writes the log of a home; methods may be called from any thread and never wait, but ``stop``.

    An event waits in a bounded ring for the thread; what the ring cannot hold is counted, and the
    log says so itself.
    """

    def __init__(self, hub: Hub, config: Config, folder: Path) -> None:
        self._hub = hub
        self._folder = folder
        self._host = one_word(config.server.name or socket.gethostname())
        self._choice = Choice(config)
        self._places: tuple[Place, ...] = places_of(config, folder, self._choice, self._host)
        self._config = config
        self._next: Config | None = None
        self._followed = threading.Event()
        self._followed.set()
        self._ring: Ring = hub.subscribe(self._choice.wanted, _RING)
        self._received: list[Entry] = []
        self._missed = 0
        self.protocol_since = time.time() if self._logs_protocol() else 0.0
        """Since when some class protocol is written, in epoch seconds; 0.0 while none is."""
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        for place in self._places:
            place.start()
        self._thread.start()

    def configure(self, config: Config) -> None:
        """Log as ``config`` wants from the next tick on."""
        with self._lock:
            self._next = config
            self._followed.clear()

    def receive(self, entries: Sequence[Entry]) -> None:
        """Take entries that another server sent; those beyond what fits are counted as lost."""
        with self._lock:
            room = max(0, _RECEIVED - len(self._received))
            self._received += entries[:room]
            self._missed += len(entries[room:])

    def views(self) -> tuple[LogPlaceView, ...]:
        """How every destination is doing."""
        return tuple(place.view for place in self._places)

    def try_place(self, name: str) -> LogPlaceView:
        """Send a test entry to one destination and wait some seconds for what becomes of it.

        The destinations are those of the latest ``configure``. KeyError when none has that name.
        """
        self._followed.wait(_TRY_SECONDS)
        place = next((place for place in self._places if place.name == name), None)
        if place is None:
            raise KeyError(name)
        before = place.tries
        place.take([own_entry(self._host, "test entry, sent by hand", Level.INFO)])
        place.hurry()
        deadline = time.monotonic() + _TRY_SECONDS
        while place.tries == before and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        return place.view

    def stop(self) -> None:
        """Write what is left and end; waits for that."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._hub.unsubscribe(self._ring)

    def _run(self) -> None:
        while True:
            last = self._stopping.wait(TICK_SECONDS)
            try:
                self._follow_configuration()
                self._tick()
            except Exception:  # noqa: BLE001 - one entry that cannot be made must not end the log
                _LOG.exception("the log service stumbled")
            if last:
                break
        self._close_places()

    def _tick(self) -> None:
        with self._lock:
            received, self._received = self._received, []
            missed, self._missed = self._missed, 0
        if missed:
            received.insert(0, self._lost(missed))
        if received:
            self._hand_out(received)
        # A flood that never ends must not keep a new configuration, or the end, from being seen.
        for _ in range(_RING // _CHUNK):
            batch = self._ring.drain(_CHUNK)
            entries = self._entries(batch.events)
            if batch.dropped:
                entries.insert(0, self._lost(batch.dropped))
            self._hand_out(entries)
            if len(batch.events) < _CHUNK:
                return
            time.sleep(_BREATH_SECONDS)

    def _entries(self, events: Sequence[Event]) -> list[Entry]:
        entries: list[Entry] = []
        for event in events:
            try:
                self._add(event, entries)
            except Exception:  # noqa: BLE001 - one without words must not take others along
                _LOG.exception("the log has no words for %s", type(event).__name__)
        return entries

    def _add(self, event: Event, entries: list[Entry]) -> None:
        wanted = self._choice.wants(event)
        secure = self._choice.security and concerns_security(event)
        if wanted or secure:
            entry = entry_of(event, self._host, message_ids=self._choice.message_ids)
            if wanted:
                entries.append(entry)
            if secure:
                entries.append(security_entry(event, entry))

    def _close_places(self) -> None:
        for place in self._places:
            place.stop_soon()
        deadline = time.monotonic() + _LAST_SECONDS
        for place in self._places:
            place.close(deadline)

    def _hand_out(self, entries: Sequence[Entry]) -> None:
        for place in self._places:
            place.take([entry for entry in entries if place.wants(entry)])

    def _lost(self, count: int) -> Entry:
        return own_entry(self._host, f"{count} entries came too fast and are missing here")

    def _logs_protocol(self) -> bool:
        return bool(self._choice.wanted & Level.PROTOCOL)

    def _follow_configuration(self) -> None:
        with self._lock:
            config, self._next = self._next, None
        if config is not None:
            self._become(config)
        with self._lock:
            if self._next is None:
                self._followed.set()

    def _become(self, config: Config) -> None:
        host = one_word(config.server.name or socket.gethostname())
        if (config.log, config.pop3.listeners, host) == (
            self._config.log,
            self._config.pop3.listeners,
            self._host,
        ):
            return
        self._tick()
        self._close_places()
        before = {place.name: place for place in self._places}
        self._config, self._host = config, host
        self._choice = Choice(config)
        if not self._logs_protocol():
            self.protocol_since = 0.0
        elif not self.protocol_since:
            self.protocol_since = time.time()
        self._places = places_of(config, self._folder, self._choice, host)
        for place in self._places:
            place.start(before.get(place.name))
        self._hub.refit(self._ring, self._choice.wanted)
