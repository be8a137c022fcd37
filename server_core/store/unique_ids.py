"""Unique-ids (RFC 1939 UIDL): derived from uidvalidity and uid, or brought along by a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class Memory(Protocol):
    """What remembers every unique-id that was taken over."""

    def taken(self, unique_ids: Iterable[str]) -> set[str]:
        """Which of these were."""


def derived_id(uidvalidity: int, uid: int) -> str:
    """The unique-id of a message that did not bring one."""
    return f"{uidvalidity:x}.{uid:x}"


def taken_over(memory: Memory, uidvalidity: int, given: Sequence[str | None]) -> list[str | None]:
    """The same list, with None for every unique-id that is malformed or was used before."""
    wanted = [one for one in given if one is not None]
    used = memory.taken(wanted) if wanted else set()
    fit: list[str | None] = []
    for one in given:
        if one is None or one in used or not _may_be_taken_over(one, uidvalidity):
            fit.append(None)
        else:
            used.add(one)
            fit.append(one)
    return fit


def _may_be_taken_over(unique_id: str, uidvalidity: int) -> bool:
    return (
        1 <= len(unique_id) <= 70
        and all("\x21" <= character <= "\x7e" for character in unique_id)
        # What looks like one of ours was given to another message, or will be.
        and not unique_id.startswith(f"{uidvalidity:x}.")
    )
