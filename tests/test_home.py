"""A home is found, made for its owner only, and owned by one process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server_core.home import Home, HomeInUse, HomeUnusable

HOLDER = """
import sys
from pathlib import Path
from server_core.home import Home
home = Home(Path(sys.argv[1]))
home.prepare()
lock = home.lock()
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "home")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline().strip() == b"locked"
    with process:
        yield process
        process.kill()


def test_the_option_is_stronger_than_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTROOM_HOME", str(tmp_path / "b"))
    assert Home.locate(tmp_path / "a").root == tmp_path / "a"
    assert Home.locate().root == tmp_path / "b"


def test_without_a_word_the_home_is_in_the_persons_data_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("POSTROOM_HOME", raising=False)
    assert Home.locate().root.name == "Postroom"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_only_the_owner_may_look_in(home: Home) -> None:
    for folder in (home.root, home.mail, home.certificates, home.logs, home.run):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_a_folder_with_other_things_in_it_keeps_its_permissions(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "letter.txt").write_text("of somebody else")
    Home(shared).prepare()
    assert shared.stat().st_mode & 0o777 == 0o755


def test_a_file_in_the_way_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    for place in (tmp_path / "home", tmp_path / "home" / "below"):
        with pytest.raises(HomeUnusable, match=r"cannot be used: a file is in its way\. .*--home"):
            Home(place).prepare()


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not bind this person"
)
def test_a_folder_that_cannot_be_written_is_named_with_the_reason(home: Home) -> None:
    home.mail.chmod(0o500)
    home.root.chmod(0o500)
    with pytest.raises(HomeUnusable, match="permission denied"):
        Home(home.root / "below").prepare()


def test_a_home_owned_by_another_process_names_it(
    home: Home, holder: subprocess.Popen[bytes]
) -> None:
    with pytest.raises(HomeInUse, match=f"process {holder.pid}") as refused:
        home.lock()
    assert refused.value.pid == holder.pid


def test_a_killed_owner_owns_nothing(home: Home, holder: subprocess.Popen[bytes]) -> None:
    holder.kill()
    holder.wait(10)
    with home.lock():
        assert home.lock_file.read_text().strip() == str(os.getpid())


def test_a_released_home_can_be_owned_again(home: Home) -> None:
    with home.lock() as lock:
        with pytest.raises(HomeInUse):
            home.lock()
        lock.release()
        home.lock().release()
