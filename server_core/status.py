"""The whole server in one picture."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterable
from dataclasses import replace

from server_core import __version__
from server_core.events.views import (
    Counters,
    ListenerState,
    ListenerView,
    SecretsView,
    ServerState,
    ServerStatus,
)
from server_core.net.data_plane import DataPlane
from server_core.premises import Premises


def status_of(
    premises: Premises,
    plane: DataPlane | None,
    state: ServerState,
    revision: int,
    started: float,
) -> ServerStatus:
    """An opened home, and what serves it; ``plane`` is None while nothing does."""
    counters = plane.counters() if plane is not None else Counters()
    listeners = plane.listeners() if plane is not None else ()
    return ServerStatus(
        state=state,
        home=str(premises.home.root),
        name=premises.config.server.name or socket.gethostname(),
        version=__version__,
        revision=revision,
        started=started if plane is not None else 0.0,
        sessions=plane.session_count() if plane is not None else 0,
        accounts=len(premises.directory.list()),
        listeners=listeners,
        counters=replace(counters, delivered=premises.mailroom.delivered),
        session_loop=plane.loop_kind if plane is not None else "",
        free_octets=shutil.disk_usage(premises.home.root).free,
        problems=problems_of(listeners, premises.kept_passwords.view()),
    )


def problems_of(listeners: Iterable[ListenerView], secrets: SecretsView) -> tuple[str, ...]:
    """What a person should look at, a sentence each."""
    failed = (view for view in listeners if view.state is ListenerState.FAILED)
    found = tuple(f"{view.name}: {view.sentence}" for view in failed)
    return (*found, secrets.sentence) if secrets.attention else found
