"""Log files: entries sorted into files by the rules, in the shape wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from server_core.config.log import Log, LogRule
from server_core.logs.destination import Unwritten
from server_core.logs.entry import Entry
from server_core.logs.lines import line_of
from server_core.logs.rolling_file import RollingFile


class Files:
    """The folder with all log files of one configuration; a ``Writer``."""

    def __init__(self, folder: Path, log: Log, rule_for: Callable[[Entry], LogRule | None]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._log = log
        self._rule_for = rule_for
        self._files: dict[str, RollingFile] = {}

    def write(self, entries: Sequence[Entry]) -> None:
        """Append every entry to the file of its rule."""
        sorted_out: dict[str, tuple[LogRule, list[Entry]]] = {}
        for entry in entries:
            rule = self._rule_for(entry)
            if rule is not None:
                sorted_out.setdefault(rule.file.lower(), (rule, []))[1].append(entry)
        left: list[Entry] = []
        trouble: OSError | None = None
        for rule, theirs in sorted_out.values():
            try:
                self._append(rule, theirs)
            except Unwritten as problem:
                left += theirs[len(theirs) - len(problem.left) :]
                trouble = problem
            except OSError as problem:
                left += theirs
                trouble = problem
        if trouble is not None:
            raise Unwritten(trouble, left)

    def _append(self, rule: LogRule, entries: Sequence[Entry]) -> None:
        file = self._files.get(rule.file.lower())
        if file is None:
            file = RollingFile(self._folder / rule.file, rule)
            self._files[rule.file.lower()] = file
        lines = (line_of(entry, self._log.shape, utc=self._log.utc) for entry in entries)
        file.append([f"{line}\n".encode("utf-8", "replace") for line in lines], time.time())

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()
        self._files.clear()
