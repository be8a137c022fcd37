"""Lines that leave the window: harmless in every format, and without names when that is asked."""

from __future__ import annotations

import csv
import html
import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from app.dashboard.log_columns import tip_of
from app.dashboard.log_formats import FIELDS, Format, as_csv, as_html, as_json, as_text, formats
from app.dashboard.log_pseudonyms import Pseudonyms
from app.dashboard.log_rows import LogRow, log_row
from server_core.events.protocol import ProtocolLine
from server_core.events.types import AddressBanned
from server_core.events.views import BanKind, BanView
from tests.app.happenings import opened, refused, signed_in

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "<script>alert(1)</script>",
    '"><img src=x>',
    "\u202egnp.exe",
    "two\r\nlines",
    "\x1b[2J",
    "\u2028next",
    "nul\0",
    "'",
    '",\n=1',
]


def typed(user: str) -> ProtocolLine:
    return ProtocolLine(session=1, listener="o", peer="192.0.2.7:1", received=True, line=user)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", formats(), ids=lambda kind: kind.id)
def test_a_hostile_name_stays_one_harmless_line(name: str, kind: Format) -> None:
    written = "".join(kind.write([log_row(1, refused(1, name))]))
    quiet = "".join(kind.write([log_row(1, refused(1, "ann"))]))
    assert len(written.splitlines()) == len(quiet.splitlines())
    assert all(line.isprintable() for line in written.splitlines())


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_cell_of_a_csv_is_a_formula(name: str) -> None:
    rows = [log_row(1, refused(1, name)), log_row(2, typed(name))]
    cells = [*csv.reader(io.StringIO("".join(as_csv(rows)), newline=""))]
    assert [len(line) for line in cells] == [len(FIELDS)] * 3
    for cell in (cell for line in cells for cell in line):
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@settings(deadline=None)
@given(st.text(max_size=80))
def test_html_holds_no_markup_of_strangers(name: str) -> None:
    written = "".join(as_html([log_row(1, refused(1, name))]))
    tags = set(re.findall(r"<[^>]*>", written))
    assert tags == set(re.findall(r"<[^>]*>", "".join(as_html([log_row(1, refused(1, "ann"))]))))
    assert html.escape(log_row(1, refused(1, name)).text) in written


@pytest.mark.parametrize("name", HOSTILE)
def test_no_tip_is_taken_for_markup_of_a_stranger(name: str) -> None:
    told = QTextDocument()
    row = log_row(1, refused(1, name))
    told.setHtml(tip_of(row))
    assert told.toPlainText().split() == row.text.split()


@settings(deadline=None)
@given(st.text(max_size=80))
def test_json_gives_back_what_the_row_says(name: str) -> None:
    row = log_row(7, refused(3, name))
    read = json.loads("".join(as_json([row])))
    assert (read["text"], read["account"], read["session"]) == (row.text, row.user, 3)


def test_text_tells_how_often() -> None:
    row = log_row(1, refused(1)).repeated(312, 1)
    assert "".join(as_text([row])).endswith("Invalid password (× 312)\n")


def hidden(rows: list[LogRow], key: bytes = b"k" * 32) -> str:
    names = [row.user for row in rows]
    return "".join(as_csv(Pseudonyms(key, names).hidden(rows)))


ROWS = [
    log_row(1, opened(1, peer="192.0.2.7:4000")),
    log_row(2, opened(2, peer="[2001:db8::7]:4000")),
    log_row(3, typed("USER zoe")),
    log_row(4, typed("apop ben c4c9334bac560ecc979e58001b3e22fb")),
    log_row(5, signed_in(1, "zoe@example.com")),
    log_row(6, refused(1, "Carla")),
    log_row(7, typed("carla's mail, carl@example.org, ::ffff:192.0.2.7")),
    log_row(
        8,
        AddressBanned(
            ban=BanView("198.51.100.0/24", BanKind.MANUAL, "guessing as zoe", since=0, until=0)
        ),
    ),
]


def test_names_and_addresses_are_hidden_wherever_they_stand() -> None:
    written = hidden(ROWS).lower()
    for told in ("zoe", "ben", "carla", "carl@", "192.0.2.7", "2001:db8", "198.51.100"):
        assert told not in written
    assert "4000" in written and "office" in written and "logged in" in written


def test_the_same_name_is_always_the_same_pseudonym() -> None:
    again = Pseudonyms(b"k" * 32, ["zoe@example.com"])
    assert again.name("zoe@example.com") == again.name("ZOE") in hidden(ROWS)
    assert Pseudonyms(b"x" * 32, []).name("zoe") not in hidden(ROWS)


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_hiding_takes_any_name(name: str, other: str) -> None:
    rows = [log_row(1, refused(1, name)), log_row(2, typed(other))]
    assert hidden(rows).count("\r\n") == 3
