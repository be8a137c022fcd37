"""Files that change behind the server's back: one clear refusal, everything else is served."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import deliver, message_files
from tests.faults.letters import digest_of
from tests.faults.server import Server, postroomctl

pytestmark = pytest.mark.faults


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\r\n")


@pytest.mark.parametrize(
    ("damage", "size"), [(Path.unlink, 2_000), (cut, 200_000), (lengthen, 2_000)]
)
def test_a_damaged_message_is_refused_found_by_check_and_mended_and_the_others_are_served(
    home: Path, damage: Callable[[Path], None], size: int
) -> None:
    with Server(home) as server:
        first, _, third = deliver(server, 1_000, size, 1_000)
        damaged = message_files(home)[1]
        damage(damaged)
        with server.signed_in("ann") as session:
            for command in ("RETR 2", "TOP 2 0"):
                reply = session.say(command)
                assert reply.startswith("-ERR [SYS/PERM] message 2 cannot be read")
            assert digest_of(session.ask("RETR 1")) == first.digest
            assert digest_of(session.ask("RETR 3")) == third.digest
            assert session.say("QUIT").startswith("+OK")
        found = postroomctl(home, "check")
        assert found.returncode == 1
        assert str(damaged) in found.stdout
        (mended,) = server.ask("check", repair=True)
        assert mended.repaired
        assert server.ask("check", repair=False) == ()
        with server.signed_in("ann") as session:
            assert digest_of(session.ask("RETR 1")) == first.digest
            assert digest_of(session.ask("RETR 2")) == third.digest
            assert session.say("STAT").startswith("+OK 2 ")


def test_a_mailbox_without_a_readable_index_is_closed_alone_and_mended_by_check(
    home: Path,
) -> None:
    with Server(home) as server:
        letters = deliver(server, 1_000, 2_000)
        (before,) = {message_files(home)[0].parents[2]}
        deliver(server, 3_000, account="bob")
        with server.signed_in("ann") as session:
            unique_ids = session.listing("UIDL")
        assert server.stop() == 0
    (before / "index.sqlite3").write_bytes(b"no index at all " * 1_000)
    with Server(home) as server:
        with server.connect() as session:
            assert session.sign_in("ann").startswith("-ERR [SYS/PERM]")
        with server.signed_in("bob") as session:
            assert session.say("STAT").startswith("+OK 1 ")
        found = postroomctl(home, "check")
        assert found.returncode == 1
        assert "index" in found.stdout
        mended = postroomctl(home, "check", "--repair")
        assert mended.returncode == 0, mended.stdout
        with server.signed_in("ann") as session:
            assert session.listing("UIDL") == unique_ids
            assert [digest_of(session.ask(f"RETR {n}")) for n in (1, 2)] == [
                letter.digest for letter in letters
            ]
