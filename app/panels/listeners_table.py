"""The table of listeners: what the draft says of each, and how it is doing now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.bridge.draft_keeper import DraftKeeper
from app.forms import addresses
from app.forms.table_editor import Entry, entries, setting_column
from app.forms.words import tr
from app.look import words
from app.look.tables import Column
from server_core.config.model import Listener
from server_core.events.views import ListenerState, ListenerView

LISTENERS = "pop3.listeners"


def rows(keeper: DraftKeeper, views: Iterable[ListenerView]) -> list[Entry]:
    """The listeners of the draft, each with its view where it runs."""
    return with_views(entries(keeper, LISTENERS), views)


def with_views(listed: Iterable[Entry], views: Iterable[ListenerView]) -> list[Entry]:
    """The same listeners with their views of this moment."""
    live = {view.name: view for view in views}
    return [replace(entry, status=live.get(entry.key)) for entry in listed]


def view_of(entry: Entry) -> ListenerView | None:
    """How the listener is doing; None before it was applied."""
    return entry.status if isinstance(entry.status, ListenerView) else None


def _state(entry: Entry) -> tuple[str, str, str]:
    view = view_of(entry)
    if view is None:
        return "diamond", "info", tr("Not applied yet")
    return words.listener_state(view.state)


def _tip(entry: Entry) -> str:
    view = view_of(entry)
    if view is None:
        return tr("Starts when the changes are applied.")
    return view.sentence or view.address


def _port(entry: Entry) -> int:
    return addresses.parted(str(entry.values["address"]))[1]


def _host(entry: Entry) -> str:
    return addresses.spoken_host(addresses.parted(str(entry.values["address"]))[0])


def _sessions(entry: Entry) -> int:
    view = view_of(entry)
    return view.sessions if view is not None else 0


def columns() -> tuple[Column[Entry], ...]:
    """The columns; made when the window is, so that they speak its language."""
    return (
        Column(
            tr("State"),
            lambda entry: _state(entry)[2],
            130,
            mark=lambda entry: _state(entry)[:2],
            tip=_tip,
        ),
        Column(
            tr("Name"),
            lambda entry: str(entry.values["name"]),
            136,
            mark=lambda entry: ("circle", "accent") if entry.changed else None,
            tip=lambda entry: tr("Changed, not applied yet") if entry.changed else "",
        ),
        Column(tr("Address"), _host, 150),
        Column(tr("Port"), lambda entry: str(_port(entry)), 64, number=True, sort=_port),
        setting_column(Listener, "security", 150),
        Column(
            tr("Sessions"),
            lambda entry: words.number(_sessions(entry)),
            80,
            number=True,
            sort=_sessions,
        ),
        setting_column(Listener, "enabled", 76),
    )


def failed(listed: Iterable[Entry]) -> list[Entry]:
    """The listeners that should serve and cannot."""
    return [
        entry
        for entry in listed
        if (view := view_of(entry)) is not None and view.state is ListenerState.FAILED
    ]
