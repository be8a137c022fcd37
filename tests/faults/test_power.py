"""Power loss, as far as a test can cut it: whatever was not flushed is not there afterwards.

Message files and the folders' entries are modelled exactly (see ``power_runs.Disk``). SQLite
flushes its index from C, out of sight; the index is taken as it is at the moment of the cut, so
this proves the order of the store's own flushes and trusts ``synchronous=FULL`` for the rest.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server_core.store.file_store import FileStore

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc/self/fd"),
]


def cuts(folder: Path) -> list[dict[str, Any]]:
    program = [sys.executable, "-m", "tests.faults.power_runs", str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def texts(store: FileStore) -> Iterator[str]:
    for account in ("ann", "bob"):
        for row in store.messages(account):
            reader = store.message(account, row.uid)
            yield reader.read(0, reader.stored).decode("ascii")
            reader.close()


def test_after_a_power_cut_at_any_flush_what_was_acknowledged_is_there_and_whole(
    tmp_path: Path,
) -> None:
    found = cuts(tmp_path)
    # Fewer and the program would no longer meet the flushes that matter.
    assert len(found) > 60
    for cut in found:
        verify(Path(cut["folder"]), cut["told"])


def verify(folder: Path, told: list[list[str]]) -> None:
    tokens = {
        what: {token for told_what, *rest in told if told_what == what for token in rest}
        for what in ("offered", "delivered", "removing", "removed")
    }
    store = FileStore(folder, cached_mailboxes=8)
    there = list(texts(store))
    whole = {text: token for token in tokens["offered"] for text in (letter(token),)}
    assert len(there) == len(set(there)), "doubled"
    assert set(there) <= set(whole), "torn, or never offered"
    names = {whole[text] for text in there}
    assert tokens["delivered"] - tokens["removing"] <= names, "lost"
    assert not names & tokens["removed"], "came back"
    assert list(store.check(repair=False)) == []
    store.close()


def letter(token: str) -> str:
    return f"Subject: {token}\r\n\r\n{token * 2_000}\r\n"
