"""Which log lines a person wants to see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.dashboard.log_rows import LogRow
from server_core.config.log import Category
from server_core.events.types import Level

_WORD = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


@dataclass(frozen=True, slots=True)
class LogFilter:
    """All of it has to fit. ``words`` is what was typed: ``word``, ``-word``, ``"a phrase"``."""

    words: str = ""
    level: Level = Level.INFO
    category: Category | None = None
    session: int = 0
    account: str = ""
    address: str = ""

    def select(self, rows: Iterable[LogRow]) -> list[LogRow]:
        """The rows that fit, in their order."""
        tests = [*self._tests()]
        level = self.level
        rows = [row for row in rows if row.level <= level or row.lost]
        for test in tests:
            rows = [row for row in rows if test(row) or row.lost]
        return rows

    @property
    def narrow(self) -> bool:
        """Whether anything but the level is asked for."""
        return self != LogFilter(level=self.level)

    def _tests(self) -> Iterable[Callable[[LogRow], bool]]:
        """One test for each thing asked for, the cheap ones first."""
        if self.session:
            yield lambda row, session=self.session: row.session == session  # type: ignore[misc]
        if self.category is not None:
            yield lambda row, category=self.category: row.category is category  # type: ignore[misc]
        if account := self.account.strip().lower():
            yield lambda row: account in row.user.lower()
        if address := self.address.strip().lower():
            yield lambda row: address in row.peer.lower()
        wanted, unwanted = parse_words(self.words)
        for word in wanted:
            yield lambda row, word=word: word in row.haystack  # type: ignore[misc]
        for word in unwanted:
            yield lambda row, word=word: word not in row.haystack  # type: ignore[misc]


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
