"""What is decided of one account: changed at once, refused in a sentence, told in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server_core.config.account_terms import USUAL, AccountTerms
from server_core.config.signing_in import Method
from server_core.events.types import AccountChanged, Level
from server_core.events.views import AccountView
from server_core.home import Home
from server_core.service import MailService, Refused

PASSWORD = "correct horse"
ANN = "ann@localhost"
TEXT = ("user-pass", "plain", "login")
SCRAM = ("scram-sha-1", "scram-sha-256", "scram-sha-1-plus", "scram-sha-256-plus")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[MailService]:
    """An opened home with the account ann, without listeners."""
    async with MailService(Home(tmp_path / "home")).opened() as service:
        await service.add_account("ann", PASSWORD)
        yield service


async def change(
    service: MailService, *, full_name: str = "", enabled: bool = True, **terms: Any
) -> AccountView:
    return await service.change_account(
        "ann", full_name=full_name, enabled=enabled, terms=AccountTerms.model_validate(terms)
    )


async def configure(service: MailService, **edits: object) -> None:
    draft = service.draft()
    for path, value in edits.items():
        draft.set(path.replace("__", "."), value)
    await service.apply(draft, origin="test")


async def test_all_that_is_decided_changes_at_once_and_stays(
    service: MailService, tmp_path: Path
) -> None:
    terms = {"aliases": ("info",), "notes": "two\nlines", "connections": 3, "methods": ("plain",)}
    changed = await change(service, full_name="Ann Berg", enabled=False, **terms)
    await service.stop()
    async with MailService(Home(tmp_path / "home")).opened() as again:
        kept = await again.account("ann")
    assert kept == changed
    assert (kept.full_name, kept.enabled) == ("Ann Berg", False)
    assert kept.terms == AccountTerms.model_validate(terms)


async def test_a_change_is_told_in_words_and_no_change_is_not(service: MailService) -> None:
    ring = service.watch(Level.INFO)
    for _ in range(2):
        await change(service, full_name="Ann Berg", enabled=False, aliases=("info",), delay=60)
    (told,) = ring.drain().events
    assert isinstance(told, AccountChanged)
    assert str(told) == (
        f"account '{ANN}': suspended, full name changed, other addresses changed, "
        "time between sign-ins changed"
    )


@pytest.mark.parametrize(
    ("aliases", "sentence"),
    [
        (("bob",), "There is an account 'bob@localhost' already."),
        (("Bob@LOCALHOST",), "There is an account 'bob@localhost' already."),
        (("office@example.com",), "'office@example.com' is another address of 'bob@localhost'."),
        (("ann",), f"'{ANN}' is the account's own name."),
        (("info@nowhere..com",), "Behind the @ stands a domain name, such as example.com."),
    ],
)
async def test_an_address_that_cannot_be_had_is_refused_and_nothing_changes(
    service: MailService, aliases: tuple[str, ...], sentence: str
) -> None:
    await service.add_account("bob", PASSWORD)
    office = AccountTerms(aliases=("office@example.com",))
    await service.change_account("bob", full_name="", enabled=True, terms=office)
    before = await service.accounts()
    with pytest.raises(Refused) as refused:
        await change(service, full_name="Ann", aliases=aliases)
    assert str(refused.value) == sentence
    assert await service.accounts() == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Ann\nBerg", "The full name must be one line without invisible characters."),
        ("a" * 201, "The full name must be at most 200 characters long."),
    ],
)
async def test_a_full_name_is_one_line_of_some_length(
    service: MailService, name: str, sentence: str
) -> None:
    for doing in (
        change(service, full_name=name),
        service.add_account("bob", None, full_name=name),
    ):
        with pytest.raises(Refused) as refused:
            await doing
        assert str(refused.value) == sentence
    assert (await change(service, full_name="a" * 200)).full_name == "a" * 200


async def test_an_account_that_is_not_there_is_refused(service: MailService) -> None:
    for doing in (
        service.account("bob"),
        service.change_account("bob", full_name="", enabled=True, terms=USUAL),
    ):
        with pytest.raises(Refused, match="no account bob@localhost"):
            await doing
    with pytest.raises(Refused, match="no account bob@localhost"):
        service.readiness("bob")


async def test_whether_anybody_can_sign_in_is_one_sentence(service: MailService) -> None:
    assert (await service.account("ann")).sentence == "Enabled."
    past = await change(service, expires="2001-01-01")
    assert past.expired
    assert past.sentence == "Expired on 2001-01-01: nobody can sign in to it."
    assert not (await change(service, expires="2999-01-01")).expired
    assert (await change(service, enabled=False)).sentence.startswith("Suspended")
    assert "no password" in (await service.add_account("bob", None)).sentence


@pytest.mark.parametrize(
    ("terms", "setting", "words"),
    [
        ({"expires": "2001-01-01"}, "expires", "has passed"),
        ({"listeners": ("pop3", "gone")}, "listeners", "no listener called gone"),
        ({"listeners": ("gone",)}, "listeners", "none of these listeners"),
        ({"methods": ("apop",)}, "methods", "switched on"),
        ({"methods": ("cram-md5",)}, "methods", "ready for none"),
    ],
)
async def test_terms_that_may_not_be_meant_are_taken_with_a_warning(
    service: MailService, terms: dict[str, Any], setting: str, words: str
) -> None:
    wanted = AccountTerms.model_validate(terms)
    (before,) = service.terms_warnings("ann", wanted)
    assert (before.setting, words in before.text) == (setting, True)
    assert (await change(service, **terms)).warnings == (before,)
    assert (await change(service)).warnings == ()


async def test_other_addresses_the_server_does_not_take_are_warned_of(
    service: MailService,
) -> None:
    assert (await change(service, aliases=("info",))).warnings == ()
    await configure(service, server__allow_alias_logins=False)
    assert [one.setting for one in (await service.account("ann")).warnings] == ["aliases"]


@pytest.mark.parametrize("methods", [("plain", "apop"), ("gssapi",), ("scram-sha-1",)])
async def test_methods_that_let_somebody_in_are_no_worry(
    service: MailService, methods: tuple[str, ...]
) -> None:
    assert (await change(service, methods=methods)).warnings == ()


async def test_what_an_account_is_ready_for_follows_its_password_and_terms(
    service: MailService,
) -> None:
    bob = await service.add_account("bob", None)
    assert bob.ready == ()
    ann = await service.account("ann")
    assert ann.ready == (*TEXT, *SCRAM)
    assert (await change(service, methods=("login", "gssapi"))).ready == ("login",)


async def test_why_a_method_does_not_work_says_what_would_help(service: MailService) -> None:
    def reasons(name: str = "ann") -> dict[str, str]:
        return {one.method: one.reason for one in service.readiness(name)}

    assert reasons().keys() == set(Method)
    assert {method for method, why in reasons().items() if not why} == {*TEXT, *SCRAM}
    assert reasons()["apop"] == "It is switched off in the settings of the server."
    assert "Keep passwords for" in reasons()["cram-md5"]
    assert "Kerberos" in reasons()["gssapi"]
    await service.add_account("bob", None)
    assert reasons("bob")["plain"] == "The account has no password. Set one."
    await change(service, methods=("login",))
    assert reasons()["plain"] == "It is not among the methods of this account."
    assert reasons()["login"] == ""
    # Keys that were dropped with the methods come back with the password.
    await change(service)
    assert "Set the password again" in reasons()["scram-sha-1"]
    await service.set_password("ann", PASSWORD)
    assert reasons()["scram-sha-1"] == ""


async def test_a_weak_password_is_taken_when_that_is_asked_for(service: MailService) -> None:
    with pytest.raises(Refused, match="8 characters"):
        await service.set_password("ann", "short")
    await service.set_password("ann", "short", allow_weak=True)
    assert (await service.add_account("bob", "pw", allow_weak=True)).has_password


@pytest.mark.parametrize(
    ("password", "told"),
    [
        (PASSWORD, ""),
        ("", ""),
        ("grüße aus köln", "accented"),
        ("пароль для почты", "DIGEST-MD5"),
        ("smile 🫠 smile", "PLAIN and LOGIN"),
        ("tab\tin it", "PLAIN and LOGIN"),
    ],
)
def test_characters_that_older_methods_cannot_take_are_told(password: str, told: str) -> None:
    notes = MailService.password_notes(password)
    assert len(notes) == (1 if told else 0)
    assert all(told in note for note in notes)
