"""``kill -9`` while log files roll over: what was written is there once, whole, in some file."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import random
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from server_core.logs.put_aside import PACKER
from server_core.logs.rolling_file import RollingFile
from tests.faults.log_child import RULE, log_until_killed

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals"),
]

KILLS = int(os.environ.get("POSTROOM_LOG_KILLS", "40"))
SEED = int(os.environ.get("POSTROOM_KILL_SEED", random.randrange(2**32)))
LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} 04 \S+ SRVLOG:00000000: (entry \d+-\d+-\d+)"
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


def killed_again_and_again(folder: Path, notes: Path, chance: random.Random) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.log_child"])
    for number in range(KILLS):
        child = context.Process(target=log_until_killed, args=(folder, notes, number))
        child.start()
        child.join(0.2 + 0.25 * chance.random())
        assert child.is_alive(), "it ended by itself"
        child.kill()
        child.join(10)


def test_a_log_killed_at_any_moment_has_every_written_line_once(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    folder, notes = tmp_path / "logs", tmp_path / "notes"
    folder.mkdir()
    killed_again_and_again(folder, notes, random.Random(SEED))
    left = [path.name for path in folder.iterdir()]
    RollingFile(folder / RULE.file, RULE).close()
    PACKER.finish(20)
    found = [match[1] for line in lines(folder) if (match := LINE.fullmatch(line))]
    assert len(found) == len(lines(folder)), "a line is not whole"
    assert {name: n for name, n in Counter(found).items() if n > 1} == {}
    acknowledged = set(notes.read_text().splitlines())
    assert len(acknowledged) > 100 * KILLS, "too little was written to prove anything"
    assert acknowledged - set(found) == set()
    assert len(left) > KILLS, "too few files rolled over to prove anything"
    assert all(path.suffix == ".gz" for path in folder.iterdir() if path.name != RULE.file)
