"""Settings in the sections of listeners, and lists of rows, are edited like any other."""

from __future__ import annotations

from typing import Any

import pytest

from server_core.config.draft import Draft, NoSuchSetting
from server_core.config.model import Config, Listener, Pop3
from server_core.config.schema import Effect

APPLIED = Config(
    pop3=Pop3(
        listeners=(
            Listener(name="office", address="127.0.0.1:1110"),
            Listener(name="head.office", address="127.0.0.1:2110"),
        )
    )
)
DENIED = {"action": "deny", "address": "192.0.2.0/24"}


@pytest.fixture
def draft() -> Draft:
    return Draft(APPLIED)


def problems(draft: Draft) -> dict[str, str]:
    return {problem.path: problem.text for problem in draft.problems()}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("pop3.listeners.office.tls.minimum_version", "1.3"),
        ("pop3.listeners.office.flow.max_new", 30),
        ("pop3.listeners.head.office.flow.max_new", 30),
        ("pop3.listeners.office.access.otherwise", "deny"),
        ("pop3.listeners.office.proxy.mode", "optional"),
        ("pop3.listeners.office.proxy.trusted", ["192.0.2.1"]),
        ("pop3.access.otherwise", "deny"),
        ("pop3.flow.max_connections", 7),
        ("pop3.threads.minimum", 3),
        ("bans.trusted", ["192.168.0.0/16", "fd00::/8"]),
    ],
)
def test_a_nested_setting_is_edited_reviewed_and_put_back(
    draft: Draft, path: str, value: object
) -> None:
    before = draft.get(path)
    draft.set(path, value)
    assert draft.edits == {path: value}
    assert draft.get(path) == value
    (change,) = draft.changes()
    assert (change.path, change.before, change.after) == (path, before, value)
    assert change.effect is draft.setting(path).effect
    assert Draft(draft.checked()).get(path) == value
    draft.set(path, before)
    assert draft.edits == {}


def test_a_limit_is_inherited_again_when_it_is_set_to_nothing(draft: Draft) -> None:
    draft.set("pop3.listeners.office.flow.max_new", 3)
    changed = Draft(draft.checked())
    changed.set("pop3.listeners.office.flow.max_new", None)
    assert changed.edits == {"pop3.listeners.office.flow.max_new": None}
    assert changed.checked() == APPLIED


def test_a_section_of_a_listener_is_read_replaced_and_put_back(draft: Draft) -> None:
    draft.set("pop3.listeners.office.flow.interval", 30)
    draft.set("pop3.listeners.office.flow", {"max_new": 5})
    assert draft.edits == {"pop3.listeners.office.flow.max_new": 5}
    assert draft.get("pop3.listeners.office.flow")["max_new"] == 5
    draft.remove("pop3.listeners.office.flow")
    assert draft.edits == {}


def test_a_listener_is_added_with_nested_settings(draft: Draft) -> None:
    draft.set("pop3.listeners.new", {"address": "*:995", "tls": {"minimum_version": "1.3"}})
    draft.set("pop3.listeners.new.flow.max_new", 4)
    added = draft.checked().pop3.listeners[-1]
    assert added.tls.minimum_version == "1.3"
    assert added.tls.verify_depth == 4
    assert added.flow.max_new == 4
    assert list(draft.edits) == ["pop3.listeners.new"]


def test_edits_of_a_section_are_discarded_with_it(draft: Draft) -> None:
    for path in ("flow.max_connections", "max_errors", "listeners.office.flow.max_new"):
        draft.set(f"pop3.{path}", 3)
    draft.discard("pop3.flow")
    assert list(draft.edits) == ["pop3.max_errors", "pop3.listeners.office.flow.max_new"]
    draft.discard("pop3.listeners.office.flow")
    assert list(draft.edits) == ["pop3.max_errors"]
    draft.set("pop3.threads.minimum", 3)
    draft.discard("pop3")
    assert draft.edits == {}


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("pop3.listeners.office.tls.cipher", "did you mean pop3.listeners.NAME.tls.ciphers"),
        ("pop3.listeners.cellar.tls.ciphers", "no listener called 'cellar'"),
        ("pop3.listeners.office.tls.minimum.version", "no setting"),
        ("pop3.acces.rules", "did you mean pop3.access.rules"),
    ],
)
def test_a_nested_path_that_names_nothing_is_refused(draft: Draft, path: str, hint: str) -> None:
    with pytest.raises(NoSuchSetting, match=hint):
        draft.set(path, 1)


def test_an_unknown_key_in_a_nested_section_is_refused(draft: Draft) -> None:
    with pytest.raises(NoSuchSetting, match=r"did you mean pop3\.listeners\.NAME\.tls\.ciphers"):
        draft.set("pop3.listeners.new", {"tls": {"cipher": "x"}})


@pytest.mark.parametrize(
    "path", ["access.deny", "pop3.access.rules", "pop3.listeners.head.office.access.rules"]
)
def test_rows_are_one_value_and_hold_their_defaults(draft: Draft, path: str) -> None:
    row = {"address": "192.0.2.0/24"}
    draft.set(path, [row])
    (whole,) = draft.get(path)
    assert whole["enabled"] is True
    (change,) = draft.changes()
    assert (change.path, change.before, change.after) == (path, [], [whole])
    assert change.effect is Effect.NEW_CONNECTIONS
    applied = Draft(draft.checked())
    applied.set(path, [row])
    assert applied.edits == {}
    applied.set(path, [{**row, "enabled": 1}])
    assert list(applied.edits) == [path]


def test_what_is_read_from_a_draft_can_be_changed_without_changing_it(draft: Draft) -> None:
    draft.set("pop3.access.rules", [DENIED])
    draft.get("pop3.access.rules")[0]["address"] = "nothing"
    draft.get("pop3.access")["rules"].clear()
    draft.get("pop3.listeners")[0]["tls"]["ciphers"] = "none"
    assert draft.get("pop3.access.rules")[0]["address"] == "192.0.2.0/24"
    assert list(draft.edits) == ["pop3.access.rules"]


@pytest.mark.parametrize(
    ("row", "field", "text"),
    [
        ({"address": "192.0.2."}, "address", "192.0.2. is not an IP address"),
        ({}, "address", "write an address, a range a-b or a network a/bits"),
        ({"priority": 0}, "priority", "must be a whole number from 1 to 1000"),
        ({"action": "alow"}, "action", "choose one of allow, deny; did you mean allow?"),
        ({"expires": "tomorrow"}, "expires", "use a date like 2026-12-31 or 2026-12-31 18:00"),
        ({"note": "x" * 201}, "note", "must be at most 200 characters long"),
        ({"notes": "x"}, "notes", "there is no such setting; did you mean note?"),
        ({"flow": {"max_new": -1}}, "flow.max_new", "must be a whole number from 0 to 100000"),
        ({"flow": 3}, "flow", "must be a table of settings"),
        (
            {**DENIED, "flow": {"max_new": 1}},
            "flow",
            "a deny rule lets nobody in, so it has no limits",
        ),
    ],
)
@pytest.mark.parametrize("path", ["pop3.access.rules", "pop3.listeners.head.office.access.rules"])
def test_a_problem_names_the_row_and_its_field(
    draft: Draft, path: str, row: dict[str, Any], field: str, text: str
) -> None:
    good = {"address": "192.0.2.1"}
    draft.set(path, [good, good, {**(good if row else {}), **row}])
    assert problems(draft) == {f"{path}.#3.{field}": text}


@pytest.mark.parametrize(
    ("value", "path", "text"),
    [
        (5, "access.deny", "must be a list"),
        ([5], "access.deny.#1", "must be a table of settings"),
        ([{"address": "192.0.2.1"}] * 20_001, "access.deny", "must have at most 20000 entries"),
    ],
)
def test_what_are_no_rows_is_refused(draft: Draft, value: object, path: str, text: str) -> None:
    draft.set("access.deny", value)
    assert problems(draft) == {path: text}


def test_a_wrong_trusted_network_is_explained_at_its_list(draft: Draft) -> None:
    draft.set("bans.trusted", ["192.168.0.0/16", "10.0.0.9-10.0.0.1"])
    assert problems(draft) == {
        "bans.trusted": "entry 2: the range begins after its end; turn it round",
    }


def test_a_rebase_keeps_nested_edits_that_are_still_wanted(draft: Draft) -> None:
    draft.set("pop3.listeners.office.tls.ciphers", "x")
    draft.set("pop3.listeners.office.flow.max_new", 2)
    draft.set("pop3.access.rules", [DENIED])
    outside = Draft(APPLIED)
    outside.set("pop3.listeners.office.flow.max_new", 2)
    outside.set("pop3.access.rules", [DENIED])
    draft.rebase(outside.checked())
    assert draft.edits == {"pop3.listeners.office.tls.ciphers": "x"}
