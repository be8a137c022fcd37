"""A disk that fills up under a running server: mail is refused, never half-stored, and served."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from server_core.service import Refused
from tests.faults.conftest import deliver, message_files
from tests.faults.conversation import Conversation
from tests.faults.letters import digest_of
from tests.faults.server import Server

pytestmark = pytest.mark.faults


@pytest.fixture
def small_home(disk: Path, template: Path) -> Path:
    """A home on a small disk."""
    return Path(shutil.copytree(template, disk / "home"))


def fill(disk: Path) -> Path:
    """Leave no octet free; give the file that has them."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4_096)
        except OSError as problem:
            assert problem.errno == errno.ENOSPC
    return filler


def retrieved(session: Conversation, number: int) -> str:
    return digest_of(session.ask(f"RETR {number}"))


def test_mail_that_does_not_fit_is_refused_whole_and_fits_once_there_is_room(
    small_home: Path, disk: Path
) -> None:
    with Server(small_home) as server:
        first, second = deliver(server, 2_000, 90_000)
        with server.signed_in("ann") as session:
            filler = fill(disk)
            with pytest.raises(Refused, match="no room left on the disk"):
                deliver(server, 300_000)
            assert [retrieved(session, n) for n in (1, 2)] == [first.digest, second.digest]
            assert session.say("QUIT").startswith("+OK")
        assert server.ask("check", repair=False) == ()
        assert len(message_files(small_home)) == 2
        filler.unlink()
        (third,) = deliver(server, 300_000)
        with server.signed_in("ann") as session:
            assert retrieved(session, 3) == third.digest


def test_an_import_that_half_fits_says_so_and_keeps_only_whole_messages(
    small_home: Path, disk: Path, tmp_path: Path
) -> None:
    mbox = tmp_path / "many.mbox"
    separator = b"From tim@example.com Mon Jan  6 09:00:00 2025\n"
    message = b"From: tim@example.com\nSubject: many\n\n" + b"x\n" * 100_000 + b"\n"
    mbox.write_bytes((separator + message) * 100)
    with Server(small_home) as server:
        with pytest.raises(Refused, match="no room left on the disk"):
            server.ask("import_mail", account="ann", path=mbox)
        with server.signed_in("ann") as session:
            sizes = session.listing("LIST")
            assert 0 < len(sizes) < 100
            assert {len(session.ask(f"RETR {number}")) for number in sizes} == {300_040}
        assert server.ask("check", repair=False) == ()


def test_a_full_disk_can_be_emptied_over_pop3(small_home: Path, disk: Path) -> None:
    with Server(small_home) as server:
        deliver(server, 2_000, 500_000)
        fill(disk)
        with server.signed_in("ann") as session:
            session.say("DELE 2")
            assert session.say("QUIT").startswith("+OK")
        with server.signed_in("ann") as session:
            assert session.say("STAT").startswith("+OK 1 ")


def test_deletions_that_cannot_be_written_are_refused_and_the_messages_stay(
    small_home: Path, disk: Path
) -> None:
    with Server(small_home) as server:
        letters = deliver(server, 2_000, 3_000)
        assert server.stop() == 0
    with Server(small_home) as server:
        with server.signed_in("ann") as session:
            session.say("DELE 1")
            # What the store keeps back for this case is gone, too.
            (small_home / "mail" / ".reserve").unlink()
            filler = fill(disk)
            assert session.say("QUIT").startswith("-ERR [SYS/TEMP]")
        with server.signed_in("ann") as session:
            assert [retrieved(session, n) for n in (1, 2)] == [one.digest for one in letters]
        filler.unlink()
        with server.signed_in("ann") as session:
            session.say("DELE 1")
            assert session.say("QUIT").startswith("+OK")
        with server.signed_in("ann") as session:
            assert retrieved(session, 1) == letters[1].digest
        assert server.ask("check", repair=False) == ()
