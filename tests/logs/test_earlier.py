"""The log files read backwards, piece by piece, until nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from server_core.config.log import CATCH_ALL_FILE, Log, LogRule, Shape
from server_core.events.log_views import LoggedLine
from server_core.events.types import Level
from server_core.home import Home
from server_core.logs import earlier
from server_core.logs.earlier import BLOCK, earlier_lines
from server_core.logs.entry import POP3, SECURITY, Entry
from server_core.logs.lines import line_of
from server_core.logs.put_aside import PACKER
from server_core.logs.rolling_file import RollingFile
from server_core.service import MailService

BEGUN = 1_700_000_000.0


def entry(number: int, *, module: str = POP3, step: float = 0.25) -> Entry:
    return Entry(BEGUN + number * step, Level.INFO, "mail", module, number, f"line {number}")


def write(folder: Path, entries: list[Entry], log: Log, rule: LogRule) -> None:
    file = RollingFile(folder / rule.file, rule)
    for each in entries:
        line = line_of(each, log.shape, utc=True) + "\n"
        file.append([line.encode()], each.time)
    file.close()
    PACKER.finish(20)


def numbers(lines: tuple[LoggedLine, ...]) -> list[int]:
    return [line.session for line in lines]


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("compress", [False, True])
def test_all_lines_come_back_in_pieces(tmp_path: Path, shape: Shape, compress: bool) -> None:
    rule = LogRule(file="a.txt", size=100, age=0, compress=compress)
    log = Log(shape=shape, rules=(rule,))
    write(tmp_path, [entry(number) for number in range(6_000)], log, rule)
    assert len(list(tmp_path.iterdir())) > 3
    found: list[int] = []
    before, more = BEGUN + 10_000, True
    for _ in range(20):
        if not more:
            break
        piece = earlier_lines(tmp_path, log, before, 500)
        fresh = [number for number in numbers(piece.lines) if number not in set(found)]
        found = fresh + found
        before, more = piece.lines[0].time, piece.more
    assert found == list(range(6_000))


def test_a_file_compressed_between_being_found_and_read_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = LogRule(file="a.txt", size=100, age=0)
    log = Log(rules=(rule,))
    write(tmp_path, [entry(number) for number in range(3_000)], log, rule)
    find = earlier._put_aside

    def find_then_pack(path: Path) -> list[tuple[float, Path]]:
        found = find(path)
        for _, each in found:
            PACKER.take(each)
        PACKER.finish(20)
        return found

    monkeypatch.setattr(earlier, "_put_aside", find_then_pack)
    piece = earlier_lines(tmp_path, log, BEGUN + 10_000, 10_000)
    assert list(tmp_path.glob("*.gz"))
    assert numbers(piece.lines) == list(range(3_000))


def test_a_piece_holds_the_whole_second_and_so_many_before_it(tmp_path: Path) -> None:
    rule = LogRule(file="a.txt")
    log = Log(rules=(rule,))
    write(tmp_path, [entry(number) for number in range(40)], log, rule)
    piece = earlier_lines(tmp_path, log, BEGUN + 5.5, 3)
    assert numbers(piece.lines) == [17, 18, 19, 20, 21, 22, 23] and piece.more
    assert not earlier_lines(tmp_path, log, BEGUN, 3).more


def test_the_middle_of_a_large_file_is_found(tmp_path: Path) -> None:
    rule = LogRule(file="a.txt", size=0, age=0)
    log = Log(rules=(rule,))
    lines = (line_of(entry(number), log.shape, utc=True) for number in range(60_000))
    (tmp_path / "a.txt").write_text("".join(f"{line}\n" for line in lines))
    assert (tmp_path / "a.txt").stat().st_size > 8 * BLOCK
    piece = earlier_lines(tmp_path, log, BEGUN + 5_000, 100)
    assert numbers(piece.lines) == list(range(19_900, 20_004))


def test_files_of_several_rules_are_merged_and_repeated_lines_left_out(tmp_path: Path) -> None:
    rule = LogRule(file="a.txt", module=POP3)
    other = rule.model_copy(update={"file": CATCH_ALL_FILE})
    log = Log(shape=Shape.JSON, rules=(rule,))
    write(tmp_path, [entry(number) for number in range(0, 20, 2)], log, rule)
    write(tmp_path, [entry(number) for number in range(1, 20, 2)], log, other)
    write(tmp_path, [entry(30, module=SECURITY)], log, rule)
    assert numbers(earlier_lines(tmp_path, log, BEGUN + 99, 15).lines) == list(range(5, 20))


def test_what_is_no_line_is_passed_over(tmp_path: Path) -> None:
    rule = LogRule(file="a.txt")
    log = Log(rules=(rule,))
    (tmp_path / "a.txt").write_bytes(b"\xff\x00" * 400_000 + b"\n")
    write(tmp_path, [entry(1)], log, rule)
    (tmp_path / "a.txt.20231101-000000.gz").write_bytes(b"no archive")
    piece = earlier_lines(tmp_path, log, BEGUN + 99, 10)
    assert (numbers(piece.lines), piece.more) == ([1], False)


def test_without_files_there_is_nothing(tmp_path: Path) -> None:
    assert earlier_lines(tmp_path / "none", Log(), BEGUN, 10).lines == ()


async def test_the_server_reads_what_it_wrote_in_an_earlier_run(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    for _ in range(2):
        service = MailService(home)
        await service.start()
        await service.stop(grace=1)
    async with service.opened():
        lines = (await service.earlier_log(4e9)).lines
    states = [line.text for line in lines if line.event == "ServerStateChanged"]
    assert states.count("server is running") == 2
    assert [line.time for line in lines] == sorted(line.time for line in lines)
