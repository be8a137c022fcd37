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
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from server_core.events.log_views import Span
from server_core.logs.put_aside import PACKER
from server_core.logs.rolling_file import RollingFile
from server_core.tally import Tally
from tests.faults.log_child import (
    RULE,
    log_until_killed,
    log_until_step,
    save_counters_until_killed,
)

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals"),
]

KILLS = int(os.environ.get("POSTROOM_LOG_KILLS", "40"))
SEED = int(os.environ.get("POSTROOM_KILL_SEED", random.randrange(2**32)))
LINE = re.compile(
    r"(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} 04 \S+ SRVLOG:00000000: )?(entry \d+-\d+-\d+)"
)


def lines(folder: Path) -> list[str]:
    """Every line of every file, compressed ones too."""
    found: list[str] = []
    for path in folder.iterdir():
        octets = path.read_bytes()
        text = (gzip.decompress(octets) if path.suffix == ".gz" else octets).decode()
        assert text.endswith("\n") or not text, f"{path.name} ends with half a line"
        found += text.splitlines()
    return found


def start(work: Callable[[Path, Path, int], None], *arguments: object) -> BaseProcess:
    """Begin in a process that knows the program already, so that none waits for its imports."""
    if sys.platform == "win32":  # for the type checker; pytest has skipped it there
        raise NotImplementedError
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.log_child"])
    child = context.Process(target=work, args=arguments)
    child.start()
    return child


def killed_again_and_again(folder: Path, notes: Path, chance: random.Random) -> None:
    for number in range(KILLS):
        child = start(log_until_killed, folder, notes, number)
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
    if sys.platform == "win32":  # for the type checker; pytest has skipped it there
        raise NotImplementedError
    notes = tmp_path / "notes"
    notes.touch()
    for step in range(1, 100):
        folder = tmp_path / f"logs{step}"
        folder.mkdir()
        child = start(log_until_step, folder, notes, step)
        child.join(20)
        expect_all_once(folder, notes)
        notes.write_text("")
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
    # Two files that were put aside, each renamed, packed and removed, at the least.
    assert 10 < step < 99


def test_counters_saved_before_a_kill_are_there_after_it(tmp_path: Path) -> None:
    path, notes, chance = tmp_path / "counters.json", tmp_path / "notes", random.Random(SEED)
    counted = 0
    for _ in range(10):
        child = start(save_counters_until_killed, path, notes, counted)
        child.join(0.1 + 0.2 * chance.random())
        child.kill()
        child.join(10)
        tally = Tally()
        tally.load(path)
        counted = sum(sample.done.connections for sample in tally.series(Span.HOURS))
        noted = [int(line) for line in notes.read_text().split()]
        assert counted >= max(noted)
    assert counted > 10
