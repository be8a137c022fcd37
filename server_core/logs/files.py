"""Log files: entries sorted into files by the rules, in the shape wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from server_core.config.log import Log, LogRule
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
        chunks: dict[str, tuple[LogRule, list[str]]] = {}
        for entry in entries:
            rule = self._rule_for(entry)
            if rule is not None:
                line = line_of(entry, self._log.shape, utc=self._log.utc)
                chunks.setdefault(rule.file.lower(), (rule, []))[1].append(line)
        now = time.time()
        for name, (rule, lines) in chunks.items():
            file = self._files.get(name)
            if file is None:
                file = self._files[name] = RollingFile(self._folder / rule.file, rule)
            file.append("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"), now)

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()
        self._files.clear()
