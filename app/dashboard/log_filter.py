"""Which log lines a person wants to see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.dashboard.log_expression import Expression
from app.dashboard.log_rows import LogRow, address_of
from server_core.config.log import Category
from server_core.config.networks import Network
from server_core.events.types import Level

_WORD = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
Test = Callable[[LogRow], bool]

FIELDS: Mapping[str, Callable[[LogRow], str]] = {
    "level": lambda row: str(row.level.name).lower(),
    "category": lambda row: row.category.value,
    "session": lambda row: str(row.session or ""),
    "listener": lambda row: row.listener,
    "address": lambda row: row.address,
    "account": lambda row: row.user,
    "event": lambda row: row.event,
    "text": lambda row: row.text,
}
"""What *Only this* and *Not this* can be about, and where it stands in a line."""


@dataclass(frozen=True, slots=True)
class Condition:
    """*Only this*, or *Not this*, of one field."""

    field: str
    value: str
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class LogFilter:
    """All of it has to fit. ``words`` is what was typed: ``word``, ``-word``, ``"a phrase"``.

    With ``expression`` it is one regular expression. ``address`` may be a network. ``since`` and
    ``until`` are epoch seconds, 0.0 for no bound; no ``categories`` means all of them. Of several
    conditions that want something of the same field one is enough.
    """

    words: str = ""
    expression: bool = False
    level: Level = Level.INFO
    categories: tuple[Category, ...] = ()
    session: int = 0
    account: str = ""
    address: str = ""
    listener: str = ""
    event: str = ""
    since: float = 0.0
    until: float = 0.0
    conditions: tuple[Condition, ...] = ()

    def select(self, rows: Iterable[LogRow]) -> list[LogRow]:
        """The rows that fit, in their order; TooCostly when the expression is."""
        return self.selector()(rows)

    def selector(self) -> Callable[[Iterable[LogRow]], list[LogRow]]:
        """The same as a function, for rows that come in many pieces."""
        tests = [*self._tests()]
        level = self.level

        def select(rows: Iterable[LogRow]) -> list[LogRow]:
            found = [row for row in rows if row.level <= level or row.lost]
            for test in tests:
                found = [row for row in found if test(row) or row.lost]
            return found

        return select

    @property
    def narrow(self) -> bool:
        """Whether anything but the level is asked for."""
        return self != LogFilter(level=self.level, expression=self.expression)

    @property
    def problem(self) -> str:
        """What is wrong with the expression; empty when nothing is."""
        return Expression(self.words).problem if self.expression and self.words else ""

    def _tests(self) -> Iterable[Test]:
        """One test for each thing asked for, the cheap ones first."""
        if self.session:
            yield lambda row, session=self.session: row.session == session  # type: ignore[misc]
        if self.since:
            yield lambda row, since=self.since: row.time >= since  # type: ignore[misc]
        if self.until:
            yield lambda row, until=self.until: row.time <= until  # type: ignore[misc]
        if self.categories:
            kinds = frozenset(self.categories)
            yield lambda row: row.category in kinds
        if self.listener:
            yield lambda row: row.listener == self.listener
        if self.event:
            yield lambda row: row.event == self.event
        yield from _conditions(self.conditions)
        if account := self.account.strip().lower():
            yield lambda row: account in row.user.lower()
        if address := self.address.strip().lower():
            yield _address_test(address)
        if self.words.strip():
            yield _expression_test(self.words) if self.expression else _words_test(self.words)


def parse_words(typed: str) -> tuple[list[str], list[str]]:
    """The words that must be there and those that must not, in lower case."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _WORD.findall(typed.lower()):
        text = phrase or word
        # A lone minus or an open quotation mark is the beginning of something still being typed.
        if text and text != "-":
            (unwanted if minus else wanted).append(text)
    return wanted, unwanted


def _words_test(typed: str) -> Test:
    wanted, unwanted = parse_words(typed)

    def fits(row: LogRow) -> bool:
        text = row.haystack.lower()
        for word in wanted:
            if word not in text:
                return False
        for word in unwanted:  # noqa: SIM110 - a generator for each of 100,000 rows takes its time
            if word in text:
                return False
        return True

    return fits


def _expression_test(typed: str) -> Test:
    expression = Expression(typed)
    if expression.problem:
        return lambda row: True
    return lambda row: expression.is_in(row.haystack)


def _address_test(typed: str) -> Test:
    try:
        network = Network.parse(typed)
    except ValueError:
        return lambda row: typed in row.peer.lower()

    def fits(row: LogRow) -> bool:
        address = address_of(row.peer)
        return address is not None and network.covers(address)

    return fits


def _conditions(conditions: Iterable[Condition]) -> Iterable[Test]:
    wanted: dict[str, set[str]] = {}
    unwanted: dict[str, set[str]] = {}
    for each in conditions:
        (wanted if each.wanted else unwanted).setdefault(each.field, set()).add(each.value)
    for field, values in wanted.items():
        yield lambda row, get=FIELDS[field], values=values: get(row) in values  # type: ignore[misc]
    for field, values in unwanted.items():
        yield lambda row, get=FIELDS[field], values=values: (  # type: ignore[misc]
            get(row) not in values
        )
