"""The process dies at every single step: what was acknowledged holds, nothing comes back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from server_core.store.file_store import FileStore
from tests.store.conftest import ANN, content, deliver, files, incoming
from tests.store.crash_runs import DIED

OLD = [b"old 1", b"old 2", b"old 3", b"old 4"]


def runs(folder: Path) -> list[dict[str, Any]]:
    seed = FileStore(folder / "seed", cached_mailboxes=8)
    deliver(seed, *OLD)
    seed.close()
    program = [sys.executable, "-m", "tests.store.crash_runs", str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_death_at_any_step_loses_nothing_doubles_nothing_and_brings_nothing_back(
    tmp_path: Path,
) -> None:
    found = runs(tmp_path)
    assert [run["status"] for run in found] == [DIED] * (len(found) - 1) + [0]
    # Fewer steps than this and the runs would no longer strike at what matters.
    assert len(found) > 60
    for run in found:
        verify(Path(run["folder"]), run["told"])


def verify(folder: Path, told: list[list[Any]]) -> None:
    delivered = [uid for what, *uids in told if what == "delivered" for uid in uids]
    removed = {uid for what, *uids in told if what == "removed" for uid in uids}
    in_doubt = {uid for what, *uids in told if what == "removing" for uid in uids}
    store = FileStore(folder, cached_mailboxes=8)
    rows = store.messages(ANN)
    uids = {row.uid for row in rows}
    assert uids >= {1, 2, 3, 4, *delivered[:2]} - removed - in_doubt
    assert not uids & removed
    texts = Counter(content(store, row.uid) for row in rows)
    assert set(texts.values()) <= {1}
    assert set(texts) <= {text + b"\r\n" for text in [*OLD, b"new 0", b"new 1", b"new 2"]}
    assert all(row.seen for row in rows if ["seen", row.uid] in told)
    (late,) = deliver(store, b"late")
    assert late.uid > max([4, *delivered])
    if ["new mailbox"] in told:
        assert store.usage("new") == (1, len(b"new 3\r\n"))
    store.deliver("new", incoming(b"later"))
    assert list(store.check(repair=False)) == []
    present = [f"{ANN}/messages/0/{row.uid:x}.msg" for row in store.messages(ANN)]
    assert [path for path in files(folder) if path.startswith(f"{ANN}/")] == sorted(present)
    store.close()
