"""Files put aside: their names, their number, their archives, and what others do to them."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from server_core.config.log import LogRule
from server_core.logs.destination import Unwritten
from server_core.logs.put_aside import PACKER, PutAside
from server_core.logs.rolling_file import RollingFile

NOON = datetime(2026, 3, 14, 12, 0).timestamp()
KILOBYTE_LINE = b"x" * 1023 + b"\n"
unix_only = pytest.mark.skipif(sys.platform == "win32", reason="an open file stays where it is")


def rolling(folder: Path, **rule: Any) -> RollingFile:
    return RollingFile(folder / "a.txt", LogRule(file="a.txt", **{"age": 0, "size": 0, **rule}))


def aside(folder: Path) -> list[str]:
    return sorted(path.name[6:] for path in folder.iterdir() if path.name != "a.txt")


def test_a_clock_set_back_does_not_make_the_newest_file_the_oldest(tmp_path: Path) -> None:
    file = rolling(tmp_path, age=600, count=2)
    for number, minutes in enumerate((0, 60, 120, -600, -580, -560)):
        file.append([b"%d\n" % number], NOON + 60 * minutes)
    file.close()
    kept = [(tmp_path / f"a.txt.{name}").read_bytes() for name in aside(tmp_path)]
    assert kept == [b"2\n3\n", b"4\n"]


def test_a_clock_set_back_lets_the_age_begin_anew(tmp_path: Path) -> None:
    file = rolling(tmp_path, age=600)
    file.append([b"1\n"], NOON)
    file.append([b"2\n"], NOON - 86_400)
    assert aside(tmp_path) == []
    file.append([b"3\n"], NOON - 86_400 + 600)
    file.close()
    assert (tmp_path / "a.txt").read_bytes() == b"3\n"


def test_a_name_is_not_given_again_when_the_oldest_of_a_second_is_gone(tmp_path: Path) -> None:
    file = rolling(tmp_path, size=100, count=1)
    for number in range(12):
        file.append([b"%03d" % number + KILOBYTE_LINE[3:]] * 100, NOON)
    file.close()
    (name,) = aside(tmp_path)
    assert name.endswith(".11")
    assert (tmp_path / f"a.txt.{name}").read_bytes().startswith(b"010")


@unix_only
@pytest.mark.parametrize("then", ["moved", "removed"])
def test_a_file_that_somebody_else_took_away_is_begun_anew(tmp_path: Path, then: str) -> None:
    file = rolling(tmp_path)
    file.append([b"1\n"], NOON)
    if then == "moved":
        (tmp_path / "a.txt").rename(tmp_path / "a.txt.1")
    else:
        (tmp_path / "a.txt").unlink()
    file.append([b"2\n"], NOON)
    file.close()
    assert (tmp_path / "a.txt").read_bytes() == b"2\n"


def test_a_file_that_somebody_else_emptied_goes_on_from_its_start(tmp_path: Path) -> None:
    file = rolling(tmp_path, size=100)
    file.append([KILOBYTE_LINE] * 99, NOON)
    os.truncate(tmp_path / "a.txt", 0)
    file.append([KILOBYTE_LINE] * 2, NOON)
    file.close()
    assert aside(tmp_path) == []
    assert (tmp_path / "a.txt").read_bytes() == KILOBYTE_LINE * 2


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (b"whole\nhal", b"whole\n"),
        (b"hal", b""),
        (b"whole\n" + b"h" * 200_000, b"whole\n"),
        (b"whole\n", b"whole\n"),
    ],
)
def test_a_half_line_of_a_killed_process_is_cut_off(
    tmp_path: Path, found: bytes, kept: bytes
) -> None:
    (tmp_path / "a.txt").write_bytes(found)
    file = rolling(tmp_path)
    file.append([b"next\n"], NOON)
    file.close()
    assert (tmp_path / "a.txt").read_bytes() == kept + b"next\n"


@pytest.mark.parametrize(
    "line",
    [
        b"2026-03-14 12:00:00 +0000 08 office POP3:00000001: hello\n",
        b'{"time": "2026-03-14T12:00:00.250+00:00", "level": "info"}\n',
    ],
)
def test_the_age_of_a_file_goes_on_over_restarts(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(line)
    noon = datetime.fromisoformat("2026-03-14T12:00:00+00:00").timestamp()
    file = rolling(tmp_path, age=86_400)
    file.append([b"2\n"], noon + 86_399)
    assert aside(tmp_path) == []
    file.append([b"3\n"], noon + 86_401)
    file.close()
    assert len(aside(tmp_path)) == 1


def test_a_file_that_cannot_be_put_aside_grows_on_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = rolling(tmp_path, size=100)
    file.append([KILOBYTE_LINE] * 100, NOON)

    def held(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", held)
    text = "the file a.txt cannot be put aside and grows on: Permission denied"
    with pytest.raises(Unwritten, match=text) as caught:
        file.append([b"1\n"], NOON)
    assert caught.value.left == ()
    monkeypatch.undo()
    assert (tmp_path / "a.txt").read_bytes().endswith(b"\n1\n")
    file.append([b"2\n"], NOON)
    file.close()
    assert (tmp_path / "a.txt").read_bytes() == b"2\n"


def test_a_file_forgotten_while_it_is_compressed_stays_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tmp_path / "a.txt.20260314-120000"
    plain.write_bytes(KILOBYTE_LINE)
    newer = tmp_path / "a.txt.20260314-130000"
    newer.write_bytes(KILOBYTE_LINE)
    true_copy = shutil.copyfileobj

    def forget_meanwhile(source: Any, target: Any) -> None:
        true_copy(source, target)
        PutAside(tmp_path / "a.txt").forget_oldest(1)

    monkeypatch.setattr(shutil, "copyfileobj", forget_meanwhile)
    PACKER.take(plain)
    PACKER.finish(10)
    assert aside(tmp_path) == ["20260314-130000"]


def test_writing_goes_on_while_a_file_is_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = threading.Event(), threading.Event()
    true_copy = shutil.copyfileobj

    def slowly(source: Any, target: Any) -> None:
        entered.set()
        assert leave.wait(10)
        true_copy(source, target)

    monkeypatch.setattr(shutil, "copyfileobj", slowly)
    file = rolling(tmp_path, size=100, compress=True, count=3)
    for number in range(6):
        file.append([b"%03d" % number + KILOBYTE_LINE[3:]] * 100, NOON)
    assert entered.wait(10)
    whole = [name for name in aside(tmp_path) if not name.endswith(".part")]
    assert len(whole) == 3
    leave.set()
    PACKER.finish(10)
    file.close()
    names = aside(tmp_path)
    assert [name[-3:] for name in names] == [".gz"] * 3
    starts = [gzip.decompress((tmp_path / f"a.txt.{x}").read_bytes())[:3] for x in names]
    assert starts == [b"002", b"003", b"004"]


def test_what_was_not_compressed_before_a_sudden_end_is_compressed_later(tmp_path: Path) -> None:
    (tmp_path / "a.txt.20260314-120000").write_bytes(b"1\n")
    (tmp_path / "a.txt.20260314-120000.gz.part").write_bytes(b"half")
    rolling(tmp_path, compress=True).close()
    PACKER.finish(10)
    assert aside(tmp_path) == ["20260314-120000.gz"]
    assert gzip.decompress((tmp_path / "a.txt.20260314-120000.gz").read_bytes()) == b"1\n"
