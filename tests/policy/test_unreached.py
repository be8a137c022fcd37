"""A rule that can never decide is warned of where it stands."""

from __future__ import annotations

from server_core.config.draft import Draft
from server_core.config.model import Config
from server_core.policy.unreached import unreached_rules


def test_a_rule_behind_a_wider_one_is_named_with_it() -> None:
    draft = Draft(Config())
    rules = [
        {"address": "10.0.0.1", "enabled": False},
        {"address": "10.0.0.0/8", "priority": 1},
        {"address": "10.1.0.0/16"},
        {"address": "11.0.0.0/8"},
    ]
    draft.set("pop3.access.rules", rules)
    draft.set("pop3.listeners.pop3.access.rules", rules[1:3])
    draft.set("access.deny", [{"address": "::/0"}, {"address": "::1"}])
    found = {problem.path: problem.text for problem in unreached_rules(draft.checked())}
    assert found == {
        "access.deny.#2.address": "never reached because rule 1 already matches",
        "pop3.access.rules.#3.address": "never reached because rule 2 already matches",
        "pop3.listeners.pop3.access.rules.#2.address": (
            "never reached because rule 1 already matches"
        ),
    }
