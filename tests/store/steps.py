"""Every step with which the store touches the disk, counted, so that a test can strike at each."""

from __future__ import annotations

import functools
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from typing import Any
from unittest.mock import patch

from server_core.store import delivery

OS_STEPS = ("fsync", "replace", "rename", "unlink", "mkdir", "rmdir")
SQL_STEPS = ("BEGIN", "COMMIT", "INSERT", "UPDATE", "DELETE", "CREATE", "PRAGMA user_version=")


@contextmanager
def steps(on_step: Callable[[str], None]) -> Iterator[None]:
    """Call ``on_step`` with a name before every step; what it raises is raised there."""

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            if sql.lstrip().startswith(SQL_STEPS):
                on_step(f"sql {sql}")
            return super().execute(sql, *rest)

        def executemany(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            on_step(f"sql {sql}")
            return super().executemany(sql, *rest)

    class File(FileIO):
        def write(self, octets: Any) -> int:
            on_step("write")
            return super().write(octets)

    def counted(name: str) -> Callable[..., Any]:
        function = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            on_step(f"os {name}")
            return function(*args, **kwargs)

        return call

    connect = functools.partial(sqlite3.connect, factory=Connection)
    with ExitStack() as stack:
        for name in OS_STEPS:
            stack.enter_context(patch.object(os, name, counted(name)))
        stack.enter_context(patch.object(sqlite3, "connect", connect))
        stack.enter_context(patch.object(delivery, "FileIO", File))
        yield


class StrikeAt:
    """Counts steps while armed and strikes once, at the one chosen."""

    def __init__(self, step: int, strike: Callable[[str], None]) -> None:
        self.armed = False
        self._left = step
        self._strike = strike
        self.struck = ""

    def __call__(self, name: str) -> None:
        if not self.armed:
            return
        self._left -= 1
        if self._left == 0:
            self.struck = name
            self._strike(name)
