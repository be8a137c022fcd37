"""mbox files as others write them: separators, dialects, flags and times."""

from __future__ import annotations

import mailbox
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server_core.ingress import ImportProblem
from server_core.ingress.importers import mbox
from server_core.ingress.importers.importer import Found
from server_core.ingress.mbox_dialects import DIALECTS, from_line, received_of
from tests.ingress.mailboxes import Post, wire

OPEN = b"From ann@example.com Mon Nov  2 10:00:00 2026\n"


def read(path: Path, content: bytes, dialect: str = "") -> list[bytes]:
    path.write_bytes(content)
    items = mbox.read(path, dialect=DIALECTS.get(dialect)).items
    return [b"".join(item.chunks()) for item in items if isinstance(item, Found)]


def test_a_line_that_only_begins_like_a_separator_splits_nothing(tmp_path: Path) -> None:
    body = b"Subject: x\n\nHi\n\nFrom here on\nFrom Mon to Fri\n\nFrom ann@example.com\nno field\n"
    assert read(tmp_path / "m", OPEN + body + b"\n" + OPEN + b"A: b\n\n") == [body, b"A: b\n"]


def test_a_separator_needs_an_empty_line_before_it(tmp_path: Path) -> None:
    body = b"Subject: x\n\nquoted mail:\n" + OPEN + b"Subject: inner\n"
    assert read(tmp_path / "m", OPEN + body + b"\n") == [body]


def test_nothing_is_unquoted_where_the_writer_does_not_quote(tmp_path: Path) -> None:
    body = b"Subject: x\n\nFrom here on\n>From there\n"
    assert read(tmp_path / "m", OPEN + body) == [body]


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("", b"From \n>From \n"),
        ("mboxo", b"From \n>>From \n"),
        ("mboxrd", b"From \n>From \n"),
        ("mboxcl", b"From \n>From \n"),
        ("mboxcl2", b">From \n>>From \n"),
    ],
)
def test_each_dialect_unquotes_its_own_way(tmp_path: Path, dialect: str, text: bytes) -> None:
    content = OPEN + b"Subject: x\n\n>From \n>>From \n\n"
    assert read(tmp_path / "m", content, dialect) == [b"Subject: x\n\n" + text]


def counted(body: bytes, *, first: bool = False) -> tuple[bytes, bytes]:
    """A message with a Content-Length, and what of it is mail."""
    length = b"Content-Length: %d\n" % len(body)
    if first:
        return OPEN + length + b"Subject: x\n\n" + body, b"Subject: x\n\n" + body
    return OPEN + b"Subject: x\n" + length + b"\n" + body, b"Subject: x\n" + length + b"\n" + body


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("gap", [b"", b"\n", b"\n\n"])
def test_a_content_length_that_leads_to_a_separator_frames_the_message(
    tmp_path: Path, gap: bytes, *, first: bool
) -> None:
    body = b"a\n\n" + OPEN + b"Subject: inner\n\n>From kept\n"
    content, message = counted(body, first=first)
    assert read(tmp_path / "m", content + gap + content) == [message, message]


def test_a_wrong_content_length_is_not_believed(tmp_path: Path) -> None:
    message = b"Subject: x\nContent-Length: 4\n\nlonger than that\n"
    assert read(tmp_path / "m", (OPEN + message + b"\n") * 2, "mboxcl") == [message] * 2


def test_a_content_length_beyond_the_end_swallows_nothing(tmp_path: Path) -> None:
    message = b"Subject: x\nContent-Length: 99999999999\n\ntext\n"
    assert read(tmp_path / "m", (OPEN + message + b"\n") * 2) == [message] * 2


def test_a_file_with_crlf_is_read_too(tmp_path: Path) -> None:
    message = b"Subject: x\r\n\r\n>From a\r\n\r\nb\r\n"
    content = (OPEN.replace(b"\n", b"\r\n") + message + b"\r\n") * 2
    assert read(tmp_path / "m", content) == [message.replace(b">", b"")] * 2


def test_separators_without_a_time_need_a_header_behind_them(tmp_path: Path) -> None:
    content = b"From \nSubject: a\n\nx\n\nFrom - \nSubject: b\n\ny\n\nFrom -\nis no separator\n"
    first, second = read(tmp_path / "m", content)
    assert (first, second[:11]) == (b"Subject: a\n\nx\n", b"Subject: b\n")
    assert second.endswith(b"no separator\n")


def test_a_very_long_line_stays_one_line(tmp_path: Path) -> None:
    message = b"Subject: x\n\n" + b"x" * 65_536 + b"From here\n>" + b"y" * 70_000 + b"\n"
    assert read(tmp_path / "m", (OPEN + message + b"\n") * 2, "mboxrd") == [message] * 2


def test_status_headers_say_what_was_seen_and_stay(post: Post, tmp_path: Path) -> None:
    texts = [
        b"Subject: a\nStatus: RO\n\nx\n",
        b"Subject: b\nX-Status: AR\nX-UIDL: 7\n\nx\n",
        b"Subject: c\nStatus: O\n\nStatus: R\n",
    ]
    (tmp_path / "m.mbox").write_bytes(b"".join(OPEN + text + b"\n" for text in texts))
    assert post.take_in("ann", tmp_path / "m.mbox").delivered == 3
    assert post.texts("ann") == [wire(text) for text in texts]
    assert [row.seen for row in post.rows("ann")] == [True, True, False]


@pytest.mark.parametrize(
    ("line", "when"),
    [
        (b"From a Thu Nov  5 10:00:00 2026\n", 1793872800),
        (b"From a b at c  Thu Nov 05 10:00 2026\r\n", 1793872800),
        (b"From 17@xxx Thu Nov 05 11:30:00 +0130 2026\n", 1793872800),
        (b"From a Thu Nov  5 05:00:00 2026 -0500 remote from b\n", 1793872800),
        (b"From a Thu Nov  5 10:00:00 0000\n", None),
        (b"From -\n", None),
    ],
)
def test_the_separator_tells_the_time_of_arrival(line: bytes, when: float | None) -> None:
    assert received_of(line) == when


@given(st.integers(0, 4_000_000_000))
def test_the_time_in_our_separator_is_read_back(received: int) -> None:
    assert received_of(from_line(received)) == received


def test_text_before_the_first_separator_is_reported(post: Post, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"\nnoise\n\n" + OPEN + b"Subject: x\n\n" + OPEN)
    report = post.take_in("ann", tmp_path / "m", "mbox")
    assert [skipped.why for skipped in report.skipped] == [
        "the text before the first From line belongs to no message",
        "it is empty",
    ]
    assert (report.found, report.delivered) == (3, 1)


def test_a_file_without_a_separator_is_no_mbox(post: Post, tmp_path: Path) -> None:
    (tmp_path / "m.mbox").write_bytes(b"just text\n")
    with pytest.raises(ImportProblem, match="no From line"):
        post.take_in("ann", tmp_path / "m.mbox")


BODY = st.lists(
    st.sampled_from([b"From x", b">From x", b"From a@b Mon Nov  2 10:00:00 2026", b"", b"text"]),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(bodies=st.lists(BODY, min_size=1, max_size=4))
def test_what_pythons_mailbox_module_writes_is_read_as_mboxo(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[bytes]]
) -> None:
    path = tmp_path_factory.mktemp("python") / "m"
    texts = [b"Subject: x\n\n" + b"".join(line + b"\n" for line in body) for body in bodies]
    writer = mailbox.mbox(path)
    for text in texts:
        writer.add(text)
    writer.close()
    wanted = [re.sub(rb"(?m)^>From ", b"From ", text) for text in texts]
    assert read(path, path.read_bytes(), "mboxo") == wanted


@settings(max_examples=40, deadline=None)
@given(bodies=st.lists(BODY, min_size=1, max_size=4))
def test_pythons_mailbox_module_reads_what_we_write(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("ours")
    texts = [b"Subject: x\n\n" + b"".join(line + b"\n" for line in body) for body in bodies]
    post = Post(folder / "mail")
    post.put("ann", *texts)
    post.send_out("ann", folder / "m", "mboxrd")
    post.close()
    reader = mailbox.mbox(folder / "m")
    found = [
        re.sub(rb"(?m)^>(>*From )", rb"\1", message)
        for message in map(reader.get_bytes, reader.keys())
    ]
    reader.close()
    assert found == texts
