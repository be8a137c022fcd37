"""What a check is: a row of the table in ``checks.py``, and a small function that looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from ssl import TLSVersion
from typing import NamedTuple

from server_core.accounts.accounts_file import Record
from server_core.config.checking import Problem
from server_core.config.model import Config
from server_core.events.health import FindingState, HealthGroup, Mend
from server_core.events.log_views import LogPlaceView
from server_core.events.views import (
    BanView,
    CertificateView,
    ListenerView,
    MethodView,
    SecretsView,
    Trial,
)
from server_core.home import Home
from server_core.net.visit import Visit
from server_core.store.file_store import FileStore
from server_core.workers.pool import WorkerPool

PATIENCE = 20.0
"""Seconds a check may take unless its row says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What checks look at, as it was when they began; ``now`` is in epoch seconds.

    The callables wait and are for workers, as are the checks themselves. ``warnings`` are what
    the configuration had better not say, ``unreached`` its rules that never decide,
    ``oldest_tls`` the oldest version that each listener speaks. ``visit`` tries listeners while
    the server runs; whoever goes through the checks closes it.
    """

    home: Home
    config: Config
    now: float
    serving: bool
    store: FileStore
    workers: WorkerPool
    records: tuple[Record, ...]
    listeners: tuple[ListenerView, ...]
    methods: tuple[MethodView, ...]
    bans: tuple[BanView, ...]
    secrets: SecretsView
    log_places: tuple[LogPlaceView, ...]
    warnings: tuple[Problem, ...]
    unreached: tuple[Problem, ...]
    oldest_tls: Mapping[str, TLSVersion]
    certificates: Callable[[], tuple[CertificateView, ...]]
    trial: Callable[[str, str], Trial]
    visit: Visit | None


class Place(NamedTuple):
    """What was looked at, and where it is mended; see ``Finding``."""

    subject: str = ""
    page: str = ""
    target: str = ""


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing a check saw; see ``Finding``, which it becomes."""

    state: FindingState
    sentence: str
    place: Place = NOWHERE
    mend: Mend | None = None
    details: tuple[str, ...] = ()


fine = partial(Seen, FindingState.OK)
attention = partial(Seen, FindingState.ATTENTION)
problem = partial(Seen, FindingState.PROBLEM)
unchecked = partial(Seen, FindingState.NOT_CHECKED)

NOT_SERVING = "The server is not running, so nothing could be tried."


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table; ``look`` gives nothing when the server has no such subject."""

    id: str
    group: HealthGroup
    what: str
    look: Callable[[Subject], Iterator[Seen]]
    seconds: float = PATIENCE


def named(names: list[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
