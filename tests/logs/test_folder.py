"""The folder of log files: what it holds is counted, what stands in the way is told."""

from __future__ import annotations

from pathlib import Path

from server_core.config.log import Log, LogRule
from server_core.config.model import Config
from server_core.events.log_views import LogFolderView
from server_core.events.ring import Hub
from server_core.logs.folder import folder_of, look_into
from server_core.logs.service import LogService


def test_files_and_octets_are_counted(tmp_path: Path) -> None:
    (tmp_path / "everything.txt").write_bytes(b"x" * 700)
    (tmp_path / "everything.txt.20261124-000000.gz").write_bytes(b"x" * 300)
    (tmp_path / "other").mkdir()
    assert look_into(tmp_path) == LogFolderView(str(tmp_path), 2, 1_000)


def test_a_folder_that_will_be_made_is_empty_and_fine(tmp_path: Path) -> None:
    assert look_into(tmp_path / "a" / "b") == LogFolderView(str(tmp_path / "a" / "b"))


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    assert look_into(tmp_path / "logs").problem
    assert look_into(tmp_path / "logs" / "deeper").problem


def test_the_settings_may_name_another_folder(tmp_path: Path) -> None:
    assert folder_of(Log(), tmp_path) == tmp_path
    assert folder_of(Log(folder="/var/log/mail"), tmp_path) == Path("/var/log/mail")


def test_how_long_every_command_is_logged_survives_other_changes(tmp_path: Path) -> None:
    hub = Hub()
    service = LogService(hub, Config(), tmp_path)
    assert service.protocol_since == 0.0
    loud = LogService(hub, Config(log=Log(pop3=31)), tmp_path)
    since = loud.protocol_since
    assert since > 0
    loud.configure(Config(log=Log(pop3=31, rules=(LogRule(file="a.txt"),))))
    loud.start()
    loud.stop()
    assert loud.protocol_since == since
    service.stop()
