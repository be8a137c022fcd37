"""How changes of a configuration read in the log."""

from __future__ import annotations

from server_core.config.changes import changes_between
from server_core.config.checking import check
from server_core.config.model import Config


def told(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [
        str(change)
        for change in changes_between(*(check({"pop3": each}) for each in (before, after)))
    ]


def test_a_value_is_told_before_and_after() -> None:
    assert told({}, {"max_errors": 3}) == ["pop3.max_errors: 20 -> 3"]


def test_of_a_list_what_came_and_went_is_told() -> None:
    kept, gone, new = ({"action": "deny", "address": f"192.0.2.{n}"} for n in range(3))
    (change,) = told({"access": {"rules": [kept, gone]}}, {"access": {"rules": [kept, new]}})
    assert change == (
        "pop3.access.rules: "
        "added (action=deny, address=192.0.2.2, priority=500, enabled=True), "
        "removed (action=deny, address=192.0.2.1, priority=500, enabled=True)"
    )


def test_a_long_list_is_told_in_short() -> None:
    rules = [{"action": "deny", "address": f"192.0.2.{n}"} for n in range(200)]
    (change,) = told({}, {"access": {"rules": rules}})
    assert change.endswith("and 197 more") and len(change) < 400


def test_an_entry_that_is_taken_away_is_named_and_cut() -> None:
    names = Config().pop3.listeners[0].name, "other"
    listeners = [{"name": name, "address": f"127.0.0.1:{n}"} for n, name in enumerate(names, 1111)]
    (change,) = told({"listeners": listeners}, {"listeners": listeners[:1]})
    assert change.startswith("pop3.listeners.other: (name=other, ") and change.endswith("… -> none")
