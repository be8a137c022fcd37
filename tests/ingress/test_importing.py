"""Folders, single files and Maildirs come in; what cannot come in is named."""

from __future__ import annotations

import mailbox
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from server_core.ingress import ImportProblem, import_mail
from server_core.store.backend import Incoming, StoredMessage, StoreFull
from server_core.store.file_store import FileStore
from tests.ingress.mailboxes import Noted, Post, wire

TEXT = b"From: ben@example.com\nSubject: x\n\nhello\n"
DEMO = Path(__file__).parents[2] / "resources" / "demo"


def make_pipe(path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no pipes in folders")
    else:
        os.mkfifo(path)


def test_a_folder_is_read_in_natural_order_with_the_folders_below(
    post: Post, tmp_path: Path
) -> None:
    names = ["1.eml", "2.EML", "10.eml", "sub/3.eml", "sub/message without a suffix"]
    for name in reversed(names):
        file = tmp_path / "in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(TEXT + name.encode())
    post.take_in("ann", tmp_path / "in")
    assert post.texts("ann") == [wire(TEXT + name.encode()) for name in names]


def test_junk_in_a_folder_is_reported_and_stops_nothing(post: Post, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.eml").write_bytes(TEXT)
    (folder / "empty.eml").touch()
    (folder / "note.txt").write_text("Remember: milk\n")
    (folder / "picture.jpg").write_bytes(b"\xff\xd8\0\0")
    (folder / ".hidden").write_bytes(b"\0")
    (folder / "gone.eml").symlink_to(tmp_path / "nowhere")
    make_pipe(folder / "pipe.eml")
    report = post.take_in("ann", folder)
    assert {skipped.where: skipped.why for skipped in report.skipped} == {
        "empty.eml": "it is empty",
        "note.txt": "it does not look like a message",
        "picture.jpg": "it does not look like a message",
        "gone.eml": "No such file or directory",
        "pipe.eml": "it is not an ordinary file",
    }
    assert (report.found, report.delivered, report.octets) == (6, 1, len(wire(TEXT)))


def test_a_mail_programs_folders_come_in_with_the_folders_below_them(
    post: Post, tmp_path: Path
) -> None:
    """As Thunderbird keeps them: an mbox file for each folder, its index, folders in ``.sbd``."""
    line = b"From - Thu Nov  5 11:00:00 2026\n"
    (tmp_path / "Inbox").write_bytes(line + TEXT + b"\n" + line + b"X-Mozilla-Status: 1\n" + TEXT)
    (tmp_path / "Inbox.msf").write_bytes(b'// <!-- <mdb:mork:z v="1.4"/> -->\n')
    (tmp_path / "Inbox.sbd").mkdir()
    (tmp_path / "Inbox.sbd" / "Bills").write_bytes(line + b"Subject: bill\n\npay\n")
    report = post.take_in("ann", tmp_path)
    assert report.delivered == 3
    assert [skipped.where for skipped in report.skipped] == ["Inbox.msf"]
    assert sum(b"Subject: bill" in text for text in post.texts("ann")) == 1


def test_one_file_may_have_any_name(post: Post, tmp_path: Path) -> None:
    (tmp_path / "letter.bin").write_bytes(b"no header, yet asked for\n")
    assert post.take_in("ann", tmp_path / "letter.bin", "eml").delivered == 1


@pytest.mark.parametrize(
    ("make", "format_name", "sentence"),
    [
        (lambda path: None, "auto", "does not exist"),
        (lambda path: path.symlink_to(path.with_name("nowhere")), "auto", "does not exist"),
        (lambda path: path.mkdir(), "auto", "No mail was found"),
        (lambda path: path.mkdir(), "mbox", "is not a file"),
        (lambda path: path.mkdir(), "maildir", "is not a Maildir"),
        (lambda path: path.touch(), "auto", "is empty"),
        (lambda path: path.touch(), "eml", "No mail was found.*it is empty"),
        (lambda path: path.write_bytes(b"\0\1"), "auto", "neither a message nor an mbox"),
        (lambda path: path.write_bytes(TEXT), "pst", "no mail format pst"),
        (make_pipe, "auto", "neither a file nor a folder"),
        (make_pipe, "eml", "not an ordinary file"),
    ],
)
def test_where_there_is_no_mail_a_sentence_says_so(
    post: Post, tmp_path: Path, make: Callable[[Path], object], format_name: str, sentence: str
) -> None:
    make(tmp_path / "source")
    with pytest.raises(ImportProblem, match=sentence):
        post.take_in("ann", tmp_path / "source", format_name)


def test_the_time_of_arrival_is_that_of_the_topmost_received_field(
    post: Post, tmp_path: Path
) -> None:
    header = b"Received: from a\n by b;\n\tThu, 5 Nov 2026 11:00:00 +0100\nReceived: x; bogus\n"
    for name, text in (("1", header + TEXT), ("2", b"Received: x; bogus\n" + TEXT), ("3", TEXT)):
        (tmp_path / f"{name}.eml").write_bytes(text)
        os.utime(tmp_path / f"{name}.eml", (77, 77.5))
    post.take_in("ann", tmp_path, "eml")
    assert [row.received for row in post.rows("ann")] == [1793872800.0, 77.5, 77.5]


def deliver_to_maildir(folder: Path, name: str, text: bytes, modified: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text)
    os.utime(folder / name, (modified, modified))


def test_a_maildir_comes_in_by_arrival_with_its_flags(post: Post, tmp_path: Path) -> None:
    box = tmp_path / "Maildir"
    deliver_to_maildir(box / "new", "1793872800.M5P1.host", b"c: 3\n", 1793879999)
    deliver_to_maildir(box / "cur", "1793872700.P1.host:2,S", b"b: 2\n", 1793879999)
    deliver_to_maildir(box / "cur", "1793879999.P1.host:2,FRS", b"a: 1\n", 1793870000.5)
    deliver_to_maildir(box / "cur", "oddname;2,R", b"d: 4\n", 1793879000)
    deliver_to_maildir(box / "cur", "1793872701.P1.host:2,ST", b"trashed\n", 1793879999)
    deliver_to_maildir(box / "tmp", "1793872702.P1.host", b"unfinished\n", 1793879999)
    (box / "cur" / "folder:2,S").mkdir()
    before = sorted((path, path.stat().st_mtime_ns) for path in box.rglob("*"))
    report = post.take_in("ann", box)
    assert [(row.received, row.seen) for row in post.rows("ann")] == [
        (1793870000.5, True),
        (1793872700.0, True),
        (1793872800.000005, False),
        (1793879000.0, False),
    ]
    assert post.texts("ann") == [b"a: 1\r\n", b"b: 2\r\n", b"c: 3\r\n", b"d: 4\r\n"]
    assert {skipped.why for skipped in report.skipped} == {
        "it is marked as trashed",
        "it is not an ordinary file",
    }
    assert sorted((path, path.stat().st_mtime_ns) for path in box.rglob("*")) == before


def test_subfolders_of_a_maildir_come_in_only_when_asked_for(post: Post, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "Maildir")
    box.add(TEXT)
    box.add_folder("Old.Years").add(TEXT)
    assert post.take_in("ann", tmp_path / "Maildir").delivered == 1
    assert post.take_in("ben", tmp_path / "Maildir", "maildir++").delivered == 2


def test_progress_counts_the_octets_of_the_source(post: Post, tmp_path: Path) -> None:
    for number in range(600):
        (tmp_path / f"{number}.eml").write_bytes(TEXT)
    (tmp_path / "skipped.eml").touch()
    noted = Noted()
    import_mail(post.store, "ann", tmp_path, "eml", progress=noted)
    octets = 600 * len(TEXT)
    assert noted.steps == [(256 * n * len(TEXT), octets) for n in range(3)] + [(octets, octets)]


def test_one_that_is_stopped_keeps_what_came_and_looks_at_no_more(
    post: Post, tmp_path: Path
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(600):
        (source / f"{number}.eml").write_bytes(TEXT)
    report = import_mail(post.store, "ann", source, "eml", progress=Noted(stop_after=1))
    assert (report.stopped, report.found, report.delivered) == (True, 256, 256)
    assert len(post.rows("ann")) == 256
    before = import_mail(post.store, "ben", source, "eml", progress=Noted(stop_after=0))
    assert (before.stopped, before.delivered) == (True, 0)
    assert not import_mail(post.store, "ben", source, progress=Noted(stop_after=3)).stopped


class _SmallDisk(FileStore):
    """A real store that reports a full disk on its second delivery."""

    deliveries = 0

    def deliver(self, account: str, messages: Iterable[Incoming]) -> list[StoredMessage]:
        self.deliveries += 1
        if self.deliveries == 2:
            raise StoreFull("No room is left on the disk.")
        return super().deliver(account, messages)


def test_a_full_disk_says_what_is_in_the_mailbox_by_then(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(600):
        (source / f"{number}.eml").write_bytes(TEXT)
    store = _SmallDisk(tmp_path / "mail", cached_mailboxes=4)
    try:
        with pytest.raises(StoreFull) as full:
            import_mail(store, "ann", source)
        assert list(full.value.delivered) == store.messages("ann")
        assert len(full.value.delivered) == 256
    finally:
        store.close()


@pytest.mark.parametrize("account", ["ann", "ben"])
def test_the_demo_mail_comes_in_in_order_of_arrival(post: Post, account: str) -> None:
    report = post.take_in(account, DEMO / account)
    assert (report.delivered, report.skipped) == (6, ())
    times = [row.received for row in post.rows(account)]
    assert times == sorted(times)
    assert 1793491200 < times[0] < times[-1] < 1794096000  # the first week of November 2026
