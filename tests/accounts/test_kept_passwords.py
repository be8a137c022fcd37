"""What is kept of passwords, for whom and how long, with the vault in good and bad days."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import argon2
import pytest

from server_core.accounts.kept import Keeping
from server_core.accounts.sealing import key_name
from server_core.config.account_terms import AccountTerms
from server_core.config.signing_in import SECRET_METHODS, KeyPlace, Method
from server_core.events.reasons import SignInReason
from server_core.events.views import SecretsState
from server_core.protocol.actions import Secret
from tests.accounts.conftest import CountingHasher, Kept, Office, cheap, config
from tests.accounts.pretend_keyring import World

ANN, BEN = "ann@example.com", "ben@example.com"
PASSWORD, OTHER = "correct horse", "battery staple"
CRAM = Method.CRAM_MD5
Start = Callable[..., Kept]


@pytest.fixture(autouse=True)
def _system(keyring: World) -> None:
    """Every test here has a credential store."""


def signs_in(kept: Kept, password: str = PASSWORD, name: str = ANN) -> SignInReason:
    """Sign in with the password itself, remembered or not."""
    secret = Secret(password.encode())
    verdict = kept.directory.verify_remembered(name, secret)
    return (verdict or kept.directory.verify(name, secret)).reason


def sealed(kept: Kept) -> list[str]:
    return kept.directory.sealed()


def on_disk(office: Office) -> bytes:
    return b"".join(file.read_bytes() for file in office.path.parent.glob("accounts.sqlite3*"))


def test_a_password_is_kept_when_it_is_set_and_readable_after_a_restart(kept: Start) -> None:
    first = kept(CRAM)
    first.directory.add(ANN, PASSWORD)
    first.directory.add(BEN, None)
    first.directory.set_password(BEN, OTHER)
    again = kept(CRAM)
    assert (again.secret(ANN), again.secret(BEN)) == (PASSWORD.encode(), OTHER.encode())
    assert CRAM in again.ready(ANN)
    assert again.passwords.view().state is SecretsState.USABLE
    assert (again.passwords.view().kept, again.passwords.view().readable) == (2, 2)


def test_a_password_of_before_is_kept_at_the_next_sign_in_although_it_is_remembered(
    kept: Start,
) -> None:
    office = kept()
    office.directory.add(ANN, PASSWORD)
    assert signs_in(office) is SignInReason.OK
    assert (office.secret(ANN), sealed(office)) == (None, [])
    office.keep_for(CRAM)
    assert signs_in(office, OTHER) is SignInReason.WRONG_PASSWORD
    assert office.secret(ANN) is None
    assert signs_in(office) is SignInReason.OK
    assert office.secret(ANN) == PASSWORD.encode()


def test_what_nobody_wants_any_more_is_gone_at_once_from_every_page(
    office: Office, kept: Start, keyring: World
) -> None:
    running = kept(CRAM)
    for number in range(40):
        running.directory.add(f"user{number}@example.com", PASSWORD)
    texts = [text.encode() for text in sealed(running)]
    assert len(texts) == 40 and all(text in on_disk(office) for text in texts)
    running.keep_for()
    assert sealed(running) == []
    assert not [text for text in texts if text in on_disk(office)]
    assert running.passwords.view().state is SecretsState.UNUSED
    assert keyring.entries == {}
    assert signs_in(running, name="user7@example.com") is SignInReason.OK
    assert sealed(running) == []


def test_a_removed_or_replaced_secret_is_gone_from_every_page(office: Office, kept: Start) -> None:
    running = kept(CRAM)
    running.directory.add(ANN, PASSWORD)
    running.directory.add(BEN, PASSWORD)
    before = [text.encode() for text in sealed(running)]
    running.directory.set_password(ANN, OTHER)
    running.directory.remove(BEN)
    assert not [text for text in before if text in on_disk(office)]


@pytest.mark.parametrize(
    ("methods", "keeps"),
    [((), True), ((Method.PLAIN,), False), ((Method.PLAIN, CRAM), True), ((Method.APOP,), False)],
)
def test_an_account_that_may_not_use_such_methods_keeps_none(
    kept: Start, methods: tuple[Method, ...], keeps: bool
) -> None:
    running = kept(CRAM)
    running.directory.add(ANN, PASSWORD)
    running.directory.set_terms(ANN, AccountTerms(methods=methods))
    assert (running.secret(ANN) is not None) is keeps
    running.directory.set_password(ANN, OTHER)
    assert (running.secret(ANN) == OTHER.encode()) is keeps
    assert bool(sealed(running)) is keeps


def test_a_method_that_is_switched_off_everywhere_keeps_nothing(kept: Start) -> None:
    running = kept(CRAM)
    running.directory.add(ANN, PASSWORD)
    running.directory.keep(Keeping.wanted_by(config(CRAM, methods=(Method.PLAIN,))))
    assert sealed(running) == []


def test_one_step_on_disk_changes_verifier_keys_and_secret(office: Office, kept: Start) -> None:
    running = kept(CRAM)
    running.directory.add(ANN, PASSWORD)
    (before,) = running.directory.records()
    with closing(sqlite3.connect(office.path, isolation_level=None)) as other:
        other.execute("CREATE TABLE seen (n INTEGER)")
        other.execute(
            "CREATE TRIGGER written AFTER UPDATE ON account BEGIN INSERT INTO seen VALUES (1); END"
        )
        running.directory.set_password(ANN, OTHER)
        assert other.execute("SELECT count(*) FROM seen").fetchone() == (1,)
    (after,) = running.directory.records()
    assert after.kept.verifier != before.kept.verifier
    assert after.kept.sealed != before.kept.sealed
    assert after.kept.scram.keys() == before.kept.scram.keys() == {"SHA-1", "SHA-256"}
    assert all(after.kept.scram[x] != before.kept.scram[x] for x in after.kept.scram)
    assert running.secret(ANN) == OTHER.encode()


def test_a_change_of_password_counts_at_the_very_next_sign_in_by_every_method(
    kept: Start,
) -> None:
    running = kept(CRAM)
    running.directory.add(ANN, PASSWORD)
    assert signs_in(running) is SignInReason.OK
    keys = running.directory.held_keys(ANN, "SHA-256").keys
    running.directory.set_password(ANN, OTHER)
    assert signs_in(running) is SignInReason.WRONG_PASSWORD
    assert running.secret(ANN) == OTHER.encode()
    assert running.directory.held_keys(ANN, "SHA-256").keys != keys
    assert signs_in(running, OTHER) is SignInReason.OK


def test_older_parameters_are_renewed_with_everything_else_at_sign_in(
    office: Office, kept: Start
) -> None:
    kept().directory.add(ANN, PASSWORD)
    office.hasher = CountingHasher(cheap(memory=16))
    running = kept(CRAM)
    assert signs_in(running) is SignInReason.OK
    assert running.secret(ANN) == PASSWORD.encode()
    (record,) = running.directory.records()
    assert record.kept.verifier is not None
    assert argon2.extract_parameters(record.kept.verifier) == cheap(16)


def test_fifty_accounts_that_poll_cost_one_run_each_even_while_the_store_is_locked(
    office: Office, kept: Start, keyring: World
) -> None:
    users = [f"user{number}@example.com" for number in range(50)]
    running = kept(CRAM)
    for user in users:
        running.directory.add(user, PASSWORD)
    keyring.locked = True
    running = kept(CRAM)
    assert isinstance(office.hasher, CountingHasher)
    runs, asked = office.hasher.checked, keyring.asked
    for _ in range(5):
        for user in users:
            assert signs_in(running, name=user) is SignInReason.OK
    assert len(runs) == len(users)
    assert keyring.asked == asked


def test_a_locked_store_makes_secret_methods_wait_and_nothing_else(
    kept: Start, keyring: World
) -> None:
    kept(CRAM).directory.add(ANN, PASSWORD)
    keyring.locked = True
    running = kept(CRAM)
    view = running.passwords.view()
    assert (view.state, view.kept, view.readable) == (SecretsState.LOCKED, 1, 0)
    assert view.attention
    held = running.directory.held_secret(ANN)
    assert held.verdict.reason is SignInReason.SECRET_UNREADABLE
    assert not running.ready(ANN) & {*SECRET_METHODS}
    assert signs_in(running) is SignInReason.OK
    running.directory.set_password(ANN, OTHER)
    assert signs_in(running, OTHER) is SignInReason.OK
    keyring.locked = False
    running.passwords.open()
    assert signs_in(running, OTHER) is SignInReason.OK
    assert running.secret(ANN) == OTHER.encode()


def test_an_emptied_store_asks_for_the_passwords_again_and_loses_nothing_else(
    kept: Start, keyring: World
) -> None:
    before = kept(CRAM)
    before.directory.add(ANN, PASSWORD)
    before.directory.add(BEN, PASSWORD)
    keyring.entries.clear()
    running = kept(CRAM)
    view = running.passwords.view()
    assert (view.state, view.kept, view.readable) == (SecretsState.MISSING, 2, 0)
    assert "of 2 accounts is gone" in view.sentence
    assert "gone" in running.directory.secrets_problem
    assert not running.ready(ANN) & {*SECRET_METHODS}
    assert running.ready(ANN) >= {Method.PLAIN, Method.SCRAM_SHA_256}
    running.directory.set_password(ANN, OTHER)
    assert running.secret(ANN) == OTHER.encode()
    assert "of 1 account is gone" in running.passwords.view().sentence
    assert CRAM in running.ready(ANN) and CRAM not in running.ready(BEN)
    assert signs_in(running, name=BEN) is SignInReason.OK
    assert running.passwords.view().state is SecretsState.USABLE


def test_a_restored_store_makes_the_old_secrets_work_again(kept: Start, keyring: World) -> None:
    kept(CRAM).directory.add(ANN, PASSWORD)
    backup = dict(keyring.entries)
    keyring.entries.clear()
    running = kept(CRAM)
    running.directory.add(BEN, OTHER)
    assert running.secret(ANN) is None
    keyring.entries.update(backup)
    running.passwords.open()
    assert (running.secret(ANN), running.secret(BEN)) == (PASSWORD.encode(), OTHER.encode())
    assert running.passwords.view().state is SecretsState.USABLE
    assert len({key_name(text) for text in sealed(running)}) == 1


def test_a_new_key_seals_everything_anew_and_the_old_one_is_forgotten(
    office: Office, kept: Start, keyring: World
) -> None:
    running = kept(CRAM)
    running.directory.add(ANN, PASSWORD)
    running.directory.add(BEN, OTHER)
    before = sealed(running)
    running.passwords.renew_key()
    assert {key_name(text) for text in sealed(running)}.isdisjoint(map(key_name, before))
    assert [name for _, name in keyring.entries] == [key_name(sealed(running)[0])]
    assert not [text for text in before if text.encode() in on_disk(office)]
    again = kept(CRAM)
    assert (again.secret(ANN), again.secret(BEN)) == (PASSWORD.encode(), OTHER.encode())


def test_what_cannot_be_opened_stays_as_it_is_when_the_key_is_renewed(
    kept: Start, keyring: World
) -> None:
    kept(CRAM).directory.add(ANN, PASSWORD)
    backup = dict(keyring.entries)
    keyring.entries.clear()
    running = kept(CRAM)
    running.directory.add(BEN, OTHER)
    running.passwords.renew_key()
    assert (running.secret(ANN), running.secret(BEN)) == (None, OTHER.encode())
    keyring.entries.update(backup)
    running.passwords.open()
    assert running.secret(ANN) == PASSWORD.encode()


@pytest.mark.parametrize(
    ("first", "then"), [(KeyPlace.KEYRING, KeyPlace.FILE), (KeyPlace.FILE, KeyPlace.KEYRING)]
)
def test_a_key_that_is_to_lie_elsewhere_moves_there_at_the_next_start(
    office: Office, kept: Start, keyring: World, first: KeyPlace, then: KeyPlace
) -> None:
    kept(CRAM, key_in=first).directory.add(ANN, PASSWORD)
    running = kept(CRAM, key_in=then)
    assert running.secret(ANN) == PASSWORD.encode()
    assert running.passwords.view().place == then
    in_file = (office.path.parent / "vault.key").exists()
    assert (in_file, bool(keyring.entries)) == (then is KeyPlace.FILE, then is KeyPlace.KEYRING)


def test_a_copied_home_never_takes_the_key_from_the_first(
    tmp_path: Path, kept: Start, keyring: World
) -> None:
    kept(CRAM).directory.add(ANN, PASSWORD)
    kept(CRAM).directory.flush()
    (tmp_path / "copy").mkdir()
    for file in tmp_path.glob("[av]*.*"):
        shutil.copy(file, tmp_path / "copy")
    copy = Kept(Office(tmp_path / "copy" / "accounts.sqlite3"), CRAM, patience=10)
    assert copy.secret(ANN) == PASSWORD.encode()
    copy.passwords.renew_key()
    copy.directory.close()
    assert len({name.partition("/")[0] for _, name in keyring.entries}) == 2
    assert kept(CRAM).secret(ANN) == PASSWORD.encode()


def test_a_secret_of_another_account_opens_for_nobody(office: Office, kept: Start) -> None:
    running = kept(CRAM)
    running.directory.add(ANN, PASSWORD)
    running.directory.add(BEN, OTHER)
    running.directory.close()
    with closing(sqlite3.connect(office.path, isolation_level=None)) as other:
        other.execute(
            "UPDATE account SET kept = (SELECT kept FROM account WHERE name = ?) WHERE name = ?",
            (ANN, BEN),
        )
    again = kept(CRAM)
    assert again.secret(ANN) == PASSWORD.encode()
    held = again.directory.held_secret(BEN)
    assert held.verdict.reason is SignInReason.SECRET_UNREADABLE
    assert held.secret.reveal() not in (PASSWORD.encode(), OTHER.encode())
