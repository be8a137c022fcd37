"""Whatever stands in the file, it is a configuration or it is rejected with words."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server_core.config.draft import ConfigRejected, Draft
from server_core.config.file import parse, render
from server_core.config.model import Config
from tests.config.test_file import COMMENTED
from tests.config.test_file_nested import COMMENTED as NESTED

WORDS = """[ ] [[ ]] = " ' \"\"\" ''' # . , { } \\ \\u0000 nan inf -1 1e9 0x true 2026-01-01
    pop3 name pop3.listeners listeners= max_errors= security='tls' é"""
PIECES = st.sampled_from([*WORDS.split(), *"\n\r\x00\x1b\ufeff"])
MUTATIONS = st.lists(
    st.tuples(st.integers(0, len(COMMENTED)), st.integers(0, 12), PIECES | st.text(max_size=5)),
    min_size=1,
    max_size=6,
)
ORDINARY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(octets: bytes) -> Config | None:
    try:
        return parse(octets)
    except ConfigRejected as rejected:
        assert rejected.problems
        assert all(problem.text for problem in rejected.problems)
        assert all(problem.line for problem in rejected.problems if problem.path)
        return None


@ORDINARY
@given(MUTATIONS)
def test_a_mutated_file_never_surprises(mutations: list[tuple[int, int, str]]) -> None:
    text = COMMENTED
    for start, length, piece in mutations:
        text = text[:start] + piece + text[start + length :]
    config = read(text.encode("utf-8", "surrogatepass"))
    if config is not None:
        assert parse(render(config, text).encode()) == config


@ORDINARY
@given(st.binary(max_size=200))
def test_any_octets_never_surprise(octets: bytes) -> None:
    read(octets)


LISTENER: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"address": st.integers(1, 65535).map("127.0.0.1:{}".format)},
    optional={
        "security": st.sampled_from(["none", "tls"]),
        "idle_timeout": st.integers(0, 86_400),
        "enabled": st.booleans(),
    },
)
EDITS = st.dictionaries(
    st.sampled_from(["old", "new", "third", "a.b", "x y"]), LISTENER | st.none()
)


@ORDINARY
@given(EDITS, st.integers(0, 100), st.text(max_size=10))
def test_what_is_saved_is_what_was_wanted(
    edits: dict[str, dict[str, Any] | None], errors: int, name: str
) -> None:
    draft = Draft(parse(COMMENTED.encode()))
    draft.set("pop3.max_errors", errors)
    draft.set("server.name", name)
    for listener, entry in edits.items():
        if entry is not None:
            draft.set(f"pop3.listeners.{listener}", entry)
        elif listener in ("old", "new"):
            draft.remove(f"pop3.listeners.{listener}")
    if draft.problems():
        return
    wanted = draft.checked()
    text = render(wanted, COMMENTED)
    assert parse(text.encode()) == wanted
    assert "# Our office server" in text
    draft.rebase(wanted)
    assert draft.edits == {}


ROWS = st.lists(
    st.fixed_dictionaries(
        {"address": st.sampled_from(["10.0.0.1", "192.168.1.0/24", "192.168.1.66", "::1"])},
        optional={
            "priority": st.integers(1, 3),
            "note": st.sampled_from(["the old scanner", "#", "'", '"""', "\n", "]", "é"]),
            "expires": st.just("2030-01-01"),
            "flow": st.fixed_dictionaries({}, optional={"max_new": st.integers(0, 3) | st.none()}),
        },
    ),
    max_size=4,
)
OVERRIDES = st.fixed_dictionaries(
    {}, optional={"max_new": st.integers(0, 3) | st.none(), "interval": st.integers(1, 3)}
)
NESTED_EDITS = st.fixed_dictionaries(
    {},
    optional={
        "access.deny": st.lists(st.fixed_dictionaries({"address": st.just("::1")}), max_size=2),
        "pop3.access.rules": ROWS,
        "pop3.access.otherwise": st.sampled_from(["allow", "deny"]),
        "pop3.threads.minimum": st.integers(1, 3),
        "pop3.flow": OVERRIDES.map(lambda edits: {k: v for k, v in edits.items() if v is not None}),
        "pop3.listeners.old.flow": OVERRIDES,
        "pop3.listeners.old.access.rules": ROWS,
        "pop3.listeners.new.flow": OVERRIDES,
        "pop3.listeners.new.access.rules": ROWS,
        "pop3.listeners.new.tls.minimum_version": st.sampled_from(["1.2", "1.3"]),
        "pop3.listeners.third": st.fixed_dictionaries(
            {"address": st.just("*:3")}, optional={"flow": OVERRIDES}
        ),
        "bans.trusted": st.lists(st.sampled_from(["::1", "10.0.0.0/8"]), max_size=2),
    },
)


@ORDINARY
@given(NESTED_EDITS, st.sampled_from([NESTED, COMMENTED, ""]))
def test_rows_and_sections_are_saved_as_wanted_among_comments(
    edits: dict[str, Any], text: str
) -> None:
    draft = Draft(parse(text.encode() if text else b"[[pop3.listeners]]\nname='old'"))
    for path, value in edits.items():
        if text or ".new." not in path:
            draft.set(path, value)
    wanted = draft.checked()
    rendered = render(wanted, text)
    assert parse(rendered.encode()) == wanted
    assert render(wanted, rendered) == rendered
    for comment in ("# Our office server", "# Everybody else", "# The disk"):
        assert (comment in rendered) == (comment in text)
    again = Draft(wanted)
    again.become(parse(rendered.encode()))
    assert again.edits == {}
