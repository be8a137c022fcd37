"""Rows as text that leaves the window; a cell stays one harmless cell, whoever wrote it."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from server_core.events.types import printable

Cell = str | int
Rows = Iterable[Sequence[Cell]]

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STYLE = (
    "body{font:14px system-ui,sans-serif}table{border-collapse:collapse}"
    "td,th{padding:2px 8px;text-align:left;vertical-align:top;border-bottom:1px solid #ccc}"
)


class Table(NamedTuple):
    """What is to be written: what it is, the names of its columns, and its rows."""

    title: str
    names: Sequence[str]
    rows: Rows


class Format(NamedTuple):
    """A way to write a table; ``write`` gives pieces of text that follow each other."""

    id: str
    title: str
    suffix: str
    write: Callable[[Table], Iterator[str]]

    @property
    def files(self) -> str:
        """Such files, as a file dialog wants them told."""
        return f"{self.title} (*.{self.suffix})"


def tab_separated(rows: Rows) -> str:
    """A line each, without names; a cell never is a formula to the spreadsheet it is put in."""
    return "\n".join("\t".join(str(_harmless(cell)) for cell in row) for row in rows)


def as_csv(table: Table) -> Iterator[str]:
    """Columns with their names; a cell never is a formula to a spreadsheet."""
    yield _csv_line(table.names)
    for row in table.rows:
        yield _csv_line(row)


def as_json(table: Table) -> Iterator[str]:
    """A JSON object each, on a line of its own."""
    for row in table.rows:
        told = dict(zip(table.names, map(_one_line, row), strict=True))
        yield json.dumps(told, ensure_ascii=False) + "\n"


def as_html(table: Table) -> Iterator[str]:
    """A page with one table, for any browser."""
    title = html.escape(table.title)
    yield '<!doctype html>\n<meta charset="utf-8">\n'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n"
    yield f"<table>\n{_html_line('th', table.names)}"
    for row in table.rows:
        yield _html_line("td", row)
    yield "</table>\n"


def formats() -> tuple[Format, ...]:
    """All that a table can be written in."""
    tr = QCoreApplication.translate
    return (
        Format("csv", tr("Tables", "CSV, for spreadsheets"), "csv", as_csv),
        Format("json", tr("Tables", "JSON lines, for programs"), "jsonl", as_json),
        Format("html", tr("Tables", "HTML, for browsers"), "html", as_html),
    )


def _csv_line(cells: Iterable[Cell]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(map(_harmless, cells))
    return line.getvalue()


def _html_line(tag: str, cells: Iterable[Cell]) -> str:
    line = "".join(f"<{tag}>{html.escape(str(_one_line(cell)))}</{tag}>" for cell in cells)
    return f"<tr>{line}</tr>\n"


def _harmless(cell: Cell) -> Cell:
    cell = _one_line(cell)
    formula = isinstance(cell, str) and cell.lstrip().startswith(_STARTS_A_FORMULA)
    return f"'{cell}" if formula else cell


def _one_line(cell: Cell) -> Cell:
    return printable(cell) if isinstance(cell, str) else cell
