"""Rows and nested sections in the file: written for people, and located when they are wrong."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from server_core.config.draft import ConfigRejected, Draft
from server_core.config.file import parse, render
from server_core.config.model import Config

COMMENTED = """\
# Our office server
[pop3]
max_errors = 5   # five is enough

# Who comes in
[pop3.access]
rules = [
    # The house
    { address = "192.168.1.0/24", action = "allow" },  # all floors

    { action = "deny", address = "192.168.1.66", note = "the old scanner" },  # floor 2
    # nothing below counts
]
otherwise = "deny"

# The old machines
[[pop3.listeners]]
name = "old"
address = "127.0.0.1:1110"  # loopback
flow = { max_new = 30 }  # they are slow

# Everybody else
[[pop3.listeners]]
name = "new"
address = "127.0.0.1:1995"
security = "tls"

[pop3.listeners.access]   # a table of its own
otherwise = "allow"

[[pop3.listeners.access.rules]]
address = "10.0.0.1"  # the first

# The disk
[storage]
cached_mailboxes = 3
"""
HOUSE = {"action": "allow", "address": "192.168.1.0/24"}
SCANNER = {"action": "deny", "address": "192.168.1.66", "note": "the old scanner"}
GUEST = {"action": "deny", "address": "10.0.0.0-10.0.0.9", "priority": 3}


def saved(edits: dict[str, Any], text: str = COMMENTED) -> str:
    draft = Draft(parse(text.encode()) if text else Config())
    for path, value in edits.items():
        draft.set(path, value)
    wanted = draft.checked()
    rendered = render(wanted, text)
    assert parse(rendered.encode()) == wanted
    assert render(wanted, rendered) == rendered
    return rendered


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigRejected) as rejected:
        parse(text.encode())
    return [str(problem) for problem in rejected.value.problems]


def test_rows_are_written_one_a_line_with_what_is_not_default() -> None:
    row = {**GUEST, "expires": "2030-01-01", "enabled": False}
    office = {"action": "allow", "address": "::1", "flow": {"max_new": 3}}
    assert saved({"pop3.access.rules": [row, office]}, "").partition("\n\n")[2] == (
        "[pop3.access]\n"
        "rules = [\n"
        '    { action = "deny", address = "10.0.0.0-10.0.0.9", priority = 3, enabled = false, '
        'expires = "2030-01-01" },\n'
        '    { action = "allow", address = "::1", flow = { max_new = 3 } },\n'
        "]\n"
    )


def test_nested_sections_of_a_new_listener_stay_within_it() -> None:
    entry = {
        "address": "*:995",
        "security": "tls",
        "tls": {"minimum_version": "1.3", "server_order": False},
        "access": {"rules": [HOUSE], "otherwise": "deny"},
    }
    assert saved({"pop3.listeners.new": entry}, "[[pop3.listeners]]\nname = 'a'\n") == (
        "[[pop3.listeners]]\nname = 'a'\n\n"
        '[[pop3.listeners]]\nname = "new"\naddress = "*:995"\nsecurity = "tls"\n'
        'tls = { minimum_version = "1.3", server_order = false }\n'
        'access = { otherwise = "deny", rules = [\n'
        '    { action = "allow", address = "192.168.1.0/24" },\n'
        "] }\n"
    )


def test_a_changed_row_leaves_the_others_as_they_are() -> None:
    text = saved({"pop3.access.rules": [{**SCANNER, "priority": 9}, HOUSE, GUEST]})
    lines = COMMENTED.splitlines(keepends=True)
    assert text == "".join(
        [
            *lines[:7],
            '\n    { action = "deny", address = "192.168.1.66", priority = 9, '
            'note = "the old scanner" },  # floor 2\n',
            *lines[7:9],
            '    { action = "deny", address = "10.0.0.0-10.0.0.9", priority = 3 },\n',
            *lines[11:],
        ]
    )


def test_a_removed_row_takes_only_its_comment_with_it() -> None:
    assert saved({"pop3.access.rules": [SCANNER]}) == COMMENTED.replace(
        '    # The house\n    { address = "192.168.1.0/24", action = "allow" },  # all floors\n',
        "",
    )


def test_all_rows_go_and_the_last_word_stays() -> None:
    assert "rules = [\n    # nothing below counts\n]\n" in saved({"pop3.access.rules": []})
    assert "rules = []" in saved({"access.deny": []}, "access.deny = [{address='::1'}]").replace(
        "access.deny", "rules"
    )


def test_rows_with_headers_of_their_own_are_respected() -> None:
    path = "pop3.listeners.new.access.rules"
    first = {"address": "10.0.0.1"}
    assert saved({path: [{**first, "priority": 3}, GUEST]}) == COMMENTED.replace(
        '"10.0.0.1"  # the first\n',
        '"10.0.0.1"  # the first\npriority = 3\n\n[[pop3.listeners.access.rules]]\n'
        'action = "deny"\naddress = "10.0.0.0-10.0.0.9"\npriority = 3\n',
    )
    assert "# the first" not in saved({path: [GUEST, first]})
    assert "# The disk\n[storage]" in saved({path: []})


def test_nested_settings_change_in_their_place() -> None:
    text = saved(
        {
            "pop3.listeners.old.flow.max_new": 31,
            "pop3.listeners.old.tls.minimum_version": "1.3",
            "pop3.listeners.new.access.otherwise": "deny",
        }
    )
    assert text == COMMENTED.replace("= 30 }", "= 31 }").replace(
        "slow\n", 'slow\ntls = { minimum_version = "1.3" }\n'
    ).replace('"allow"\n\n[[', '"deny"\n\n[[')


def test_an_inherited_limit_is_left_out() -> None:
    assert "flow = {} " in saved({"pop3.listeners.old.flow.max_new": None})


def test_a_new_section_disturbs_no_comment() -> None:
    text = saved({"pop3.threads.minimum": 3, "bans.trusted": ["::1"]})
    assert "enough\n\n[pop3.threads]\nminimum = 3\n\n# Who comes in\n[pop3.access]" in text
    assert text.endswith('cached_mailboxes = 3\n\n[bans]\ntrusted = ["::1"]\n')
    text = saved({"pop3.threads.minimum": 3}, "# A\n[[pop3.listeners]]\nname='a'\n\n# B\n[storage]")
    assert text == (
        "# A\n[[pop3.listeners]]\nname='a'\n\n[pop3.threads]\nminimum = 3\n\n# B\n[storage]"
    )


def test_a_listener_that_goes_leaves_the_comment_of_the_next_behind() -> None:
    third = "# Last of all\n[[pop3.listeners]]\nname = 'third'\naddress = '*:0'\n"
    text = COMMENTED.replace("# The disk", f"{third}\n# The disk")
    draft = Draft(parse(text.encode()))
    draft.remove("pop3.listeners.new")
    rendered = render(wanted := draft.checked(), text)
    assert parse(rendered.encode()) == wanted
    assert f"# they are slow\n\n{third}\n# The disk\n[storage]" in rendered


def test_the_file_of_an_earlier_version_is_used_and_saved_unchanged() -> None:
    first = """\
# The configuration of Postroom. What is left out keeps its default.
[server]
name = "mail"
primary_domain = "example.com"
deleted_messages = "rfc1939"

[pop3]
greeting = "ready %U"
max_errors = 3
max_auth_errors = 4
auth_failure_delay = 1.5
allow_starttls = false
secure_methods = ["user-pass", "plain"]
plain_methods = []

[[pop3.listeners]]
name = "pop3"
enabled = true
address = "127.0.0.1:1110"
security = "starttls-required"
idle_timeout = 60
domain = "example.org"

[storage]
cached_mailboxes = 10
remember_sign_ins = 5
"""
    config = parse(first.encode())
    assert config.model_dump(mode="json", exclude_unset=True) == tomllib.loads(first)
    assert render(config, first) == first
    assert Draft(config).changes() == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            COMMENTED.replace('"allow" },', '"alow" },'),
            "line 9: pop3.access.rules.#1.action: choose one of allow, deny; did you mean allow?",
        ),
        (
            COMMENTED.replace(".66", ".666"),
            "line 11: pop3.access.rules.#2.address: 192.168.1.666 is not an IP address",
        ),
        (
            COMMENTED.replace("note =", "nota ="),
            "line 11: pop3.access.rules.#2.nota: there is no such setting; did you mean note?",
        ),
        (
            COMMENTED.replace("max_new = 30", "max_new = -1"),
            "line 20: pop3.listeners.old.flow.max_new: must be a whole number from 0 to 100000",
        ),
        (
            COMMENTED.replace('otherwise = "allow"', 'otherwise = "all"'),
            "line 29: pop3.listeners.new.access.otherwise: choose one of service, allow, deny; "
            "did you mean allow?",
        ),
        (
            COMMENTED.replace('"10.0.0.1"', '"10.0.0.1/40"'),
            "line 32: pop3.listeners.new.access.rules.#1.address: 10.0.0.1/40 is not a network; "
            "write it like 192.168.1.0/24 or 192.168.1.0/255.255.255.0",
        ),
        (
            "[bans]\ntrusted = [\n  '::1',\n  'x',  # who?\n]",
            "line 2: bans.trusted: entry 2: x is not an IP address",
        ),
        (
            "[access]\ndeny = [\n  { address = '::1' },\n  5,\n]",
            "line 4: access.deny.#2: must be a table of settings",
        ),
        (
            'access.deny = [{ note = """a\nb=[""", address = \'::1\' },\n\t{ "note" = "x" }]',
            "line 3: access.deny.#2.address: write an address, a range a-b or a network a/bits",
        ),
        (
            "[pop3.threads]\nminimum = 5\n\nmaximum = 4",
            "line 4: pop3.threads.maximum: must not be less than the threads at start",
        ),
    ],
)
def test_a_wrong_value_in_rows_and_sections_is_named_with_its_line(text: str, problem: str) -> None:
    assert problems(text) == [problem]
