"""What is allowed but hardly meant is warned of beside its setting, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from server_core.config.draft import Draft
from server_core.config.model import Config
from server_core.config.warnings import warnings_of

LOOPBACK = {"address": "127.0.0.0/8"}
DENIED = {**LOOPBACK, "action": "deny"}
OFFICE = "pop3.listeners.pop3"
UNPROTECTED = {f"{OFFICE}.security": "passwords can cross the network unprotected"}
TOO_MANY = "one address may take 30, but all together only 20"
OUT = "keeps this computer itself (127.0.0.1) out of listener 'pop3'"


def warned(edits: dict[str, Any]) -> dict[str, str]:
    draft = Draft(Config())
    for path, value in edits.items():
        draft.set(path, value)
    return {problem.path: problem.text for problem in warnings_of(draft.checked())}


def test_the_defaults_are_beyond_reproach() -> None:
    assert warnings_of(Config()) == ()


@pytest.mark.parametrize(
    ("limits", "warnings"),
    [
        ({"max_connections": 20, "max_connections_per_peer": 30}, ["max_connections_per_peer"]),
        ({"max_new": 20, "max_new_per_peer": 30}, ["max_new_per_peer"]),
        ({"max_connections": 20, "max_connections_per_peer": 20}, []),
        ({"max_connections": 0, "max_connections_per_peer": 30}, []),
        ({"max_connections": 20, "max_connections_per_peer": 0}, []),
    ],
)
@pytest.mark.parametrize("place", ["pop3.flow", f"{OFFICE}.flow"])
def test_a_limit_per_address_above_the_total_limits_nothing(
    place: str, limits: dict[str, int], warnings: list[str]
) -> None:
    edits = {f"{place}.{name}": value for name, value in limits.items()}
    assert warned(edits) == {f"{place}.{name}": TOO_MANY for name in warnings}


def test_an_own_limit_is_compared_with_what_is_inherited() -> None:
    edits = {f"{OFFICE}.flow.max_connections": 10}
    text = "one address may take 20, but all together only 10"
    assert warned(edits) == {f"{OFFICE}.flow.max_connections": text}
    edits = {f"{OFFICE}.flow.max_connections_per_peer": 201}
    assert list(warned(edits)) == [f"{OFFICE}.flow.max_connections_per_peer"]


def test_the_limits_of_a_rule_are_compared_with_each_other() -> None:
    limits = {"max_new": 20, "max_new_per_peer": 30}
    rules = [LOOPBACK, {"address": "::1", "flow": limits}, {"address": "::2", "flow": {}}]
    assert warned({"pop3.access.rules": rules}) == {
        "pop3.access.rules.#2.flow.max_new_per_peer": TOO_MANY
    }


@pytest.mark.parametrize(
    ("entry", "warnings"),
    [
        ({"address": "127.0.0.1:110", "security": "tls"}, ["address"]),
        ({"address": "127.0.0.1:995", "security": "starttls"}, ["address"]),
        ({"address": "127.0.0.1:995", "security": "tls"}, []),
        ({"address": "127.0.0.1:110", "security": "none"}, []),
        ({"address": "[::1]:110", "security": "none"}, []),
        ({"address": "*:110", "security": "starttls"}, ["security"]),
        ({"address": "192.168.1.5:110", "security": "none"}, ["security"]),
        ({"address": "192.168.1.5:110", "security": "none", "enabled": False}, []),
        ({"address": "*:110", "security": "starttls-required"}, []),
        ({"address": "*:995", "security": "tls"}, []),
        ({"idle_timeout": 1}, ["idle_timeout"]),
        ({"idle_timeout": 599}, ["idle_timeout"]),
        ({"idle_timeout": 600}, []),
        ({"idle_timeout": 0}, []),
        ({"proxy": {"mode": "required"}}, ["proxy.trusted"]),
        ({"proxy": {"mode": "optional"}}, ["proxy.trusted"]),
        ({"proxy": {"mode": "optional", "trusted": ["::1"]}}, []),
    ],
)
def test_a_listener_is_warned_of_where_it_is_hardly_meant(
    entry: dict[str, Any], warnings: list[str]
) -> None:
    assert list(warned({OFFICE: entry})) == [f"{OFFICE}.{name}" for name in warnings]


def test_without_passwords_nothing_is_readable_on_the_network() -> None:
    edits = {f"{OFFICE}.address": "*:110"}
    assert warned(edits) == UNPROTECTED
    assert warned({**edits, "pop3.plain_methods": []}) == {}


def test_methods_that_send_no_password_leave_none_to_read() -> None:
    edits = {f"{OFFICE}.address": "*:110", "pop3.plain_methods": ["cram-md5", "scram-sha-1"]}
    assert warned(edits) == {}
    assert warned({**edits, "pop3.plain_methods": ["login"]}) == UNPROTECTED


def test_encryption_that_is_required_has_to_be_allowed() -> None:
    edits = {"pop3.allow_starttls": False, f"{OFFICE}.security": "starttls-required"}
    text = "nobody can sign in at listener 'pop3', which requires it"
    assert warned(edits) == {"pop3.allow_starttls": text}
    assert warned({**edits, f"{OFFICE}.enabled": False}) == {}


@pytest.mark.parametrize(
    ("edits", "place"),
    [
        ({"access.deny": [{"address": "::1"}, LOOPBACK]}, "access.deny.#2.address"),
        ({"pop3.access.rules": [DENIED]}, "pop3.access.rules.#1.address"),
        ({"pop3.access.otherwise": "deny"}, "pop3.access.otherwise"),
        ({f"{OFFICE}.access.rules": [DENIED]}, f"{OFFICE}.access.rules.#1.address"),
        ({f"{OFFICE}.access.otherwise": "deny"}, f"{OFFICE}.access.otherwise"),
        ({"access.deny": [LOOPBACK], "pop3.access.rules": [LOOPBACK]}, ""),
        ({"pop3.access.rules": [DENIED], f"{OFFICE}.access.rules": [LOOPBACK]}, ""),
        ({"pop3.access.rules": [DENIED], f"{OFFICE}.access.otherwise": "allow"}, ""),
        ({"pop3.access.rules": [DENIED, LOOPBACK]}, "pop3.access.rules.#1.address"),
        ({"pop3.access.rules": [DENIED, {**LOOPBACK, "priority": 499}]}, ""),
        ({"pop3.access.rules": [{**DENIED, "enabled": False}]}, ""),
        ({"pop3.access.rules": [{**DENIED, "expires": "2001-01-01"}]}, ""),
        ({"pop3.access.rules": [{**DENIED, "address": "::/0"}]}, ""),
        ({"access.deny": [LOOPBACK], f"{OFFICE}.address": "192.0.2.1:995"}, ""),
        ({"access.deny": [LOOPBACK], f"{OFFICE}.enabled": False}, ""),
    ],
)
def test_rules_that_keep_this_computer_out_are_named(edits: dict[str, Any], place: str) -> None:
    found = warned({f"{OFFICE}.security": "tls", **edits})
    assert found == ({place: OUT} if place else {})


def test_a_rule_that_keeps_it_out_of_two_listeners_is_named_once() -> None:
    six = {"address": "[::1]:2110"}
    edits = {
        "pop3.access.rules": [DENIED],
        "pop3.listeners.four": {"address": "0.0.0.0:995", "security": "tls"},
        "pop3.listeners.six": six,
    }
    text = "keeps this computer itself (127.0.0.1) out of listeners 'pop3', 'four'"
    assert warned(edits) == {"pop3.access.rules.#1.address": text}
    edits["pop3.access.rules"] = [{"action": "deny", "address": "::1"}]
    assert list(warned(edits)) == ["pop3.access.rules.#1.address"]


@pytest.mark.parametrize(
    ("remote", "warned_of"),
    [
        ({"address": "192.0.2.9:514", "transport": "udp"}, True),
        ({"address": "log.example.com:2000", "transport": "lines"}, True),
        ({"address": "192.0.2.9:6514", "transport": "tls"}, False),
        ({"address": "127.0.0.1:514", "transport": "tcp"}, False),
        ({"address": "[::1]:514", "transport": "tcp"}, False),
        ({"address": "192.0.2.9:514", "transport": "tcp", "enabled": False}, False),
    ],
)
def test_a_log_that_crosses_the_network_readable_is_told(
    remote: dict[str, Any], warned_of: bool
) -> None:
    path = "log.remote.#1.transport"
    assert (path in warned({"log.remote": [remote]})) is warned_of


@pytest.mark.parametrize(
    ("address", "networks", "warned_of"),
    [
        ("*:2000", ["0.0.0.0/0"], True),
        ("192.0.2.1:2000", ["192.0.2.0/24", "::/0"], True),
        ("*:2000", ["192.0.2.0/24"], False),
        ("127.0.0.1:2000", ["0.0.0.0/0"], False),
    ],
)
def test_a_log_that_anybody_may_write_into_is_told(
    address: str, networks: list[str], warned_of: bool
) -> None:
    edits = {"enabled": True, "address": address, "networks": networks}
    found = warned({f"log.receive.{name}": value for name, value in edits.items()})
    assert ("log.receive.networks" in found) is warned_of
