"""Files that roll over by size, age and calendar, and what a crash leaves of them."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server_core.config.log import LogRule
from server_core.logs.put_aside import PACKER
from server_core.logs.rolling_file import RollingFile

NOON = datetime(2026, 3, 14, 12, 0).timestamp()
DAY = 86_400.0


def rolling(folder: Path, **rule: Any) -> RollingFile:
    return RollingFile(folder / "a.txt", LogRule(file="a.txt", **{"age": 0, "size": 0, **rule}))


def aside(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != "a.txt")


def everything(folder: Path) -> bytes:
    parts = [
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in (*aside(folder), folder / "a.txt")
    ]
    return b"".join(parts)


def test_a_full_file_is_put_aside_before_the_line_that_no_longer_fits(tmp_path: Path) -> None:
    file = rolling(tmp_path, size=100)
    line = b"x" * 1023 + b"\n"
    for _ in range(100):
        file.append([line], NOON)
    assert aside(tmp_path) == []
    file.append([b"y\n"], NOON)
    file.close()
    assert [path.name for path in aside(tmp_path)] == [
        f"a.txt.{datetime.fromtimestamp(NOON, UTC):%Y%m%d-%H%M%S}"
    ]
    assert (tmp_path / "a.txt").read_bytes() == b"y\n"
    assert everything(tmp_path) == line * 100 + b"y\n"


def test_an_old_file_is_put_aside(tmp_path: Path) -> None:
    file = rolling(tmp_path, age=600)
    file.append([b"1\n"], NOON)
    file.append([b"2\n"], NOON + 599.9)
    assert aside(tmp_path) == []
    file.append([b"3\n"], NOON + 600)
    file.close()
    assert (tmp_path / "a.txt").read_bytes() == b"3\n"


@pytest.mark.parametrize(
    ("period", "later", "rolls"),
    [
        ("none", 40 * DAY, False),
        ("day", 0.4 * DAY, False),
        ("day", 0.6 * DAY, True),
        ("week", DAY, False),  # the 14th is a Saturday
        ("week", 2 * DAY, True),
        ("month", 17 * DAY, False),
        ("month", 18 * DAY, True),
    ],
)
def test_a_new_file_begins_with_the_calendar(
    tmp_path: Path, period: str, later: float, rolls: bool
) -> None:
    file = rolling(tmp_path, period=period)
    file.append([b"1\n"], NOON)
    file.append([b"2\n"], NOON + later)
    file.close()
    assert bool(aside(tmp_path)) is rolls


def test_two_files_of_one_second_have_two_names(tmp_path: Path) -> None:
    file = rolling(tmp_path, size=100)
    line = b"x" * 102_399 + b"\n"
    for _ in range(4):
        file.append([line], NOON)
    file.close()
    assert len(aside(tmp_path)) == 3
    assert everything(tmp_path) == line * 4


def test_only_the_newest_are_kept_and_they_are_compressed(tmp_path: Path) -> None:
    file = rolling(tmp_path, age=600, count=2, compress=True)
    for number in range(5):
        file.append([b"%d\n" % number], NOON + 600 * number)
    file.close()
    PACKER.finish(10)
    assert [path.suffix for path in aside(tmp_path)] == [".gz", ".gz"]
    assert everything(tmp_path) == b"2\n3\n4\n"


def test_what_was_put_aside_too_long_ago_is_removed_even_while_the_file_is_not_rolled(
    tmp_path: Path,
) -> None:
    file = rolling(tmp_path, age=600, days=2)
    for number in range(3):
        file.append([b"%d\n" % number], NOON + 700 * number)
    file.close()
    file = rolling(tmp_path, days=2)
    file.append([b"3\n"], NOON + 700 + 2 * DAY)
    assert everything(tmp_path) == b"0\n1\n2\n3\n"
    file.append([b"4\n"], NOON + 701 + 2 * DAY + 3_600)
    assert everything(tmp_path) == b"2\n3\n4\n" and aside(tmp_path) == []
    file.close()


def test_what_a_crash_left_half_compressed_is_whole_again(tmp_path: Path) -> None:
    (tmp_path / "a.txt.20260314-120000").write_bytes(b"1\n")
    (tmp_path / "a.txt.20260314-120000.gz").write_bytes(gzip.compress(b"1\n"))
    (tmp_path / "a.txt.20260314-130000").write_bytes(b"2\n")
    (tmp_path / "a.txt.20260314-130000.gz.part").write_bytes(b"half")
    rolling(tmp_path).close()
    assert [path.name for path in aside(tmp_path)] == [
        "a.txt.20260314-120000.gz",
        "a.txt.20260314-130000",
    ]
    assert everything(tmp_path) == b"1\n2\n"


def test_a_file_of_an_earlier_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"1\n")
    file = rolling(tmp_path, size=100)
    file.append([b"2\n"], NOON)
    file.close()
    assert (tmp_path / "a.txt").read_bytes() == b"1\n2\n"


def test_a_write_that_fails_half_way_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = rolling(tmp_path)
    file.append([b"whole\n"], NOON)
    true_write, left = os.write, [3]

    def full_disk(descriptor: int, octets: bytes) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        taken = true_write(descriptor, bytes(octets[: left[0]]))
        left[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", full_disk)
    with pytest.raises(OSError, match="No space left"):
        file.append([b"half of it\n"], NOON)
    monkeypatch.undo()
    file.append([b"again\n"], NOON)
    file.close()
    assert (tmp_path / "a.txt").read_bytes() == b"whole\nagain\n"
