"""Lines that repeat each other, shown as one."""

from __future__ import annotations

from collections.abc import Container, Iterable

from app.dashboard.log_rows import LogRow

Said = tuple[object, ...]


def joined(earlier: LogRow, later: LogRow) -> LogRow:
    """Both as one row that stands where the later one does."""
    return later.repeated(earlier.times + later.times, earlier.begins)


def repeats(earlier: LogRow, later: LogRow, opened: Container[Said]) -> bool:
    """Whether the later line belongs into the row of the earlier one."""
    # What is known without making the text tells most of a long list apart.
    return (
        earlier.event == later.event
        and earlier.user == later.user
        and earlier.text == later.text
        and earlier.said == later.said
        and later.said not in opened
    )


def collapsed(rows: Iterable[LogRow], opened: Container[Said]) -> list[LogRow]:
    """Runs of lines that say the same as one row each; what is in ``opened`` stays apart."""
    shown: list[LogRow] = []
    last: LogRow | None = None
    for row in rows:
        if last is not None and row.event == last.event and repeats(last, row, opened):
            last = shown[-1] = joined(last, row)
        else:
            last = row
            shown.append(row)
    return shown
