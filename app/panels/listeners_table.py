"""The table of listeners: what the draft says of each, and how it is doing now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from app.bridge.draft_keeper import DraftKeeper
from app.forms import addresses
from app.forms.table_editor import Entry, entries, setting_column
from app.forms.words import tr
from app.look import words
from app.look.tables import Column
from app.panels import listeners_facts
from app.panels.listeners_facts import Facts
from server_core.config.model import Listener
from server_core.events.views import ListenerState, ListenerView

LISTENERS = "pop3.listeners"


def rows(keeper: DraftKeeper, known: Mapping[str, Facts]) -> list[Entry]:
    """The listeners of the draft with what is known of them, and behind them those that drain."""
    listed = entries(keeper, LISTENERS)
    kept = [replace(entry, status=known.get(entry.key)) for entry in listed]
    names = {entry.key for entry in listed}
    gone = (each for name, each in known.items() if name not in names)
    return kept + [
        Entry(each.view.name, _values_of(each.view), status=each)
        for each in gone
        if each.view.state is ListenerState.DRAINING
    ]


def facts_of(entry: Entry) -> Facts | None:
    """What is known of the listener; None before it was applied."""
    return entry.status if isinstance(entry.status, Facts) else None


def view_of(entry: Entry) -> ListenerView | None:
    """How the listener is doing; None before it was applied."""
    known = facts_of(entry)
    return known.view if known is not None else None


def is_editable(entry: Entry) -> bool:
    """Whether the draft has the listener; one that only drains is shown and no more."""
    return "domain" in entry.values


def failed(listed: Iterable[Entry]) -> list[Entry]:
    """The listeners that should serve and cannot."""
    return [
        entry
        for entry in listed
        if (view := view_of(entry)) is not None and view.state is ListenerState.FAILED
    ]


def _values_of(view: ListenerView) -> dict[str, object]:
    return {
        "name": view.name,
        "address": view.address,
        "security": view.security,
        "enabled": False,
    }


def _port(entry: Entry) -> int:
    return addresses.parted(str(entry.values["address"]))[1]


def _host(entry: Entry) -> str:
    return addresses.spoken_host(addresses.parted(str(entry.values["address"]))[0])


def _live(text: Callable[[Facts | None], str]) -> Callable[[Entry], str]:
    return lambda entry: text(facts_of(entry))


def _sessions(entry: Entry) -> int:
    view = view_of(entry)
    return view.sessions if view is not None else 0


def _refused(known: Facts | None) -> str:
    return words.number(known.refusals) if known is not None else "–"


def columns() -> tuple[Column[Entry], ...]:
    """The columns; made when the window is, so that they speak its language."""
    return (*_settings(), *_numbers(), setting_column(Listener, "enabled", 76))


def _settings() -> tuple[Column[Entry], ...]:
    return (
        Column(
            tr("State"),
            _live(lambda known: listeners_facts.state_words(known)[2]),
            116,
            mark=lambda entry: listeners_facts.state_words(facts_of(entry))[:2],
            tip=_live(listeners_facts.state_tip),
        ),
        Column(
            tr("Name"),
            lambda entry: str(entry.values["name"]),
            116,
            mark=lambda entry: ("circle", "accent") if entry.changed else None,
            tip=lambda entry: tr("Changed, not applied yet") if entry.changed else "",
        ),
        Column(tr("Address"), _host, 156, tip=_host),
        Column(tr("Port"), lambda entry: str(_port(entry)), 60, number=True, sort=_port),
        setting_column(Listener, "security", 142),
        Column(
            tr("Certificate"),
            _live(listeners_facts.certificate_text),
            100,
            tip=_live(listeners_facts.certificate_tip),
        ),
    )


def _numbers() -> tuple[Column[Entry], ...]:
    """What is counted, each with what it is counted over in its tip."""
    return (
        Column(
            tr("Sessions"), _live(listeners_facts.sessions_text), 84, number=True, sort=_sessions
        ),
        Column(
            tr("New"),
            _live(listeners_facts.new_text),
            64,
            number=True,
            tip=_live(listeners_facts.new_tip),
        ),
        Column(
            tr("Refused"),
            _live(_refused),
            80,
            number=True,
            tip=lambda _: tr("Refused connections of the last hour"),
        ),
    )
