"""The table of destinations: which ones a configuration has, and what each of them gets."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from server_core.config.log import RemoteLog, Transport
from server_core.config.model import Config
from server_core.logs.choosing import Choice
from server_core.logs.destination import Place
from server_core.logs.entry import Entry
from server_core.logs.files import Files
from server_core.logs.folder import folder_of
from server_core.logs.remote import Datagrams, Stream
from server_core.logs.system import system_log

FILES, SYSTEM = "files", "system log"


def places_of(config: Config, folder: Path, choice: Choice, host: str) -> tuple[Place, ...]:
    """Every destination that is switched on; ``folder`` is where files go unless it is set.

    A folder that is set and no whole path is one in there: a service has no place of its own.
    """
    log = config.log
    places: list[Place] = []
    if log.files:
        make = partial(Files, folder_of(log, folder), log, choice.rule_for)
        places.append(Place(FILES, make, _everything, host=host))
    if log.system:
        places.append(Place(SYSTEM, system_log, partial(_own, log.system_classes), host=host))
    return (*places, *(_remote(remote, host) for remote in log.remote if remote.enabled))


def _remote(remote: RemoteLog, host: str) -> Place:
    stream = remote.transport in (Transport.TCP, Transport.TLS)
    make = partial(Stream if stream else Datagrams, remote)
    name = f"{remote.address} ({remote.transport})"
    return Place(name, make, partial(_own, remote.classes), host=host)


def _everything(entry: Entry) -> bool:
    return True


def _own(classes: int, entry: Entry) -> bool:
    """What others sent is not sent on: two servers would send it to and fro for ever."""
    return not entry.received and bool(classes & entry.level)
