"""What every verb shares: how it fails in one line, and how views become text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from server_core.config.draft import ConfigRejected, NoSuchSetting
from server_core.home import HomeInUse, HomeUnusable
from server_core.service import Refused


class Failed(Exception):
    """The verb did not succeed; the text is the reason for a person."""


FAILURES = (
    Failed,
    Refused,
    HomeUnusable,
    HomeInUse,
    ConfigRejected,
    NoSuchSetting,
    OSError,
)


def reason(problem: BaseException) -> str:
    """The problem in one line."""
    text = str(problem)
    if isinstance(problem, ConfigRejected):
        text = first_problem(problem)
    elif isinstance(problem, OSError) and problem.filename and problem.strerror:
        text = f"{problem.filename}: {problem.strerror.lower()}"
    return " ".join(text.split()) or type(problem).__name__


def first_problem(rejected: ConfigRejected) -> str:
    """The first thing wrong with a configuration, and how many more there are."""
    more = len(rejected.problems) - 1
    return f"{rejected.problems[0]}" + (f" (and {more} more)" if more else "")


def show_json(value: object) -> None:
    """Print views or plain values as JSON."""
    print(json.dumps(to_jsonable_python(value), indent=2, ensure_ascii=False))


def show_table(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under titles, columns aligned; numbers to the right."""
    lines = [tuple(titles), *(tuple(map(str, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    for line in lines:
        cells = (
            cell.rjust(width) if cell.isdigit() else cell.ljust(width)
            for cell, width in zip(line, widths, strict=True)
        )
        print("  ".join(cells).rstrip())


def moment(seconds: float) -> str:
    """A time of the epoch as people here write it; ``-`` for never."""
    if not seconds:
        return "-"
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
