"""How an edited account relates to the one on the server, and what passwords are worth."""

from __future__ import annotations

import pytest

from app.panels.account_values import AccountValues
from app.panels.accounts_generate import KINDS, generated, generated_bits
from app.panels.accounts_strength import GOOD, bits, strength
from server_core.config.account_terms import AccountTerms
from server_core.events.views import AccountView


def view(*, full_name: str = "Ann", **terms: object) -> AccountView:
    return AccountView(
        name="ann@example.com",
        full_name=full_name,
        enabled=True,
        has_password=True,
        messages=0,
        octets=0,
        created=0.0,
        terms=AccountTerms.model_validate(terms),
    )


@pytest.fixture
def values() -> AccountValues:
    made = AccountValues()
    made.take(view(aliases=("info",)))
    return made


def test_an_edit_that_says_what_is_there_is_none(values: AccountValues) -> None:
    values.edit("aliases", ["info", "office"])
    assert values.changed == {"aliases"}
    values.edit("aliases", ("info",))
    assert values.changed == frozenset()


def test_an_edit_outlives_news_unless_they_say_the_same(values: AccountValues) -> None:
    values.edit("notes", "mine")
    values.edit("full_name", "Ann Berg")
    values.take(view(full_name="Ann Berg", notes="theirs"))
    assert values.changed == {"notes"}
    assert values.terms() == AccountTerms(notes="mine")


def test_problems_go_by_field(values: AccountValues) -> None:
    values.edit("full_name", "a\nb")
    values.edit("networks", ["10.0.0.0/99"])
    assert values.problems().keys() == {"full_name", "networks"}
    assert all(text.endswith(".") for text in values.problems().values())


@pytest.mark.parametrize(
    ("name", "value", "out"),
    [
        ("enabled", False, True),
        ("expires", "2031-01-01", True),
        ("methods", ["plain"], True),
        ("listeners", [], False),
        ("notes", "x", False),
        ("connections", 1, False),
    ],
)
def test_what_keeps_people_out_is_known(
    values: AccountValues, name: str, value: object, out: bool
) -> None:
    values.edit(name, value)
    assert values.keeps_out() is out
    assert values.suspends() is (name == "enabled")


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("", ""),
        ("x7#kQ", "Weak"),
        ("password", "Weak"),
        ("Passwort2024!", "Weak"),
        ("12345678901234567890", "Weak"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "Weak"),
        ("qwertyuiop123", "Weak"),
        ("abcabcabcabcabc", "Weak"),
        ("ann.meyer", "Weak"),
        ("correct horse", "Fair"),
        ("correct horse battery staple", "Strong"),
        ("vK7#pq9!Lm2x", "Good"),
    ],
)
def test_a_password_is_judged_as_somebody_who_knows_people_would(password: str, word: str) -> None:
    assert strength(password, "ann.meyer@example.com").text.startswith(word)
    assert bool(strength(password).text) is bool(password)


def test_more_of_anything_is_never_weaker_to_guess() -> None:
    for text in ("correct horse battery", "vK7#pq9!Lm2x", "grüße aus köln"):
        known = [bits(text[:length]) for length in range(1, len(text) + 1)]
        assert known == sorted(known), text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_what_is_made_by_chance_is_good_at_its_usual_length_and_never_the_same(
    kind: object,
) -> None:
    made = {generated(KINDS[list(KINDS).index(kind)]) for _ in range(50)}  # type: ignore[arg-type]
    assert len(made) == 50
    assert all(len(password) < 255 and password.isascii() for password in made)
    assert all(generated_bits(each, each.length) > GOOD for each in KINDS)
