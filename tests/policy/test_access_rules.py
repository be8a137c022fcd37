"""Who gets in: the compiled tables against a reading of the reference rule by rule."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.config.admission import (
    AccessRule,
    DenyEntry,
    GlobalAccess,
    ListenerAccess,
    Otherwise,
    ServiceAccess,
    Verdict,
)
from server_core.config.model import Config, Listener, Pop3
from server_core.config.networks import address_text, parse_address
from server_core.events.reasons import Scope
from server_core.policy.access_rules import AccessRules, Decision, never_reached, rules_of

LATER = "2030-01-01 00:00:00+00:00"
EVEN_LATER = "2031-01-01 00:00:00+00:00"
MOMENTS = {"": None, LATER: 1893456000.0, EVEN_LATER: 1924992000.0}
NOW = 1800000000.0

# Few addresses, close together, so that rules overlap, tie and touch at their edges.
V4 = [f"10.0.0.{n}" for n in range(8)]
V6 = [f"2001:db8::{n:x}" for n in range(8)]
EDGES = ["0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]  # noqa: S104


def allow(address: str, priority: int = 500, *, note: str = "", expires: str = "") -> AccessRule:
    return AccessRule(
        action=Verdict.ALLOW, address=address, priority=priority, note=note, expires=expires
    )


def deny(address: str, priority: int = 500, *, expires: str = "") -> AccessRule:
    return AccessRule(action=Verdict.DENY, address=address, priority=priority, expires=expires)


def a_server(
    *,
    everyone: tuple[DenyEntry, ...] = (),
    service: tuple[AccessRule, ...] = (),
    otherwise: Verdict = Verdict.ALLOW,
    listener: tuple[AccessRule, ...] = (),
    listener_otherwise: Otherwise = Otherwise.SERVICE,
) -> Config:
    access = ListenerAccess(rules=listener, otherwise=listener_otherwise)
    return Config(
        access=GlobalAccess(deny=everyone),
        pop3=Pop3(
            access=ServiceAccess(rules=service, otherwise=otherwise),
            listeners=(Listener(name="office", address="127.0.0.1:0", access=access),),
        ),
    )


def verdict(config: Config, address: str, now: float = NOW) -> Decision:
    return AccessRules(config).verdict(parse_address(address), "office", now)


OFFICE = "192.168.1.0/24"


@pytest.mark.parametrize(
    ("config", "admitted", "scope", "words"),
    [
        (a_server(), True, Scope.SERVICE, "everything else of POP3: allow"),
        (
            a_server(otherwise=Verdict.DENY),
            False,
            Scope.SERVICE,
            "everything else of POP3: deny",
        ),
        (
            a_server(service=(deny(OFFICE), allow(OFFICE))),
            False,
            Scope.SERVICE,
            "rule 1 of POP3: deny 192.168.1.0/24",
        ),
        (
            a_server(service=(allow(OFFICE), deny(OFFICE))),
            False,
            Scope.SERVICE,
            "rule 2 of POP3: deny 192.168.1.0/24",
        ),
        (
            a_server(service=(deny(OFFICE, 2), allow("192.168.1.50", 1, note="Printer"))),
            True,
            Scope.SERVICE,
            "rule 2 of POP3: allow 192.168.1.50 (Printer)",
        ),
        (
            a_server(everyone=(DenyEntry(address=OFFICE),)),
            False,
            Scope.GLOBAL,
            "rule 1 of all services: deny 192.168.1.0/24",
        ),
        (
            a_server(everyone=(DenyEntry(address=OFFICE),), service=(allow(OFFICE, 1000),)),
            True,
            Scope.SERVICE,
            "rule 1 of POP3: allow 192.168.1.0/24",
        ),
        (
            a_server(service=(deny(OFFICE, 1),), listener=(allow(OFFICE, 1000),)),
            True,
            Scope.LISTENER,
            "rule 1 of listener 'office': allow 192.168.1.0/24",
        ),
        (
            a_server(service=(allow(OFFICE),), listener_otherwise=Otherwise.DENY),
            False,
            Scope.LISTENER,
            "everything else of listener 'office': deny",
        ),
        (
            a_server(
                everyone=(DenyEntry(address="10.0.0.0/8"),),
                service=(deny(OFFICE),),
                listener_otherwise=Otherwise.ALLOW,
            ),
            True,
            Scope.LISTENER,
            "everything else of listener 'office': allow",
        ),
    ],
)
def test_the_deciding_rule_is_named(
    config: Config, admitted: bool, scope: Scope, words: str
) -> None:
    decision = verdict(config, "192.168.1.50")
    assert (decision.admitted, decision.scope, decision.words) == (admitted, scope, words)


@pytest.mark.parametrize(
    ("rule", "address", "matches"),
    [
        ("192.168.1.50", "192.168.1.50", True),
        ("192.168.1.50", "192.168.1.51", False),
        ("192.168.1.50", "::ffff:192.168.1.50", True),
        ("::ffff:192.168.1.50", "192.168.1.50", True),
        ("192.168.1.10-192.168.1.20", "192.168.1.9", False),
        ("192.168.1.10-192.168.1.20", "192.168.1.10", True),
        ("192.168.1.10-192.168.1.20", "192.168.1.20", True),
        ("192.168.1.10-192.168.1.20", "192.168.1.21", False),
        ("192.168.1.0/255.255.255.0", "192.168.1.255", True),
        ("192.168.1.0/255.255.255.0", "192.168.2.0", False),
        ("2001:db8::/32", "2001:db8:ffff::1", True),
        ("2001:db8::/32", "2001:db9::", False),
        ("0.0.0.0/0", "255.255.255.255", True),
        ("0.0.0.0/0", "::1", False),
        ("::/0", "::", True),
        ("::/0", "0.0.0.1", False),
    ],
)
def test_the_three_forms_match_to_the_last_address(rule: str, address: str, matches: bool) -> None:
    assert verdict(a_server(service=(deny(rule),)), address).admitted is not matches


def test_a_rule_stops_counting_at_its_very_moment() -> None:
    rules = AccessRules(a_server(service=(deny(OFFICE, 1, expires=LATER), allow(OFFICE, 2))))
    address = parse_address("192.168.1.1")
    end = 1893456000.0
    assert not rules.verdict(address, "office", end - 0.001).admitted
    assert rules.verdict(address, "office", end).words == "rule 2 of POP3: allow 192.168.1.0/24"


def test_a_rule_that_is_off_does_not_count_but_keeps_its_number() -> None:
    off = deny(OFFICE, 1).model_copy(update={"enabled": False})
    decision = verdict(a_server(service=(off, deny(OFFICE, 2))), "192.168.1.1")
    assert decision.words == "rule 2 of POP3: deny 192.168.1.0/24"


def test_keys_stay_when_other_rows_change() -> None:
    before = rules_of((deny("10.0.0.1"), allow(OFFICE), allow(OFFICE, 7)), "POP3")
    after = rules_of((allow(OFFICE), allow(OFFICE, 7)), "POP3")
    assert [rule.key for rule in before[1:]] == [rule.key for rule in after]
    assert before[1].key != before[2].key


def test_moments_no_clock_knows_are_past_or_never() -> None:
    past = verdict(a_server(service=(deny(OFFICE, expires="0001-01-01"),)), "192.168.1.1")
    never = verdict(a_server(service=(deny(OFFICE, expires="9999-12-31"),)), "192.168.1.1")
    assert past.admitted
    assert not never.admitted


# The oracle: sections 7.3 and 7.4 as they are written, with the standard library's networks.


def _contains(form: str, address: str) -> bool:
    wanted = ip_address(address)
    if wanted.version == 6 and wanted.ipv4_mapped:
        wanted = wanted.ipv4_mapped
    if "-" in form:
        first, last = (ip_address(part) for part in form.split("-"))
        return first.version == wanted.version and int(first) <= int(wanted) <= int(last)
    return wanted in ip_network(form, strict=False)


def _best(rows: tuple[AccessRule, ...], address: str, now: float) -> int | None:
    matching = [
        (row.priority, row.action, place)
        for place, row in enumerate(rows)
        if row.enabled and _in_force(row.expires, now) and _contains(row.address, address)
    ]
    denying = min((x for x in matching if x[1] is Verdict.DENY), default=None, key=lambda x: x[0])
    allowing = min((x for x in matching if x[1] is Verdict.ALLOW), default=None, key=lambda x: x[0])
    if denying is None or allowing is None:
        found = denying or allowing
    else:
        found = allowing if allowing[0] < denying[0] else denying
    return None if found is None else found[2]


def _in_force(expires: str, now: float) -> bool:
    end = MOMENTS[expires]
    return end is None or now < end


def _reference(config: Config, address: str, now: float) -> tuple[bool, Scope, int | None]:
    own, service = config.pop3.listeners[0].access, config.pop3.access
    place = _best(own.rules, address, now)
    if place is not None:
        return own.rules[place].action is Verdict.ALLOW, Scope.LISTENER, place + 1
    if own.otherwise is not Otherwise.SERVICE:
        return own.otherwise is Otherwise.ALLOW, Scope.LISTENER, None
    place = _best(service.rules, address, now)
    if place is not None:
        return service.rules[place].action is Verdict.ALLOW, Scope.SERVICE, place + 1
    for number, entry in enumerate(config.access.deny, 1):
        if entry.enabled and _in_force(entry.expires, now) and _contains(entry.address, address):
            return False, Scope.GLOBAL, number
    return service.otherwise is Verdict.ALLOW, Scope.SERVICE, None


addresses = st.sampled_from(V4 + V6 + EDGES)


@st.composite
def forms(draw: st.DrawFn) -> str:
    kind: Literal["one", "range", "net"] = draw(st.sampled_from(["one", "range", "net"]))
    family = draw(st.sampled_from([V4, V6, EDGES]))
    if kind == "range" and family is not EDGES:
        first, last = sorted((draw(st.integers(0, 7)), draw(st.integers(0, 7))))
        return f"{family[first]}-{family[last]}"
    address = draw(st.sampled_from(family))
    if kind == "net":
        most = 32 if "." in address else 128
        return f"{address}/{draw(st.sampled_from([0, 1, most - 3, most - 2, most - 1, most]))}"
    return f"::ffff:{address}" if "." in address and draw(st.booleans()) else address


expiries = st.sampled_from(list(MOMENTS))
access_rules = st.builds(
    AccessRule,
    action=st.sampled_from(Verdict),
    address=forms(),
    priority=st.integers(1, 3),
    enabled=st.sampled_from([True, True, True, False]),
    expires=expiries,
)
lists = st.lists(access_rules, max_size=8).map(tuple)
configs = st.builds(
    a_server,
    everyone=st.lists(
        st.builds(DenyEntry, address=forms(), enabled=st.booleans(), expires=expiries), max_size=4
    ).map(tuple),
    service=lists,
    otherwise=st.sampled_from(Verdict),
    listener=lists,
    listener_otherwise=st.sampled_from([Otherwise.SERVICE, Otherwise.SERVICE, *Otherwise]),
)
PROBES = [*V4, *V6, *EDGES, "::ffff:10.0.0.3", "9.255.255.255", "10.0.0.8", "2001:db8::8"]


def _mapped_forms_as_v4(config: Config) -> Config:
    """The oracle's library does not know that v4-mapped addresses count as IPv4."""
    text = config.model_dump_json().replace('"::ffff:', '"')
    return Config.model_validate_json(text)


@given(configs)
def test_every_address_gets_what_the_reference_says_at_every_time(config: Config) -> None:
    rules = AccessRules(config)
    plain = _mapped_forms_as_v4(config)
    for now in (NOW, 1893456000.0 - 1, 1893456000.0, 1924992000.0 - 1, 1924992000.0):
        for address in PROBES:
            decision = rules.verdict(parse_address(address), "office", now)
            number = decision.rule.number if decision.rule else None
            expected = _reference(plain, address, now)
            assert (*decision[:2], number) == expected


@given(st.lists(access_rules.filter(lambda row: row.expires == ""), max_size=10).map(tuple))
def test_never_reached_are_exactly_the_rules_that_decide_for_no_address(
    rows: tuple[AccessRule, ...],
) -> None:
    plain = tuple(
        row.model_copy(update={"address": row.address.removeprefix("::ffff:")}) for row in rows
    )
    # Beside every edge of every rule somebody is asked for, so no interval is missed.
    asked = {*PROBES}
    for rule in rules_of(rows, "POP3"):
        for number in (rule.network.first, rule.network.last):
            for near in (number - 1, number, number + 1):
                most = 2**32 if rule.network.version == 4 else 2**128
                if 0 <= near < most:
                    asked.add(address_text(rule.network.version, near))
    deciding = {_best(plain, address, NOW) for address in asked if _plain(address)}
    silent = {
        number for number, row in enumerate(rows, 1) if row.enabled and number - 1 not in deciding
    }
    found = never_reached(rules_of(rows, "POP3"))
    assert set(found) == silent
    assert silent.isdisjoint(found.values())


def _plain(address: str) -> bool:
    """Numbers inside ::ffff:0:0/96 cannot be told from IPv4 by the oracle."""
    return not address.startswith("::ffff:")


def test_a_rule_hidden_only_for_a_while_is_reached_some_day() -> None:
    hidden_for_a_while = (deny(OFFICE, 1, expires=LATER), allow("192.168.1.7", 2))
    assert never_reached(rules_of(hidden_for_a_while, "POP3")) == {}
    hidden = (allow("10.0.0.0/8"), deny(OFFICE, 1), allow("192.168.1.7", 2, expires=LATER))
    assert never_reached(rules_of(hidden, "POP3")) == {3: 2}


def test_two_rules_together_hide_a_third() -> None:
    halves = (deny("10.0.0.0/9", 1), deny("10.128.0.0/9", 1), allow("10.0.0.0/8", 2))
    assert never_reached(rules_of(halves, "POP3")) == {3: 1}
