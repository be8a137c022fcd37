"""Whatever strangers call themselves, an entry is one line, one object, one message, everywhere."""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server_core.config.log import Log, Shape
from server_core.config.model import Config
from server_core.events.reasons import SignInReason
from server_core.events.types import SignInFailed
from server_core.logs.choosing import Choice
from server_core.logs.entry import Entry, entry_of, one_word
from server_core.logs.files import Files
from server_core.logs.lines import json_line, reference_line
from server_core.logs.receiver import received
from server_core.logs.security import security_entry
from server_core.logs.syslog import LONGEST_OCTETS, cut, framed, syslog_message

FORGED = (
    "x\r\n2021-03-14 19:19:45 +0100 08 office POP3:00000001: new connection from [198.51.100.9:1]"
)
NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\r\n\0\x1b\x07\x08\x7f\x85\u2028\u2029\u202e\u2066\ufeff\ud800\udfff'\"\\"
        ),
    ),
    max_size=300,
)
HEAD = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 02 \S+ POP3:00005784: Authentication error"
)
SYSLOG = re.compile(rb"<19>1 \S+Z [!-~]{1,255} postroom 00005784 POP3 - (\xef\xbb\xbf)?Authentica")


def entry(user: str, host: str = "office") -> Entry:
    return entry_of(failed(user), one_word(host))


def failed(user: str) -> SignInFailed:
    return SignInFailed(
        time=1_773_480_000.25,
        session=0x5784,
        listener="pop3",
        peer="192.0.2.7:40001",
        user=user,
        method="PLAIN",
        reason=SignInReason.WRONG_PASSWORD,
    )


def is_harmless(line: str) -> bool:
    """One line that a terminal shows as it is: no controls, no changes of direction."""
    kinds = {unicodedata.category(character) for character in line}
    return len(line.splitlines()) == 1 and not kinds & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(NASTY, NASTY)
@example(FORGED, "office")
@example("x" * 65_536, "h" * 65_536)
@example("\u202e" * 65_536, "")
def test_every_shape_of_an_entry_is_one_harmless_line(user: str, host: str) -> None:
    told = entry(user, host)
    text, structured = reference_line(told, datetime.UTC), json_line(told, datetime.UTC)
    assert is_harmless(text) and is_harmless(structured)
    assert HEAD.match(text)
    assert json.loads(structured)["text"] == told.text
    message = syslog_message(told)
    assert len(message) <= LONGEST_OCTETS and SYSLOG.match(message)
    assert is_harmless(message.decode().replace("\ufeff", "", 1))
    assert framed(message) == b"%d " % len(message) + message
    event = failed(user)
    secure = security_entry(event, entry_of(event, one_word(host)))
    assert is_harmless(reference_line(secure, datetime.UTC))


@given(NASTY)
@example(FORGED)
@example("grüße" * 20_000)
def test_what_is_sent_as_a_datagram_is_received_as_the_same_entry(user: str) -> None:
    told = entry(user)
    octets = cut(reference_line(told, datetime.UTC).encode("utf-8", "replace"))
    got = received(octets, "192.0.2.7", 0.0)
    assert (got.level, got.host, got.module, got.session) == (told.level, "office", "POP3", 0x5784)
    assert told.text.startswith(got.text) and (got.text == told.text or len(octets) > 8_000)


@given(st.binary(max_size=400))
@example(b"9999-12-31 23:59:59 -2359 08 cellar IMAP:0000BEEF: hello")
@example(b"0001-01-01 00:00:00 +2359 08 cellar IMAP:0000BEEF: hello")
@example("٢٠٢٦-٠٣-١٤ ١٠:٢٠:٠٠ +٠١٠٠ ٠٨ cellar IMAP:0000BEEF: hello".encode())
def test_whatever_is_received_can_be_written_in_every_shape(data: bytes) -> None:
    got = received(data, "192.0.2.7", 1_773_480_000.0)
    for zone in (None, datetime.UTC):
        assert is_harmless(reference_line(got, zone)) and is_harmless(json_line(got, zone))
    assert len(syslog_message(got)) <= LONGEST_OCTETS


@pytest.mark.parametrize("shape", list(Shape))
@settings(max_examples=20)
@given(users=st.lists(NASTY, min_size=1, max_size=5))
def test_a_file_has_as_many_lines_as_entries(
    shape: Shape, users: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("logs")
    log = Log(shape=shape)
    files = Files(folder, log, Choice(Config(log=log)).rule_for)
    files.write([entry(user) for user in users])
    files.close()
    lines = (folder / "everything.txt").read_bytes().split(b"\n")
    assert len(lines) == len(users) + 1 and lines[-1] == b""
    assert all(is_harmless(line.decode("utf-8")) for line in lines[:-1])
