"""Lines of the log as text, CSV, JSON lines and HTML; whatever strangers sent stays one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from app.dashboard.log_rows import LogRow
from app.look import row_formats
from app.look.row_formats import Table
from server_core.events.types import printable

FIELDS = (
    *("time", "level", "category", "session", "listener"),
    *("address", "account", "event", "text", "times"),
)


class Format(NamedTuple):
    """A way to write lines; ``write`` gives pieces of text that follow each other."""

    id: str
    title: str
    suffix: str
    write: Callable[[Iterable[LogRow]], Iterator[str]]

    @property
    def files(self) -> str:
        """Such files, as a file dialog wants them told."""
        return f"{self.title} (*.{self.suffix})"


def fields_of(row: LogRow) -> dict[str, str | int]:
    """What a line has to say, every text printable."""
    moment = datetime.fromtimestamp(row.time).astimezone()
    said: tuple[str | int, ...] = (
        moment.isoformat(timespec="milliseconds"),
        str(row.level.name).lower(),
        row.category.value,
        row.session,
        *(row.listener, row.peer, row.user, row.event, row.text),
        row.times,
    )
    return {
        name: printable(value) if isinstance(value, str) else value
        for name, value in zip(FIELDS, said, strict=True)
    }


def as_text(rows: Iterable[LogRow]) -> Iterator[str]:
    """A line each: time, level, session and text."""
    for row in rows:
        told = fields_of(row)
        times = f" (× {row.times})" if row.times > 1 else ""
        session = f" [{row.session}]" if row.session else ""
        yield f"{told['time']} {told['level']}{session} {told['text']}{times}\n"


def as_csv(rows: Iterable[LogRow]) -> Iterator[str]:
    """Columns with their names; a cell never is a formula to a spreadsheet."""
    return row_formats.as_csv(_table(rows))


def as_json(rows: Iterable[LogRow]) -> Iterator[str]:
    """A JSON object each, on a line of its own."""
    return row_formats.as_json(_table(rows))


def as_html(rows: Iterable[LogRow]) -> Iterator[str]:
    """A page with one table, for any browser."""
    return row_formats.as_html(_table(rows))


def formats() -> tuple[Format, ...]:
    """All of them, the plainest first."""
    tr = QCoreApplication.translate
    return (
        Format("text", tr("Log", "Text"), "txt", as_text),
        Format("csv", tr("Log", "CSV, for spreadsheets"), "csv", as_csv),
        Format("json", tr("Log", "JSON lines, for programs"), "jsonl", as_json),
        Format("html", tr("Log", "HTML, for browsers"), "html", as_html),
    )


def _table(rows: Iterable[LogRow]) -> Table:
    return Table("Log", FIELDS, ([*fields_of(row).values()] for row in rows))
