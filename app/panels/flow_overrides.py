"""Listeners and rules with limits of their own, and the way to where those are set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QAbstractItemView, QFrame, QStackedWidget

from app.bridge.draft_keeper import DraftKeeper
from app.bridge.services import Services
from app.forms.keyed_rows import KeyedRows
from app.forms.row_text import row_words
from app.forms.table_editor import entry_keys
from app.forms.words import spoken, tr
from app.look.parts import Card, button, muted
from app.look.tables import Column, TableView
from app.look.words import number
from app.panels import access_rows
from app.panels.access_rows import LISTENERS, has_own_limits
from app.panels.flow_meters import Meters, by_limit, listener_scope, words_of
from server_core.config.admission import FlowOverride
from server_core.config.schema import Setting, settings_of
from server_core.events.views import MeterView

ROWS_SHOWN = 6


@dataclass(frozen=True)
class Override:
    """Where limits differ: what it is called, where it is set, and what the meters say.

    ``scope`` is what the server calls it.
    """

    words: str
    page: str
    target: str
    flow: Mapping[str, Any]
    scope: str
    meters: tuple[MeterView, ...] = ()


def overrides(keeper: DraftKeeper) -> list[Override]:
    """The listeners and the rules of the draft that have limits of their own."""
    found = []
    listed = zip(entry_keys(keeper, LISTENERS), keeper.draft.get(LISTENERS), strict=True)
    for key, entry in listed:
        if has_own_limits(entry):
            scope = listener_scope(entry["name"])
            words = tr("Listener {name}").format(name=entry["name"])
            found.append(Override(words, "listeners", f"{key}.flow", entry["flow"], scope))
    for rules in access_rows.lists(keeper):
        for place, row in enumerate(keeper.draft.get(rules.path), 1):
            if has_own_limits(row):
                words = tr("Rule {n} of {list}: {rule}").format(
                    n=place, list=rules.title, rule=row_words(row)
                )
                scope = f"rule {place} of {rules.place}: {row.get('action')} {row['address']}"
                scope += f" ({row['note']})" if row["note"] else ""
                target = f"{rules.path}.#{place}"
                found.append(Override(words, "access", target, row["flow"], scope))
    return found


class Overrides(Card):
    """The table of them; Enter, double-click or the button goes where the limits are set."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme, tr("Limits of their own"))
        self._services = services
        self._meters: Meters = {}
        self._outdated = False
        self.model: KeyedRows[Override] = KeyedRows(_columns(), lambda each: each.target)
        self.table = TableView(services.theme, "flow.overrides", tr("Limits of their own"))
        self.table.show_model(self.model, self.model.columns)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setProperty("part", "inline")
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.remember(services.settings)
        self.open = button(tr("Go to its limits"), "flow.open")
        self.heading.addWidget(self.open)
        none = muted(
            services.theme,
            tr("No listener and no rule has limits of its own; those above count for all."),
        )
        none.setObjectName("flow.no_overrides")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(none)
        self.body.addWidget(self._stack)
        self.table.activated.connect(self._go)
        self.open.clicked.connect(self._go)
        self.table.selectionModel().selectionChanged.connect(self._follow_selection)
        services.keeper.changed.connect(self._draft_changed)
        self.show_rows()

    def show_meters(self, meters: tuple[MeterView, ...]) -> None:
        """Bring the numbers up to now."""
        self._meters = by_limit(meters)
        if self._outdated:
            self.show_rows()
        else:
            self._show(self.model.rows)

    def show_rows(self) -> None:
        """Bring the table up to the draft."""
        self._outdated = False
        listed = overrides(self._services.keeper)
        self._show(listed)
        self._stack.setCurrentIndex(0 if listed else 1)
        self.table.fit_rows(min(len(listed), ROWS_SHOWN))
        self._stack.setFixedHeight(self.table.height() if listed else 24)
        self.open.setVisible(bool(listed))
        self._follow_selection()

    def _show(self, listed: Sequence[Override]) -> None:
        self.model.show_rows(
            [replace(each, meters=_of(self._meters, each.scope)) for each in listed]
        )

    def _draft_changed(self) -> None:
        self._outdated = True
        if self.isVisible():
            self.show_rows()

    def _go(self) -> None:
        chosen = self.table.selected_rows()
        if chosen:
            self._services.window.go(chosen[0].page, chosen[0].target)

    def _follow_selection(self) -> None:
        self.open.setEnabled(bool(self.table.selected_rows()))


def _of(meters: Meters, scope: str) -> tuple[MeterView, ...]:
    found = (meters.get((scope, name)) for name in FlowOverride.model_fields)
    return tuple(meter for meter in found if meter is not None)


def _columns() -> tuple[Column[Override], ...]:
    titles = {
        "max_connections": tr("At the same time"),
        "max_connections_per_peer": tr("From one address"),
        "max_new": tr("New"),
        "max_new_per_peer": tr("New from one"),
        "interval": tr("Interval"),
    }
    return (
        Column(tr("Where"), lambda each: each.words, 270),
        *(
            Column(
                titles[setting.name],
                partial(_value, setting),
                90 if setting.name == "interval" else 142,
                tip=partial(_tip, setting.name),
            )
            for setting in settings_of(FlowOverride)
        ),
    )


def _value(setting: Setting, each: Override) -> str:
    """The own limit with its use, as ``12 of 50``."""
    value = each.flow[setting.name]
    meter = _meter(setting.name, each)
    if value and meter is not None:
        return tr("{used} of {limit}").format(used=number(meter.used), limit=number(value))
    return spoken(setting, value)


def _tip(name: str, each: Override) -> str:
    meter = _meter(name, each)
    return words_of(meter) if meter is not None and each.flow[name] else ""


def _meter(name: str, each: Override) -> MeterView | None:
    return next((meter for meter in each.meters if meter.limit == name), None)
