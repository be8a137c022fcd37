"""What is exported comes back as it was, in every format."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server_core.ingress import EXPORT_FORMATS
from server_core.store.backend import Incoming
from tests.ingress.mailboxes import Post, wire

MAIL = (
    b"Subject: one\r\n\r\nFrom here on\r\n.dot\r\n..\r\n\r\n",
    b"Subject: two\n\nno last line end",
    b"Subject: header only\n",
    b"no header at all\n\nFrom MAILER-DAEMON Mon Nov  2 10:00:00 2026\nSubject: inner\n",
    b"\n\n\n",
    b"Content-Length: 0\nStatus: RO\n",
    b"Content-Length: 3\nX-UIDL: kept\n\nlonger than three\n",
    b"Subject: one\r\n\r\nFrom here on\r\n.dot\r\n..\r\n\r\n",
    b"Subject: wide\n\n" + b"x" * 900_000 + b"\n" + b"y\n" * 100_000,
)
SAMPLES = Path(
    os.environ.get("POSTROOM_SAMPLE_MAIL")
    or Path(__file__).parents[2].parent / "shared" / "data" / "eml"
)


def facts(post: Post, box: str) -> list[tuple[str, str, float, bool]]:
    return [(row.sha256, row.unique_id, row.received, row.seen) for row in post.rows(box)]


@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
def test_an_export_comes_back_with_all_that_was_known(
    post: Post, tmp_path: Path, format_name: str
) -> None:
    post.put("ann", *MAIL, seen=(1, 4))
    assert post.send_out("ann", tmp_path / "out", format_name) == len(MAIL)
    report = post.take_in("ben", tmp_path / "out")
    assert (report.delivered, report.skipped) == (len(MAIL), ())
    assert report.octets == sum(len(wire(text)) for text in MAIL)
    assert post.texts("ben") == [wire(text) for text in MAIL]
    assert facts(post, "ben") == facts(post, "ann")


@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
def test_without_its_sidecar_an_export_is_still_the_same_mail(
    post: Post, tmp_path: Path, format_name: str
) -> None:
    post.put("ann", *MAIL[:3], seen=(0,), received=1793613600.0)
    post.send_out("ann", tmp_path / "out", format_name)
    for sidecar in tmp_path.rglob("*postroom-export.json"):
        sidecar.unlink()
    post.take_in("ben", tmp_path / "out", format_name)
    assert post.texts("ben") == [wire(text) for text in MAIL[:3]]
    assert [int(row.received) for row in post.rows("ben")] == [
        int(row.received) for row in post.rows("ann")
    ]
    seen = [row.seen for row in post.rows("ben")]
    assert seen == [format_name == "maildir", False, False]


def test_a_changed_message_is_not_taken_for_the_exported_one(post: Post, tmp_path: Path) -> None:
    post.put("ann", MAIL[0], MAIL[1])
    post.send_out("ann", tmp_path / "out", "eml")
    with (tmp_path / "out" / "00001.eml").open("ab") as file:
        file.write(b"a line more\r\n")
    post.take_in("ben", tmp_path / "out")
    first, second = post.rows("ben")
    assert (second.received, second.unique_id) == facts(post, "ann")[1][2:0:-1]
    assert first.received != facts(post, "ann")[0][2]


def test_a_damaged_sidecar_is_reported_and_the_mail_comes_in(post: Post, tmp_path: Path) -> None:
    post.put("ann", MAIL[0])
    post.send_out("ann", tmp_path / "out", "eml")
    (tmp_path / "out" / "postroom-export.json").write_text('{"postroom_export": 1')
    report = post.take_in("ben", tmp_path / "out")
    assert report.delivered == 1
    assert "damaged" in report.skipped[0].why


def test_importing_twice_gives_every_message_its_own_unique_id(post: Post, tmp_path: Path) -> None:
    post.put("ann", *MAIL[:3])
    post.send_out("ann", tmp_path / "out", "mbox")
    post.take_in("ann", tmp_path / "out")
    assert len({row.unique_id for row in post.rows("ann")}) == 6


LINES = st.sampled_from(
    (
        *(b"From ", b">From ", b">>From x", b"From a@b Mon Nov  2 10:00:00 2026", b"From here on"),
        *(b"From - Mon Nov  2 10:00:00 2026", b"From a@b", b"Subject: x", b"Content-Length: 7"),
        *(b"Content-Length: 0", b"Status: RO", b"", b"text", b".", b"..x", b"> From ", b"\xff\x00"),
    )
)
MESSAGES = st.lists(
    st.builds(
        lambda lines, end, last: end.join(lines) + (end if last else b""),
        st.lists(LINES, min_size=1, max_size=8),
        st.sampled_from([b"\n", b"\r\n"]),
        st.booleans(),
    ).filter(bool),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("format_name", ["mboxrd", "mboxcl", "mboxcl2"])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(messages=MESSAGES)
def test_any_message_survives_a_lossless_mbox(
    post: Post, format_name: str, messages: list[bytes]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for box in ("out", "in"):
            post.store.remove(box, [row.uid for row in post.rows(box)])
        post.put("out", *messages)
        post.send_out("out", Path(folder, "mail"), format_name)
        post.take_in("in", Path(folder, "mail"), format_name)
        assert post.texts("in") == [wire(message) for message in messages]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample mail is not on this machine")
@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
def test_the_sample_mail_comes_back(post: Post, tmp_path: Path, format_name: str) -> None:
    files = sorted(SAMPLES.rglob("*.eml"))
    texts = [text for text in (file.read_bytes() for file in files) if text]
    post.store.deliver("ann", [Incoming(io.BytesIO(text), received=9.0) for text in texts])
    post.send_out("ann", tmp_path / "out", format_name)
    post.take_in("ben", tmp_path / "out")
    assert post.texts("ben") == [wire(text) for text in texts]
    assert facts(post, "ben") == facts(post, "ann")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample mail is not on this machine")
def test_the_folder_of_sample_mail_is_imported_whole(post: Post) -> None:
    texts = sorted(wire(text) for file in SAMPLES.rglob("*.eml") if (text := file.read_bytes()))
    report = post.take_in("ann", SAMPLES)
    assert {skipped.why for skipped in report.skipped} <= {
        "it does not look like a message",
        "it is empty",
    }
    missing = [text for text in texts if text not in post.texts("ann")]
    assert missing == []
