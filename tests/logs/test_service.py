"""The log service: what happens is in the files, what cannot be is counted."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

from server_core.config.log import Log, LogRule, Shape
from server_core.config.model import Config, Server
from server_core.events.ring import Hub
from server_core.events.types import Level, Noticed
from server_core.logs.destination import Place, Unwritten
from server_core.logs.entry import Entry
from server_core.logs.service import LogService

OFFICE = Server(name="office")


def noticed(number: int, level: Level = Level.WARNING) -> Noticed:
    return Noticed(level=level, source="test", text=f"number {number}")


def lines(folder: Path, file: str = "everything.txt") -> list[str]:
    return (folder / file).read_text("utf-8").splitlines()


def numbers(folder: Path) -> list[int]:
    return [int(line.rpartition(" ")[2]) for line in lines(folder) if "number" in line]


def test_many_threads_write_and_no_entry_is_lost_or_written_twice(tmp_path: Path) -> None:
    hub, config = Hub(), Config(server=OFFICE, log=Log(rules=(LogRule(size=100),)))
    service = LogService(hub, config, tmp_path)
    service.start()

    def write(first: int) -> None:
        for number in range(first, first + 1000):
            hub.emit(noticed(number))

    threads = [threading.Thread(target=write, args=(1000 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    service.stop()
    files = [path.name for path in tmp_path.iterdir()]
    assert len(files) > 3
    written = [int(x.rsplit(" ", 1)[1]) for file in files for x in lines(tmp_path, file)]
    assert sorted(written) == list(range(8000))


def test_a_change_of_settings_loses_and_doubles_nothing(tmp_path: Path) -> None:
    hub, config = Hub(), Config(server=OFFICE)
    service = LogService(hub, config, tmp_path / "a")
    service.start()
    for number in range(500):
        hub.emit(noticed(number))
        if number % 100 == 0:
            shape = Shape.JSON if number % 200 else Shape.TEXT
            service.configure(Config(server=OFFICE, log=Log(shape=shape)))
    service.stop()
    told = [line for line in lines(tmp_path / "a") if "number" in line]
    texts = [json.loads(line)["text"] if line.startswith("{") else line for line in told]
    assert [int(text.rpartition(" ")[2]) for text in texts] == list(range(500))


def test_entries_of_other_servers_keep_their_host_and_module(tmp_path: Path) -> None:
    service = LogService(Hub(), Config(server=OFFICE), tmp_path)
    service.start()
    service.receive([Entry(0.0, Level.INFO, "cellar", "IMAP", 7, "hello", received=True)])
    service.stop()
    (line,) = lines(tmp_path, "default.txt")
    assert line.endswith(" 08 cellar IMAP:00000007: hello")


def test_a_folder_that_cannot_be_written_is_told_and_the_server_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("in the way")
    config = Config(server=OFFICE, log=Log(folder=str(tmp_path / "a file")))
    hub = Hub()
    service = LogService(hub, config, tmp_path)
    service.start()
    hub.emit(noticed(1))
    service.stop()
    (view,) = service.views()
    assert (view.name, view.lost, view.written) == ("files", 1, 0)
    assert "exists" in view.problem


class Moody:
    """A destination that works when it feels like it."""

    def __init__(self) -> None:
        self.works = True
        self.got: list[str] = []

    def write(self, entries: Sequence[Entry]) -> None:
        if not self.works:
            raise OSError("not now")
        self.got += [entry.text for entry in entries]

    def close(self) -> None:
        """Nothing to give back."""


def entry(number: int) -> Entry:
    return Entry(0.0, Level.INFO, "office", "SRVLOG", 0, str(number))


def test_what_a_place_cannot_take_waits_within_bounds_and_the_rest_is_counted() -> None:
    moody, now = Moody(), [0.0]
    place = Place("moody", lambda: moody, lambda entry: True, kept=3, clock=lambda: now[0])
    moody.works = False
    for number in range(5):
        place.take([entry(number)])
        place.flush()
    assert (place.view.problem, place.view.waiting, place.view.lost) == ("not now", 3, 2)
    moody.works = True
    place.flush()
    assert moody.got == []
    now[0] = 2.0
    place.flush()
    assert moody.got == ["2 entries are missing here: moody was out of order", "2", "3", "4"]
    assert (place.view.problem, place.view.waiting, place.view.written) == ("", 0, 3)
    place.take([entry(5)])
    place.flush()
    assert moody.got[-2:] == ["4", "5"]


class Refusing(Moody):
    """One that says which entries it did not take: all of them."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Take all or, while it does not work, none."""
        if not self.works:
            raise Unwritten(OSError("not now"), entries)
        super().write(entries)


def test_losses_that_cannot_be_told_either_cost_no_more_entries() -> None:
    moody, now = Refusing(), [0.0]
    place = Place("moody", lambda: moody, lambda entry: True, kept=3, clock=lambda: now[0])
    moody.works = False
    place.take([entry(number) for number in range(5)])
    for moment in (0.0, 2.0, 4.0):
        now[0] = moment
        place.flush()
        view = place.view
        assert (view.waiting, view.lost, view.written) == (3, 2, 0)
    moody.works, now[0] = True, 6.0
    place.flush()
    assert moody.got == ["2 entries are missing here: moody was out of order", "2", "3", "4"]


class Stuck(Moody):
    """One that takes everything, and complains."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Take all."""
        super().write(entries)
        raise Unwritten(PermissionError(13, "Permission denied", "a.txt"), ())


def test_a_place_that_takes_everything_is_not_waited_for_whatever_it_complains_of() -> None:
    moody = Stuck()
    place = Place("moody", lambda: moody, lambda entry: True, kept=2, clock=lambda: 0.0)
    place.take([entry(number) for number in range(3)])
    place.flush()
    place.take([entry(3)])
    place.flush()
    assert moody.got == ["1 entry is missing here: moody was out of order", "1", "2", "3"]
    assert place.view.problem == "Permission denied: a.txt"
    assert (place.view.waiting, place.view.lost, place.view.written) == (0, 1, 3)


class Picky(Moody):
    """One that takes odd numbers, and cannot take even ones."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Take what it can."""
        super().write([one for one in entries if one.text[-1] in "13579"])
        left = [one for one in entries if one.text[-1] in "02468"]
        if left:
            raise Unwritten(OSError("not those"), left)


def test_entries_that_cannot_be_written_hold_up_no_others() -> None:
    moody, now = Picky(), [0.0]
    place = Place("moody", lambda: moody, lambda entry: True, clock=lambda: now[0])
    place.take([entry(0)] * 500)
    for now[0] in (0.0, 2.0, 4.0):
        place.flush()
    place.take([entry(1)] * 1_000)
    now[0] = 6.0
    place.flush()
    assert len(moody.got) == 1_000
    view = place.view
    assert (view.problem, view.waiting, view.written) == ("not those", 500, 1_000)


def test_what_waits_for_a_place_outlives_a_change_of_settings() -> None:
    moody, now = Moody(), [0.0]
    moody.works = False
    old = Place("moody", lambda: moody, lambda entry: True, kept=3, clock=lambda: now[0])
    for number in range(4):
        old.take([entry(number)])
    old.flush()
    old.close()
    assert old.view.lost == 4
    moody.works = True
    new = Place("moody", lambda: moody, lambda entry: True)
    new.start(old)
    new.close()
    assert moody.got == ["1 entry is missing here: moody was out of order", "1", "2", "3"]
    assert (new.view.lost, new.view.waiting, new.view.written) == (1, 0, 3)


def test_entries_that_a_place_stumbles_over_are_counted_as_lost() -> None:
    def stumble(entries: Sequence[Entry]) -> None:
        raise ValueError("year 10000 is out of range")

    moody = Moody()
    place = Place("moody", lambda: moody, lambda entry: True)
    write, moody.write = moody.write, stumble  # type: ignore[method-assign]
    place.take([entry(0), entry(1)])
    place.flush()
    assert (place.view.lost, place.view.waiting) == (2, 0)
    moody.write = write  # type: ignore[method-assign]
    place.take([entry(2)])
    place.flush()
    assert moody.got == ["2 entries are missing here: moody was out of order", "2"]
