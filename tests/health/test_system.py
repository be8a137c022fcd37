"""Whether the computer falls asleep and knows the time, from what systems say."""

from __future__ import annotations

import sys

import pytest

from server_core.events.health import FindingState
from server_core.health.computer import clock_words
from server_core.health.sleep import of_gnome, of_pmset, of_powercfg, sleep_words
from server_core.health.system import said
from server_core.health.timekeeping import of_timedatectl, of_w32tm

POWERCFG = """\
Power Scheme GUID: 381b4222-f694-41f0-9685-ff5bb260df2e  (Balanced)
  Subgroup GUID: 238c9fa8-0aad-41ed-83f4-97be242c8f20  (Sleep)
    Power Setting GUID: 29f6c1db-86da-48c5-9fdb-f2b67b1f44da  (Sleep after)
      Minimum Possible Setting: 0x00000000
      Maximum Possible Setting: 0xffffffff
      Possible Settings increment: 0x00000001
      Possible Settings units: Seconds
    Current AC Power Setting Index: 0x00000708
    Current DC Power Setting Index: 0x00000384
"""
PMSET = """\
Battery Power:
 displaysleep         2
 sleep                1
AC Power:
 displaysleep         10
 sleep                {minutes}
 disksleep            10
"""


@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [
        (0, FindingState.OK, "does not go to sleep"),
        (59, FindingState.ATTENTION, "after 1 minute without"),
        (120, FindingState.ATTENTION, "after 2 minutes"),
        (1_800, FindingState.ATTENTION, "after 30 minutes"),
    ],
)
def test_sleep_needs_a_look(seconds: int, state: FindingState, words: str) -> None:
    seen = sleep_words(seconds)
    assert seen.state is state and words in seen.sentence


def test_windows_names_mains_power_first() -> None:
    assert of_powercfg(POWERCFG) == 1_800
    assert of_powercfg(POWERCFG.replace("0x00000708", "0x00000000")) == 0
    assert of_powercfg("") is None


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 0), (10, 600)])
def test_macos_tells_minutes_for_mains_power(minutes: int, seconds: int) -> None:
    assert of_pmset(PMSET.format(minutes=minutes)) == seconds
    assert of_pmset("") is None


@pytest.mark.parametrize(
    ("kind", "timeout", "seconds"),
    [
        ("'suspend'\n", "1200\n", 1_200),
        ("'suspend'\n", "uint32 900\n", 900),
        ("'suspend'\n", "0\n", 0),
        ("'nothing'\n", "1200\n", 0),
        ("", "", None),
    ],
)
def test_gnome_tells_what_it_does_and_when(kind: str, timeout: str, seconds: int | None) -> None:
    assert of_gnome(kind, timeout) == seconds


def test_a_program_that_is_missing_or_fails_says_nothing() -> None:
    assert said("there-is-no-such-program") == ""
    assert said(sys.executable, "-c", "print('half'); raise SystemExit(3)") == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("NTP=yes\nNTPSynchronized=yes\n", True),
        ("NTP=no\nNTPSynchronized=yes\n", True),
        ("NTP=yes\nNTPSynchronized=no\n", True),
        ("NTP=no\nNTPSynchronized=no\n", False),
        ("", None),
    ],
)
def test_linux_tells_who_keeps_the_clock(text: str, kept: bool | None) -> None:
    assert of_timedatectl(text) is kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [("time.windows.com,0x9 \r\n", True), ("Local CMOS Clock\r\n", False), ("", None)],
)
def test_windows_tells_who_keeps_the_clock(text: str, kept: bool | None) -> None:
    assert of_w32tm(text) is kept


@pytest.mark.parametrize(
    ("kept", "state", "words"),
    [
        (True, FindingState.OK, "a time server keeps it right"),
        (None, FindingState.OK, "not before anything"),
        (False, FindingState.ATTENTION, "no time server keeps it right"),
    ],
)
def test_a_clock_that_nothing_keeps_right_needs_a_look(
    kept: bool | None, state: FindingState, words: str
) -> None:
    seen = clock_words(2e9, 2e9, kept=kept)
    assert seen.state is state and words in seen.sentence
