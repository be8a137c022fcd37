"""Whether others get through: told by who came, else by the firewall of this computer."""

from __future__ import annotations

import pytest

from server_core.accounts.account import Account
from server_core.events.health import FindingState
from server_core.events.views import ListenerState, ListenerView
from server_core.health.check import Place
from server_core.health.firewall import (
    Firewall,
    firewall_for,
    macos_lets_in,
    ufw_is_on,
    ufw_lets_in,
    windows_lets_in,
)
from server_core.health.outside import LATELY, firewall_words, latest_from_outside, passage
from server_core.net.own_networks import own_addresses
from tests.health.conftest import PASSWORD, Start, found
from tests.net.conftest import listener, office

OK, ATTENTION = FindingState.OK, FindingState.ATTENTION
NOT_CHECKED = FindingState.NOT_CHECKED
NOW = 2e9
PROGRAM = r"C:\Program Files\Postroom\postroom.exe"
RULE = rf"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|App={PROGRAM}|Name=Postroom|"
TUPLES = """\
*filter
### tuple ### deny tcp 2110 0.0.0.0/0 any 0.0.0.0/0 in
### tuple ### allow tcp 995 0.0.0.0/0 any 0.0.0.0/0 out
### tuple ### allow tcp 110,1990:1999 0.0.0.0/0 any 0.0.0.0/0 in
### tuple ### allow any 2110 0.0.0.0/0 any 0.0.0.0/0 in
### tuple ### allow udp 53 0.0.0.0/0 any 0.0.0.0/0 in
"""


def somebody(peer: str, when: float = NOW, at: str = "pop3") -> Account:
    return Account("ann@x", "ann-1", "", True, True, 0.0, when, peer, "PLAIN", at)


def view() -> ListenerView:
    return ListenerView("pop3", "*:1110", "none", ListenerState.LISTENING)


@pytest.mark.parametrize(
    ("peer", "at", "counts"),
    [
        ("192.0.2.7:5000", "pop3", True),
        ("[2001:db8::7]:5000", "pop3", True),
        ("192.0.2.7:5000", "other", False),
        ("127.0.0.1:5000", "pop3", False),
        ("[::1]:5000", "pop3", False),
        (f"{next(one for one in own_addresses() if '.' in one)}:5000", "pop3", False),
        ("", "pop3", False),
    ],
)
def test_only_other_devices_prove_that_others_get_through(peer: str, at: str, counts: bool) -> None:
    assert (latest_from_outside("pop3", [somebody(peer, at=at)]) is not None) is counts


def test_who_came_lately_counts_more_than_a_firewall() -> None:
    came = somebody("192.0.2.7:5000", NOW - LATELY + 1)
    assert "somebody signed in from elsewhere" in passage(view(), [came], NOW).sentence
    gone = somebody("192.0.2.7:5000", NOW - LATELY)
    assert "somebody" not in passage(view(), [gone], NOW).sentence


@pytest.mark.parametrize(
    ("firewall", "state", "words"),
    [
        (None, OK, "No firewall was found"),
        (Firewall("ufw", active=False), OK, "is off"),
        (Firewall("ufw", active=True, lets_in=True), OK, "lets others through to port 110"),
        (Firewall("ufw", active=True, remedy="sudo"), NOT_CHECKED, "cannot be seen"),
        (Firewall("ufw", active=True, lets_in=False, remedy="sudo"), ATTENTION, "No rule of ufw"),
    ],
)
def test_what_a_firewall_means_is_said_with_its_remedy(
    firewall: Firewall | None, state: FindingState, words: str
) -> None:
    seen = firewall_words(firewall, 110, Place("pop3"))
    assert seen.state is state and words in seen.sentence
    assert seen.details == (() if state is OK else ("To let them through: sudo",))


async def test_a_listener_for_this_computer_needs_no_firewall(start: Start) -> None:
    service = await start(office(listener("here"), listener("lan", address="0.0.0.0:0")))
    await service.add_account("ann", PASSWORD)
    seen = await found(service)
    assert "firewall.lan" in seen and "firewall.here" not in seen
    assert (await service.look_at_firewall("lan")).sentence == seen["firewall.lan"].sentence


def test_the_firewall_of_this_computer_can_be_looked_at() -> None:
    found_here = firewall_for(1110)
    assert found_here is None or found_here.name


@pytest.mark.parametrize(
    ("settings", "on"),
    [("ENABLED=yes\n", True), ("ENABLED=no\n", False), ("#ENABLED=yes\nLOGLEVEL=low\n", False)],
)
def test_ufw_says_whether_it_is_on(settings: str, on: bool) -> None:
    assert ufw_is_on(settings) is on


@pytest.mark.parametrize(
    ("port", "lets_in"),
    [
        (110, True),
        (995, False),
        (1989, False),
        (1990, True),
        (1999, True),
        (2110, False),
        (53, False),
    ],
)
def test_the_first_rule_of_ufw_decides(port: int, lets_in: bool) -> None:
    assert ufw_lets_in(TUPLES, port) is lets_in


@pytest.mark.parametrize(
    ("said", "lets_in"),
    [
        ("Incoming connection to the application is permitted", True),
        ("Incoming connection to the application is blocked", False),
        ("The application is not part of the firewall", None),
        ("", None),
    ],
)
def test_macos_knows_programs_only(said: str, lets_in: bool | None) -> None:
    assert macos_lets_in(said) is lets_in


@pytest.mark.parametrize(
    ("rules", "lets_in"),
    [
        ([], False),
        ([RULE], True),
        ([RULE + "Profile=Private|"], True),
        ([RULE + "Profile=Public|"], False),
        ([RULE + "LPort=110|"], True),
        ([RULE + "LPort=100-120|"], True),
        ([RULE + "LPort=995|LPort=110|"], True),
        ([RULE + "LPort=995|"], False),
        ([RULE + "RA4=LocalSubnet|"], None),
        ([RULE.replace("Protocol=6", "Protocol=17")], False),
        ([RULE.replace("Active=TRUE", "Active=FALSE")], False),
        ([RULE.replace("Dir=In", "Dir=Out")], False),
        ([RULE.replace("postroom.exe", "other.exe")], False),
        ([RULE, RULE.replace("Allow", "Block")], False),
    ],
)
def test_the_rules_of_windows_are_about_program_port_and_profile(
    rules: list[str], lets_in: bool | None
) -> None:
    assert windows_lets_in(rules, 110, PROGRAM.upper(), "Private") is lets_in
