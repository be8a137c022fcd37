"""A draft holds edits over what is applied, says what is wrong, and what would change."""

from __future__ import annotations

import pytest

from server_core.config.draft import Change, ConfigRejected, Draft, NoSuchSetting
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.schema import Effect
from server_core.config.signing_in import Method

OFFICE = Listener(name="office", address="127.0.0.1:1110", security=Security.STARTTLS)
DOTTED = Listener(name="head.office", address="127.0.0.1:2110", security=Security.TLS)
NAMED = "begin and end with a letter or a digit, and use only letters, digits, spaces, . - and _"
APPLIED = Config(pop3=Pop3(listeners=(OFFICE, DOTTED)))


@pytest.fixture
def draft() -> Draft:
    return Draft(APPLIED)


def problems(draft: Draft) -> dict[str, str]:
    return {problem.path: problem.text for problem in draft.problems()}


def test_a_fresh_draft_changes_nothing(draft: Draft) -> None:
    assert draft.edits == {}
    assert draft.changes() == ()
    assert draft.checked() == APPLIED


def test_an_edit_touches_only_the_draft(draft: Draft) -> None:
    draft.set("pop3.max_errors", 30)
    assert draft.edits == {"pop3.max_errors": 30}
    assert draft.get("pop3.max_errors") == 30
    assert draft.checked().pop3.max_errors == 30
    assert APPLIED.pop3.max_errors == 20


def test_an_edit_back_to_what_is_applied_is_no_edit(draft: Draft) -> None:
    draft.set("pop3.max_errors", 30)
    draft.set("pop3.max_errors", 20)
    assert draft.edits == {}


def test_a_choice_may_come_as_a_member(draft: Draft) -> None:
    draft.set("pop3.listeners.office.security", Security.TLS)
    assert draft.edits == {"pop3.listeners.office.security": "tls"}
    assert draft.checked().pop3.listeners[0].security is Security.TLS


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("pop3.max_errors", 101, "must be a whole number from 0 to 100"),
        ("pop3.max_errors", "many", "must be a whole number from 0 to 100"),
        ("pop3.max_errors", True, "must be a whole number from 0 to 100"),
        ("pop3.auth_failure_delay", -1, "must be a number from 0 to 10"),
        ("pop3.allow_starttls", "yes", "must be true or false"),
        ("pop3.greeting", "two\nlines", "use printable ASCII characters only"),
        ("pop3.greeting", "%X", "%X means nothing here; use %D, %U or %%"),
        ("pop3.greeting", "%D" * 190, "too long once %D and %U are filled in (512 octets)"),
        (
            "pop3.digest_realms",
            ("x" * 250,) * 8,
            "too long together for one challenge; leave some out",
        ),
        ("pop3.greeting", "a" * 401, "must be at most 400 characters long"),
        ("server.primary_domain", "a b", "use a domain name such as example.com"),
        (
            "pop3.listeners.office.security",
            "tsl",
            "choose one of none, starttls, starttls-required, tls; did you mean tls?",
        ),
        ("pop3.plain_methods", ["plain", "x"], f"choose one of {', '.join(Method)}"),
        ("pop3.plain_methods", "plain", "must be a list"),
        ("pop3.listeners.office.certificate", "../key", NAMED),
        ("pop3.listeners.office.certificate", "mail.", NAMED),
        (
            "pop3.listeners.office.tls.client_certificates",
            "require",
            "name the file with the authorities of the clients",
        ),
        ("bans.longest", 60, "must not be shorter than the first ban"),
        ("pop3.listeners.office.name", "", "must not be empty"),
        (
            "pop3.listeners.office.name",
            "-",
            "begin with a letter or a digit, and use only letters, digits, spaces, . - and _",
        ),
        (
            "pop3.listeners.office.address",
            "localhost:110",
            "localhost is not an IP address of a computer; * stands for all addresses",
        ),
    ],
)
def test_a_wrong_value_is_explained_beside_its_setting(
    draft: Draft, path: str, value: object, text: str
) -> None:
    draft.set(path, value)
    place = path.replace("client_certificates", "ca")
    assert problems(draft) == {place: text}
    with pytest.raises(ConfigRejected, match="^" + place.replace(".", r"\.")):
        draft.checked()


def test_two_listeners_on_one_port_are_both_named(draft: Draft) -> None:
    draft.set("pop3.listeners.head.office.address", "*:1110")
    assert problems(draft) == {
        "pop3.listeners.head.office.address": "port 1110 of listener 'head.office' is already "
        "used by listener 'office'"
    }


def test_a_listener_is_added_with_what_is_said_and_defaults(draft: Draft) -> None:
    draft.set("pop3.listeners.new", {"address": "*:995"})
    draft.set("pop3.listeners.new.security", "tls")
    added = draft.checked().pop3.listeners[-1]
    assert added == Listener(name="new", address="*:995", security=Security.TLS)
    (change,) = draft.changes()
    assert (change.path, change.before, change.effect) == (
        "pop3.listeners.new",
        None,
        Effect.REBINDS,
    )


def test_a_listener_is_taken_away_and_comes_back(draft: Draft) -> None:
    draft.remove("pop3.listeners.head.office")
    assert draft.checked().pop3.listeners == (OFFICE,)
    assert draft.changes()[0].after is None
    draft.discard("pop3.listeners.head.office")
    assert draft.checked() == APPLIED


def test_a_listener_taken_away_has_no_settings_to_edit(draft: Draft) -> None:
    draft.remove("pop3.listeners.office")
    with pytest.raises(NoSuchSetting, match="no listener called 'office'"):
        draft.set("pop3.listeners.office.security", "tls")
    with pytest.raises(NoSuchSetting):
        draft.get("pop3.listeners.office")
    draft.set("pop3.listeners.office", {"address": "127.0.0.1:1110"})
    assert draft.edits == {}


def test_an_added_listener_taken_away_leaves_no_trace(draft: Draft) -> None:
    draft.set("pop3.listeners.new", {})
    draft.remove("pop3.listeners.new")
    assert draft.edits == {}


def test_a_renamed_listener_keeps_its_path_until_it_is_applied(draft: Draft) -> None:
    draft.set("pop3.listeners.office.name", "front")
    draft.set("pop3.listeners.office.idle_timeout", 60)
    wanted = draft.checked()
    assert wanted.pop3.listeners[0].name == "front"
    draft.rebase(wanted)
    assert draft.edits == {}
    assert draft.get("pop3.listeners.front.idle_timeout") == 60


def test_replacing_a_listener_is_told_setting_by_setting(draft: Draft) -> None:
    draft.set("pop3.listeners.office", {"address": "127.0.0.1:1110", "security": "none"})
    assert draft.edits == {"pop3.listeners.office.security": "none"}
    assert draft.changes() == (
        Change(
            "pop3.listeners.office.security",
            "Listener 'office': Security",
            "starttls",
            "none",
            Effect.NEW_CONNECTIONS,
        ),
    )


def test_a_setting_goes_back_to_its_default(draft: Draft) -> None:
    applied = Draft(APPLIED)
    applied.set("pop3.max_errors", 3)
    changed = Draft(applied.checked())
    changed.remove("pop3.max_errors")
    assert changed.edits == {"pop3.max_errors": 20}


def test_edits_below_a_listener_are_discarded_with_it(draft: Draft) -> None:
    draft.set("pop3.listeners.office.security", "none")
    draft.set("pop3.listeners.office.domain", "example.com")
    draft.set("pop3.max_errors", 1)
    draft.discard("pop3.listeners.office")
    assert draft.edits == {"pop3.max_errors": 1}
    draft.discard()
    assert draft.edits == {}


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("pop3.max_eror", "did you mean pop3.max_errors"),
        ("nothing", "there is no setting nothing"),
        ("pop3.listeners.cellar.security", "no listener called 'cellar'"),
        ("pop3.listeners.office.secure", "there is no setting pop3.listeners.office.secure"),
        ("pop3.listeners", "there is no setting"),
    ],
)
def test_a_path_that_names_nothing_is_refused(draft: Draft, path: str, hint: str) -> None:
    with pytest.raises(NoSuchSetting, match=hint):
        draft.set(path, 1)


def test_whole_sections_can_be_read(draft: Draft) -> None:
    assert draft.get("storage") == {"cached_mailboxes": 256, "remember_sign_ins": 600}
    assert [entry["name"] for entry in draft.get("pop3.listeners")] == ["office", "head.office"]
    assert draft.get("pop3.listeners.head.office")["address"] == "127.0.0.1:2110"


def test_a_rebase_keeps_what_is_still_wanted_and_drops_what_is_outdated(draft: Draft) -> None:
    draft.set("pop3.max_errors", 5)
    draft.set("pop3.listeners.head.office.domain", "example.com")
    draft.set("server.primary_domain", "EXAMPLE.org")
    outside = Draft(APPLIED)
    outside.remove("pop3.listeners.head.office")
    outside.set("server.primary_domain", "example.org")
    draft.rebase(outside.checked())
    assert draft.edits == {"pop3.max_errors": 5}


def test_an_applied_addition_is_no_edit_any_more(draft: Draft) -> None:
    draft.set("pop3.listeners.new", {"name": "third", "address": "[::1]:3110"})
    draft.rebase(draft.checked())
    assert draft.edits == {}
    assert draft.get("pop3.listeners.third.address") == "[::1]:3110"


def test_a_wrong_edit_survives_a_rebase(draft: Draft) -> None:
    draft.set("pop3.max_errors", 1000)
    draft.rebase(Config())
    assert draft.edits == {"pop3.max_errors": 1000}


def test_a_draft_can_become_a_whole_configuration(draft: Draft) -> None:
    wanted = Config.model_validate(
        {"server": {"name": "x"}, "pop3": {"listeners": [{"name": "a"}, {"name": "office"}][:1]}}
    )
    draft.become(wanted)
    assert draft.checked() == wanted
