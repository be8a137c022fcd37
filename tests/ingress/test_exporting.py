"""Exports: what lies on the disk, and what happens when they cannot be finished."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from server_core.ingress import EXPORT_FORMATS, ExportProblem, export_mail
from server_core.store.backend import StoreError
from tests.ingress.mailboxes import Noted, Post

TEXT = b"Subject: x\n\n.dot\nFrom here\n"
WHEN = 1793872800.25


def test_eml_files_are_numbered_and_have_crlf(post: Post, tmp_path: Path) -> None:
    post.put("ann", TEXT, TEXT, received=WHEN)
    post.send_out("ann", tmp_path / "out", "eml")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["00001.eml", "00002.eml", "postroom-export.json"]
    first = tmp_path / "out" / "00001.eml"
    assert first.read_bytes() == TEXT.replace(b"\n", b"\r\n")
    assert first.stat().st_mtime == WHEN


def test_pythons_mailbox_module_reads_our_maildir(post: Post, tmp_path: Path) -> None:
    post.put("ann", TEXT, TEXT + b"2\n", seen=[1], received=WHEN)
    post.send_out("ann", tmp_path / "out", "maildir")
    box = mailbox.Maildir(tmp_path / "out", create=False)
    found = sorted(
        (m.get_date(), m.get_subdir(), m.get_flags(), box.get_bytes(k)) for k, m in box.items()
    )
    assert found == [(WHEN, "new", "", TEXT), (WHEN + 3600.25, "cur", "S", TEXT + b"2\n")]
    assert list((tmp_path / "out" / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("format_name", "content"),
    [
        ("mbox", b"Subject: x\n\n.dot\n>From here\n\n"),
        ("mboxo", b"Subject: x\n\n.dot\n>From here\n\n"),
        ("mboxcl", b"Content-Length: 16\nSubject: x\n\n.dot\n>From here\n\n"),
        ("mboxcl2", b"Content-Length: 15\nSubject: x\n\n.dot\nFrom here\n\n"),
    ],
)
def test_mbox_is_written_in_the_dialect_asked_for(
    post: Post, tmp_path: Path, format_name: str, content: bytes
) -> None:
    post.put("ann", TEXT, received=WHEN)
    post.send_out("ann", tmp_path / "out", format_name)
    opening = b"From MAILER-DAEMON Thu Nov  5 10:00:00 2026\n"
    assert (tmp_path / "out").read_bytes() == opening + content


@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
def test_an_export_refuses_to_write_over_anything(
    post: Post, tmp_path: Path, format_name: str
) -> None:
    post.put("ann", TEXT)
    post.send_out("ann", tmp_path / "out", format_name)
    with pytest.raises(ExportProblem, match="exists already; choose a new name"):
        post.send_out("ann", tmp_path / "out", format_name)
    with pytest.raises(ExportProblem, match="There is no folder"):
        post.send_out("ann", tmp_path / "nowhere" / "out", format_name)


def test_a_folder_may_be_there_if_it_is_empty(post: Post, tmp_path: Path) -> None:
    post.put("ann", TEXT)
    (tmp_path / "out").mkdir()
    assert post.send_out("ann", tmp_path / "out", "eml") == 1
    assert (tmp_path / "out" / "00001.eml").is_file()


@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
def test_an_export_that_fails_leaves_nothing(post: Post, tmp_path: Path, format_name: str) -> None:
    post.put("ann", TEXT, b"the damaged one\n")
    damaged = [
        file
        for file in (tmp_path / "mail").rglob("*")
        if file.is_file() and file.read_bytes() == b"the damaged one\r\n"
    ]
    damaged[0].unlink()
    (tmp_path / "outside").mkdir()
    with pytest.raises(StoreError, match="missing"):
        post.send_out("ann", tmp_path / "outside" / "out", format_name)
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_message_removed_meanwhile_is_left_out(post: Post, tmp_path: Path) -> None:
    post.put("ann", TEXT, TEXT, TEXT)
    last = post.rows("ann")[2].uid

    class Removing(Noted):
        """Somebody is quicker."""

        def note(self, done: int, total: int) -> None:
            super().note(done, total)
            post.store.remove("ann", [last])

    noted = Removing()
    exported = export_mail(post.store, "ann", tmp_path / "out", progress=noted)
    assert (exported, noted.steps) == (2, [(0, 3), (1, 3), (2, 3), (3, 3)])
    post.take_in("ben", tmp_path / "out")
    assert len(post.rows("ben")) == 2


@pytest.mark.parametrize("format_name", ["eml", "mbox", "maildir"])
def test_one_that_is_stopped_leaves_nothing_behind(
    post: Post, tmp_path: Path, format_name: str
) -> None:
    post.put("ann", TEXT, TEXT, TEXT)
    (tmp_path / "outside").mkdir()
    out = tmp_path / "outside" / "out"
    with pytest.raises(ExportProblem, match="was stopped"):
        export_mail(post.store, "ann", out, format_name, progress=Noted(stop_after=1))
    assert list((tmp_path / "outside").iterdir()) == []


def test_an_unknown_format_is_refused_with_the_choice(post: Post, tmp_path: Path) -> None:
    with pytest.raises(ExportProblem, match="choose one of eml, mbox"):
        post.send_out("ann", tmp_path / "out", "pst")
