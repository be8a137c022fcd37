"""Lines of the log as text, CSV, JSON lines and HTML; whatever strangers sent stays one line."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from app.dashboard.log_rows import LogRow
from server_core.events.types import printable

FIELDS = (
    *("time", "level", "category", "session", "listener"),
    *("address", "account", "event", "text", "times"),
)
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STYLE = (
    "body{font:14px system-ui,sans-serif}table{border-collapse:collapse}"
    "td,th{padding:2px 8px;text-align:left;vertical-align:top;border-bottom:1px solid #ccc}"
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
    yield _csv_line(FIELDS)
    for row in rows:
        yield _csv_line(_harmless(value) for value in fields_of(row).values())


def as_json(rows: Iterable[LogRow]) -> Iterator[str]:
    """A JSON object each, on a line of its own."""
    for row in rows:
        yield json.dumps(fields_of(row), ensure_ascii=False) + "\n"


def as_html(rows: Iterable[LogRow]) -> Iterator[str]:
    """A page with one table, for any browser."""
    names = "".join(f"<th>{name}</th>" for name in FIELDS)
    yield f'<!doctype html>\n<meta charset="utf-8">\n<title>Log</title>\n<style>{_STYLE}</style>\n'
    yield f"<table>\n<tr>{names}</tr>\n"
    for row in rows:
        cells = "".join(f"<td>{html.escape(str(value))}</td>" for value in fields_of(row).values())
        yield f"<tr>{cells}</tr>\n"
    yield "</table>\n"


def formats() -> tuple[Format, ...]:
    """All of them, the plainest first."""
    tr = QCoreApplication.translate
    return (
        Format("text", tr("Log", "Text"), "txt", as_text),
        Format("csv", tr("Log", "CSV, for spreadsheets"), "csv", as_csv),
        Format("json", tr("Log", "JSON lines, for programs"), "jsonl", as_json),
        Format("html", tr("Log", "HTML, for browsers"), "html", as_html),
    )


def _csv_line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue()


def _harmless(value: str | int) -> str | int:
    text = isinstance(value, str) and value.lstrip().startswith(_STARTS_A_FORMULA)
    return f"'{value}" if text else value
