"""Events become the reference's lines, one line each, whatever strangers send."""

from __future__ import annotations

import datetime
import re

import pytest

from server_core.events.reasons import ListenerProblem, SignInReason
from server_core.events.types import (
    Event,
    ListenerFailed,
    Noticed,
    ServerStateChanged,
    SessionOpened,
    SignInFailed,
)
from server_core.events.views import ServerState
from server_core.logs.entry import entry_of, one_word
from server_core.logs.lines import reference_line as line_of_entry

CET = datetime.timezone(datetime.timedelta(hours=1))
NEWFOUNDLAND = datetime.timezone(-datetime.timedelta(hours=3, minutes=30))
MOMENT = datetime.datetime(2021, 3, 14, 19, 19, 45, 999_999, tzinfo=CET).timestamp()


def reference_line(event: Event, host: str, zone: datetime.tzinfo) -> str:
    return line_of_entry(entry_of(event, one_word(host)), zone)


def failed(user: str, session: int = 0x5784) -> SignInFailed:
    return SignInFailed(
        time=MOMENT,
        session=session,
        listener="office",
        peer="192.0.2.44:51979",
        user=user,
        method="PLAIN",
        reason=SignInReason.WRONG_PASSWORD,
    )


def test_a_failed_sign_in_reads_as_log_watchers_expect() -> None:
    assert reference_line(failed("ann@example.com"), "mailhost", CET) == (
        "2021-03-14 19:19:45 +0100 02 mailhost POP3:00005784: "
        "Authentication error for user 'ann@example.com': Invalid password"
    )


def test_times_are_in_the_zone_asked_for() -> None:
    line = reference_line(failed("ann"), "mailhost", NEWFOUNDLAND)
    assert line.startswith("2021-03-14 14:49:45 -0330 02 ")


@pytest.mark.parametrize(
    ("event", "place"),
    [
        (SessionOpened(session=1, listener="a", peer="p"), "08 host POP3:00000001:"),
        (
            ListenerFailed(listener="a", problem=ListenerProblem.OTHER, sentence="No."),
            "01 host POP3:00000000:",
        ),
        (ServerStateChanged(state=ServerState.RUNNING), "08 host SRVLOG:00000000:"),
        (Noticed(source="disk", text="is filling up"), "04 host SRVLOG:00000000:"),
        (failed("ann", session=0x1_2345_6789), "02 host POP3:23456789:"),
    ],
)
def test_class_module_and_session_are_told(event: Event, place: str) -> None:
    assert place in reference_line(event, "host", CET)


@pytest.mark.parametrize(
    "sent",
    [
        "ann\r\n2021-03-14 19:19:45 +0100 02 mailhost POP3:00000001: forged",
        "\x1b[2Jann\x00\x7f",
        "\u202egpj.nna\u2066",
        "ann\u2028line\u2029paragraph\u0085next",
        "half \ud800",
    ],
)
def test_what_a_client_sends_stays_one_harmless_line(sent: str) -> None:
    line = reference_line(failed(sent), "mailhost", CET)
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    assert line.encode("utf-8")


@pytest.mark.parametrize("host", ["my mail host", "mail\nhost", "", " "])
def test_a_strange_host_name_does_not_shift_the_fields(host: str) -> None:
    shape = r"\S+ \S+ [+-]\d{4} \d\d \S+ POP3:[0-9A-F]{8}: Authentication error .*"
    assert re.fullmatch(shape, reference_line(failed("ann"), host, CET))
