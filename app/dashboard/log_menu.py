"""What can be done with a line of the log: the menu of a row and of its cells."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtWidgets import QMenu, QWidget

from app.dashboard.log_chips import field_words
from app.dashboard.log_columns import FIELD_OF_COLUMN
from app.dashboard.log_filter import FIELDS, Condition
from app.dashboard.log_formats import formats
from app.dashboard.log_rows import LogRow, address_of
from app.dashboard.log_words import value_words
from app.forms.words import tr
from app.look.words import number

MOST_OF_A_VALUE = 40


class Acts(Protocol):
    """What the page does for its menu."""

    def add_condition(self, condition: Condition) -> None:
        """*Only this*, *Not this*."""

    def copy_as(self, kind: str) -> None:
        """Put the selected lines on the clipboard."""

    def explain_selected(self) -> None:
        """Say what the line means."""

    def follow_row(self, line: LogRow) -> None:
        """Show the lines of its session only."""

    def open_session(self, line: LogRow) -> None:
        """Show its session on the Sessions page."""

    def show_repeats(self, line: LogRow, *, opened: bool) -> None:
        """Show repeated lines one by one, or as one."""

    def go(self, page: str, target: str) -> None:
        """Open another page."""


def row_menu(acts: Acts, line: LogRow, section: int, *, opened: bool, parent: QWidget) -> QMenu:
    """The menu of a line whose cell in this column was asked for."""
    menu = QMenu(parent)
    menu.setObjectName("log.menu")
    _cell(menu, acts, line, FIELD_OF_COLUMN[section])
    by = menu.addMenu(tr("Filter by"))
    for field in ("level", "category", "session", "listener", "address", "account", "event"):
        if FIELDS[field](line):
            _cell(by, acts, line, field)
    if line.session:
        _add(menu, tr("Follow session {n}").format(n=line.session), partial(acts.follow_row, line))
    if line.times > 1:
        text = tr("Show each of the {n} lines").format(n=number(line.times))
        _add(menu, text, partial(acts.show_repeats, line, opened=True))
    elif opened:
        text = tr("Show repeated lines as one")
        _add(menu, text, partial(acts.show_repeats, line, opened=False))
    menu.addSeparator()
    _add(menu, tr("Explain this event"), acts.explain_selected)
    _places(menu, acts, line)
    menu.addSeparator()
    copy = menu.addMenu(tr("Copy as"))
    for kind in formats():
        _add(copy, kind.title, partial(acts.copy_as, kind.id))
    return menu


def _cell(menu: QMenu, acts: Acts, line: LogRow, field: str) -> None:
    if not field:
        return
    value = FIELDS[field](line)
    shown = value_words(field, value)
    shown = shown if len(shown) <= MOST_OF_A_VALUE else f"{shown[:MOST_OF_A_VALUE]}…"
    shown = (shown or tr("none")).replace("&", "&&")
    name = field_words()[field].lower()
    for text, wanted in (
        (tr("Only this {field}: {value}"), True),
        (tr("Not this {field}: {value}"), False),
    ):
        condition = Condition(field, value, wanted=wanted)
        _add(menu, text.format(field=name, value=shown), partial(acts.add_condition, condition))


def _places(menu: QMenu, acts: Acts, line: LogRow) -> None:
    if line.session and not line.read:
        _add(menu, tr("Open session"), partial(acts.open_session, line))
    if line.user:
        _add(menu, tr("Open account"), partial(acts.go, "accounts", line.user))
    if address_of(line.peer) is not None:
        menu.addSeparator()
        _add(menu, tr("Ban address…"), partial(acts.go, "bans", f"add:{line.address}"))
        _add(menu, tr("Allow address…"), partial(acts.go, "access", f"allow:{line.address}"))


def _add(menu: QMenu, text: str, act: Callable[[], object]) -> None:
    menu.addAction(text).triggered.connect(lambda _checked: act())
