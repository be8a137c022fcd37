"""Destinations of the log that are out of order: the server goes on, says so, and counts."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from server_core.config.log import Log, RemoteLog, Transport
from server_core.config.model import Config, Server
from server_core.events.log_views import LogPlaceView
from server_core.events.ring import Hub
from server_core.events.types import Noticed
from server_core.logs.destination import KEPT, Place
from server_core.logs.entry import own_entry
from server_core.logs.service import LogService
from server_core.logs.system import SystemLog
from tests.faults import server as real
from tests.faults.conftest import until
from tests.faults.test_full_disk import fill

pytestmark = pytest.mark.faults


@contextmanager
def logging_to(folder: Path, log: Log | None = None) -> Iterator[tuple[Hub, LogService]]:
    """A log service and the hub it listens to."""
    hub = Hub()
    service = LogService(hub, Config(server=Server(name="office"), log=log or Log()), folder)
    service.start()
    yield hub, service
    service.stop()


def emit(hub: Hub, *numbers: int) -> None:
    for number in numbers:
        hub.emit(Noticed(text=f"entry {number}"))


def files(service: LogService) -> LogPlaceView:
    return service.views()[0]


def texts(folder: Path) -> list[str]:
    lines = (folder / "everything.txt").read_text("utf-8").splitlines()
    return [line.partition("SRVLOG:00000000: ")[2] for line in lines]


def test_a_full_disk_costs_only_what_no_longer_fits_in_memory_and_that_is_told(
    disk: Path,
) -> None:
    with logging_to(disk / "logs") as (hub, service):
        emit(hub, 0)
        until(lambda: files(service).written == 1)
        filler = fill(disk)
        emit(hub, *range(1, KEPT + 1_001))
        until(lambda: files(service).lost >= 900)
        view = files(service)
        assert view.problem == "No space left on device"
        assert view.waiting <= KEPT and view.waiting + view.lost + view.written == KEPT + 1_001
        filler.unlink()
        until(lambda: not files(service).waiting)
        assert files(service).problem == ""
    told = texts(disk / "logs")
    (missing,) = (text for text in told if "missing here" in text)
    assert missing == f"{view.lost} entries are missing here: files was out of order"
    numbers = [int(text.rpartition(" ")[2]) for text in told if text.startswith("entry")]
    assert sorted(numbers) == numbers == sorted(set(numbers))
    assert len(numbers) == KEPT + 1_001 - view.lost and numbers[-1] == KEPT + 1_000


def test_a_folder_removed_under_the_log_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    with logging_to(folder) as (hub, service):
        emit(hub, 1)
        until(lambda: files(service).written == 1)
        shutil.rmtree(folder)
        emit(hub, 2)
        until(lambda: files(service).written == 2)
    assert texts(folder) == ["entry 2"]


def test_a_remote_that_refuses_costs_nothing_and_holds_up_nobody(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    transports = (Transport.LINES, Transport.UDP, Transport.TCP)
    remotes = tuple(RemoteLog(address=address, transport=one) for one in transports)
    with logging_to(tmp_path, Log(remote=remotes)) as (hub, service):
        emit(hub, *range(100))
        until(lambda: all(view.problem for view in service.views()[1:]))
        until(lambda: files(service).written == 100)
        assert all("refused" in view.problem for view in service.views()[1:])
        assert [(view.waiting, view.lost) for view in service.views()[1:]] == [(100, 0)] * 3
        with socket.create_server(listener_address(address)) as listener:
            listener.settimeout(10)
            connection, _ = listener.accept()
            got = b""
            connection.settimeout(10)
            while got.count(b"entry") < 100 and (more := connection.recv(65_536)):
                got += more
            connection.close()
    assert b"entry 99" in got


def listener_address(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Windows has the Event Log instead")
def test_a_system_log_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    if sys.platform == "win32":  # for the type checker; pytest has skipped it there
        raise NotImplementedError
    path = str(tmp_path / "log")
    place = Place("system log", partial(SystemLog, path), lambda entry: True, retry=0.05)
    place.start()
    place.take([own_entry("office", "hello")])
    until(lambda: place.view.problem == f"no system log listens at {path}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(path)
        daemon.settimeout(10)
        assert daemon.recv(9_000).endswith(b": SRVLOG:00000000: hello")
    until(lambda: not place.view.waiting)
    assert place.view.problem == ""
    place.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a small disk")
def test_a_server_whose_log_disk_is_full_serves_and_says_so(home: Path, disk: Path) -> None:
    logs = disk / "logs"
    done = real.postroomctl(home, "config", "set", "log.folder", str(logs))
    assert done.returncode == 0, done.stderr
    with real.Server(home) as server:
        until((logs / "everything.txt").exists)
        filler = fill(disk)

        def problems() -> str:
            with server.signed_in("ann") as session:
                assert session.say("QUIT").startswith("+OK")
            return " ".join(server.ask("status").problems)

        until(lambda: "log, files: No space left on device" in problems())
        filler.unlink()
        until(lambda: "log, files" not in problems())
        assert server.stop() == 0
    lines = (logs / "everything.txt").read_text("utf-8")
    assert "log, files: No space left on device" in lines
    assert lines.endswith("server is stopped\n")
