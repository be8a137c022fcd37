"""Whom a change of the settings would leave without a way to sign in."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import pytest

from server_core.accounts.account import Account
from server_core.accounts.accounts_file import Record
from server_core.accounts.directory import Directory
from server_core.accounts.kept import Kept
from server_core.accounts.readiness import ready_methods
from server_core.accounts.stranded import offered, stranded
from server_core.config.account_terms import AccountTerms
from server_core.config.draft import Draft
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.signing_in import Method

ANN = "ann@example.com"
OFFICE, SECURE = (
    Listener(name="office", address="127.0.0.1:1110", security=Security.STARTTLS),
    Listener(name="secure", address="127.0.0.1:1995", security=Security.TLS),
)
BOTH = Config(pop3=Pop3(listeners=(OFFICE, SECURE)))


def changed(edits: dict[str, Any]) -> Config:
    draft = Draft(BOTH)
    for path, value in edits.items():
        draft.set(path, value)
    return draft.checked()


def with_methods(records: Iterable[Record]) -> list[tuple[Account, frozenset[Method]]]:
    return [(one.account, ready_methods(one)) for one in records]


def left(records: Iterable[Record], edits: dict[str, Any]) -> list[str]:
    before, after = offered(BOTH, ()), offered(changed(edits), ())
    accounts = with_methods(records)
    return list(stranded(accounts, before, after, now=time.time()))


def ann(
    kept: Kept | None = None, *, enabled: bool = True, last_method: str = "", **terms: Any
) -> Record:
    account = Account(
        ANN,
        "ann",
        "",
        enabled,
        has_password=True,
        created=1.0,
        last_method=last_method,
        terms=AccountTerms(**terms),
    )
    return Record(account, kept or Kept("verifier"))


NOTHING: dict[str, Any] = {"pop3.secure_methods": [], "pop3.plain_methods": []}
ONLY_APOP: dict[str, Any] = {"pop3.secure_methods": ["apop"], "pop3.plain_methods": ["apop"]}


@pytest.mark.parametrize(
    ("edits", "names"),
    [
        ({}, []),
        (NOTHING, [ANN]),
        ({"pop3.plain_methods": []}, []),
        ({"pop3.secure_methods": []}, []),
        ({"pop3.secure_methods": [], "pop3.plain_methods": ["plain"]}, []),
        (
            {
                "pop3.plain_methods": [],
                "pop3.allow_starttls": False,
                "pop3.listeners.secure.enabled": False,
            },
            [ANN],
        ),
        ({"pop3.plain_methods": [], "pop3.listeners.secure.enabled": False}, []),
        (
            {
                "pop3.secure_methods": [],
                "pop3.listeners.office.security": "starttls-required",
            },
            [ANN],
        ),
    ],
)
def test_one_way_that_is_left_is_enough(edits: dict[str, Any], names: list[str]) -> None:
    assert left([ann()], edits) == names


def test_who_could_not_sign_in_before_is_not_named() -> None:
    assert left([ann(enabled=False)], NOTHING) == []
    assert left([ann(expires="2001-01-01")], NOTHING) == []
    assert left([ann(Kept())], NOTHING) == []
    assert left([ann(methods=("apop",))], NOTHING) == []


def test_only_what_an_account_may_use_counts() -> None:
    edits = {"pop3.secure_methods": ["login", "plain"], "pop3.plain_methods": ["login", "plain"]}
    assert left([ann()], edits) == []
    assert left([ann(methods=(Method.USER_PASS,))], edits) == [ANN]
    at_office = {"pop3.plain_methods": [], "pop3.allow_starttls": False}
    assert left([ann(listeners=("office",))], at_office) == [ANN]
    assert left([ann(listeners=("secure",))], at_office) == []


def test_a_kept_password_is_a_way() -> None:
    assert left([ann(Kept("verifier", sealed="sealed"))], ONLY_APOP) == []
    assert left([ann()], ONLY_APOP) == [ANN]


def test_a_method_that_cannot_work_leaves_nobody_a_way() -> None:
    before, after = offered(BOTH, ()), offered(changed(ONLY_APOP), (Method.APOP,))
    accounts = with_methods([ann(Kept("verifier", sealed="sealed"))])
    assert stranded(accounts, before, after, now=0.0) == (ANN,)


def test_others_vouch_only_for_whom_they_vouched_before() -> None:
    before = {"office": frozenset({Method.PLAIN, Method.GSSAPI})}
    after = {"office": frozenset({Method.GSSAPI})}
    for last, names in (("PLAIN", (ANN,)), ("GSSAPI", ())):
        accounts = with_methods([ann(last_method=last)])
        assert stranded(accounts, before, after, now=0.0) == names


def test_the_names_are_those_of_the_directory(directory: Directory) -> None:
    for name in ("ben@example.com", ANN):
        directory.add(name, "correct horse")
    directory.add("new@example.com", None)
    assert left(directory.records(), NOTHING) == [ANN, "ben@example.com"]
