"""``kill -9`` while log files roll over: what was written is there once, whole, in some file."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import random
import re
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from server_core.logs.put_aside import PACKER
from server_core.logs.rolling_file import RollingFile
from tests.faults.log_child import RULE, log_until_killed, log_until_step

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals"),
]

KILLS = int(os.environ.get("POSTROOM_LOG_KILLS", "40"))
SEED = int(os.environ.get("POSTROOM_KILL_SEED", random.randrange(2**32)))
LINE = re.compile(
    r"(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} 04 \S+ SRVLOG:00000000: )?(entry \d+-\d+-\d+)"
)
PROCESSES = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
PROCESSES.set_forkserver_preload(["tests.faults.log_child"])


def lines(folder: Path) -> list[str]:
    """Every line of every file, compressed ones too."""
    found: list[str] = []
    for path in folder.iterdir():
        octets = path.read_bytes()
        text = (gzip.decompress(octets) if path.suffix == ".gz" else octets).decode()
        assert text.endswith("\n") or not text, f"{path.name} ends with half a line"
        found += text.splitlines()
    return found


def killed_again_and_again(folder: Path, notes: Path, chance: random.Random) -> None:
    for number in range(KILLS):
        child = PROCESSES.Process(target=log_until_killed, args=(folder, notes, number))
        child.start()
        child.join(0.2 + 0.25 * chance.random())
        assert child.is_alive(), "it ended by itself"
        child.kill()
        child.join(10)


def expect_all_once(folder: Path, notes: Path) -> int:
    """What is in the files after the next start is whole and there once; gives what was noted."""
    RollingFile(folder / RULE.file, RULE).close()
    PACKER.finish(20)
    whole = [LINE.fullmatch(line) for line in lines(folder)]
    found = Counter(match[1] if match else "half a line" for match in whole)
    assert "half a line" not in found
    assert [name for name, count in found.items() if count > 1] == []
    noted = set(notes.read_text().splitlines())
    assert sorted(noted - set(found)) == []
    assert all(path.suffix == ".gz" for path in folder.iterdir() if path.name != RULE.file)
    return len(noted)


def test_a_log_killed_at_any_moment_has_every_written_line_once(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    folder, notes = tmp_path / "logs", tmp_path / "notes"
    folder.mkdir()
    killed_again_and_again(folder, notes, random.Random(SEED))
    assert len(list(folder.iterdir())) > KILLS, "too few files rolled over to prove anything"
    assert expect_all_once(folder, notes) > 100 * KILLS, "too little was written"


def test_a_log_killed_before_any_of_its_steps_has_every_written_line_once(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.touch()
    for step in range(1, 100):
        folder = tmp_path / f"logs{step}"
        folder.mkdir()
        child = PROCESSES.Process(target=log_until_step, args=(folder, notes, step))
        child.start()
        child.join(20)
        expect_all_once(folder, notes)
        notes.write_text("")
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
    # Two files that were put aside, each renamed, packed and removed, at the least.
    assert 10 < step < 99
