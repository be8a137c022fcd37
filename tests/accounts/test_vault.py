"""Where the key lies, and how the vault stands when it cannot be had."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from server_core.accounts.credential_store import SERVICE
from server_core.accounts.kept import VaultUnusable
from server_core.accounts.sealing import key_name
from server_core.accounts.vault import LOOK_AGAIN_SECONDS, SEAL_AGAIN_SECONDS, Vault
from server_core.config.signing_in import KeyPlace
from server_core.events.views import SecretsState
from tests.accounts.conftest import Office
from tests.accounts.pretend_keyring import World

PASSWORD = b"correct horse"


def state(vault: Vault) -> SecretsState:
    """How it stands, which the type checker would else take for unchanged."""
    return vault.standing.state


def names(world: World) -> list[str]:
    assert all(service == SERVICE for service, _ in world.entries)
    return [name for _, name in world.entries]


def test_nothing_is_touched_before_there_is_a_secret(office: Office, keyring: World) -> None:
    vault = office.vault()
    assert (state(vault), vault.problem, vault.would_seal) == (SecretsState.UNUSED, "", True)
    assert keyring.asked == 0
    assert list(office.path.parent.iterdir()) == []


def test_the_first_secret_makes_a_key_in_the_credential_store(
    office: Office, keyring: World
) -> None:
    vault = office.vault()
    sealed = vault.seal("ann-1", PASSWORD)
    assert names(keyring) == [key_name(sealed)]
    assert vault.unseal("ann-1", sealed) == PASSWORD
    assert vault.is_current(sealed) and vault.opens(sealed)
    assert vault.standing.place == KeyPlace.KEYRING
    assert [file.name for file in office.path.parent.iterdir()] == ["vault.json"]


def test_the_key_is_in_memory_once_it_is_read(office: Office, keyring: World) -> None:
    sealed = office.vault().seal("ann-1", PASSWORD)
    vault = office.vault()
    assert vault.open()
    asked, keyring.locked = keyring.asked, True
    assert vault.unseal("ann-1", sealed) == PASSWORD
    assert vault.unseal("ann-1", vault.seal("ann-1", b"another")) == b"another"
    assert keyring.asked == asked


def test_two_homes_share_a_credential_store_and_no_key(tmp_path: Path, keyring: World) -> None:
    offices = [Office(tmp_path / name / "accounts.sqlite3") for name in ("one", "two")]
    for office in offices:
        office.path.parent.mkdir()
    one, two = (office.vault() for office in offices)
    sealed = [vault.seal("ann-1", PASSWORD) for vault in (one, two)]
    assert len({name.partition("/")[0] for name in names(keyring)}) == 2
    two.renew()
    two.retire([], wanted=True)
    assert office.vault().open()
    assert one.unseal("ann-1", sealed[0]) == PASSWORD
    with pytest.raises(VaultUnusable):
        two.unseal("ann-1", sealed[0])


def test_without_a_credential_store_the_key_is_in_a_file_and_that_is_told(office: Office) -> None:
    vault = office.vault()
    sealed = vault.seal("ann-1", PASSWORD)
    assert (state(vault), vault.standing.place) == (SecretsState.USABLE, KeyPlace.FILE)
    assert vault.standing.attention and "set pop3.secrets.key_in to file" in vault.standing.text
    assert key_name(sealed) in (office.path.parent / "vault.key").read_text()


def test_a_file_that_was_asked_for_is_no_reason_to_warn(office: Office, keyring: World) -> None:
    vault = office.vault(KeyPlace.FILE)
    vault.seal("ann-1", PASSWORD)
    assert (state(vault), vault.standing.attention) == (SecretsState.USABLE, False)
    assert keyring.asked == 0


def test_a_credential_store_that_was_asked_for_and_is_not_there_is_told(office: Office) -> None:
    vault = office.vault(KeyPlace.KEYRING)
    with pytest.raises(VaultUnusable, match="does not keep secrets"):
        vault.seal("ann-1", PASSWORD)
    assert state(vault) is SecretsState.REFUSED
    assert not (office.path.parent / "vault.key").exists()


@pytest.mark.parametrize(
    "backend",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "tests.accounts.keyring_in_plain_text.Keyring",
        "tests.accounts.no_such_module.Keyring",
    ],
)
def test_what_does_not_keep_secrets_is_never_given_a_key(
    office: Office, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    vault = office.vault()
    vault.seal("ann-1", PASSWORD)
    assert vault.standing.place == KeyPlace.FILE
    assert vault.standing.attention


def test_a_locked_store_is_told_and_works_after_it_was_unlocked(
    office: Office, keyring: World
) -> None:
    sealed = office.vault().seal("ann-1", PASSWORD)
    keyring.locked = True
    vault = office.vault()
    assert not vault.open([sealed])
    assert (state(vault), vault.would_seal) == (SecretsState.LOCKED, False)
    assert "locked" in vault.standing.text and "secrets retry" in vault.standing.text
    assert vault.problem == "the key of the kept passwords is locked"
    with pytest.raises(VaultUnusable, match="locked"):
        vault.unseal("ann-1", sealed)
    keyring.locked = False
    assert vault.open()
    assert vault.unseal("ann-1", sealed) == PASSWORD


def test_while_it_is_locked_nobody_is_asked_again_and_again(office: Office, keyring: World) -> None:
    office.vault().seal("ann-1", PASSWORD)
    keyring.locked = True
    vault = office.vault()
    vault.open()
    asked = keyring.asked
    for _ in range(20):
        with pytest.raises(VaultUnusable, match="locked"):
            vault.seal("ann-1", PASSWORD)
        office.clock.now += LOOK_AGAIN_SECONDS
        vault.look_again()
    assert keyring.asked == asked


def test_a_store_that_does_not_answer_holds_nobody_up_and_may_answer_later(
    office: Office, keyring: World
) -> None:
    sealed = office.vault().seal("ann-1", PASSWORD)
    keyring.answers.clear()
    vault = office.vault(patience=0.05)
    assert not vault.open([sealed])
    assert state(vault) is SecretsState.LOCKED
    assert "does not answer" in vault.standing.text
    keyring.answers.set()
    waiting = [thread for thread in threading.enumerate() if thread.name == "vault"]
    for thread in waiting:
        thread.join(10)
    assert state(vault) is SecretsState.USABLE
    assert vault.unseal("ann-1", sealed) == PASSWORD


def test_only_a_few_are_left_waiting(office: Office, keyring: World) -> None:
    office.vault().seal("ann-1", PASSWORD)
    keyring.answers.clear()
    vault = office.vault(patience=0.01)
    for _ in range(10):
        vault.open()
    waiting = [thread for thread in threading.enumerate() if thread.name == "vault"]
    assert len(waiting) == 4
    keyring.answers.set()
    for thread in waiting:
        thread.join(10)
    assert state(vault) is SecretsState.USABLE


def test_a_store_that_breaks_is_refused_in_words(office: Office, keyring: World) -> None:
    office.vault().seal("ann-1", PASSWORD)
    keyring.broken = True
    vault = office.vault()
    assert not vault.open()
    assert state(vault) is SecretsState.REFUSED
    assert "ConnectionResetError" in vault.standing.text


def test_a_store_that_forgets_what_it_is_given_is_found_out(office: Office, keyring: World) -> None:
    keyring.forgetful = True
    vault = office.vault()
    with pytest.raises(VaultUnusable, match="is not there"):
        vault.seal("ann-1", PASSWORD)
    assert (state(vault), vault.would_seal) == (SecretsState.REFUSED, False)


def test_a_new_key_that_cannot_be_kept_is_tried_again_after_a_while(
    office: Office, keyring: World
) -> None:
    sealed = office.vault(KeyPlace.FILE).seal("ann-1", PASSWORD)
    vault = office.vault(KeyPlace.KEYRING)
    vault.open([sealed])
    keyring.locked = True
    with pytest.raises(VaultUnusable, match="locked"):
        vault.seal("ann-1", PASSWORD)
    assert vault.unseal("ann-1", sealed) == PASSWORD
    worth_it = [vault.would_seal]
    keyring.locked = False
    office.clock.now += SEAL_AGAIN_SECONDS
    worth_it.append(vault.would_seal)
    assert worth_it == [False, True]
    assert vault.is_current(vault.seal("ann-1", PASSWORD))


def test_a_key_under_which_nothing_is_kept_is_forgotten_when_none_is_wanted(
    office: Office, keyring: World
) -> None:
    vault = office.vault()
    sealed = vault.seal("ann-1", PASSWORD)
    vault.retire([sealed], wanted=False)
    assert names(keyring) == [key_name(sealed)]
    vault.retire([], wanted=True)
    assert names(keyring) == [key_name(sealed)]
    vault.retire([], wanted=False)
    assert (state(vault), names(keyring)) == (SecretsState.UNUSED, [])
    assert vault.is_current(vault.seal("ann-1", PASSWORD))


def test_a_key_file_with_wrong_permissions_is_looked_at_again_by_itself(office: Office) -> None:
    sealed = office.vault(KeyPlace.FILE).seal("ann-1", PASSWORD)
    key_file = office.path.parent / "vault.key"
    key_file.chmod(0o644)
    vault = office.vault(KeyPlace.FILE)
    assert not vault.open([sealed])
    assert state(vault) is SecretsState.REFUSED
    assert f"chmod 600 {key_file}" in vault.standing.text
    key_file.chmod(0o600)
    vault.look_again()
    assert state(vault) is SecretsState.REFUSED
    office.clock.now += LOOK_AGAIN_SECONDS
    vault.look_again()
    assert vault.unseal("ann-1", sealed) == PASSWORD


def test_an_emptied_store_gets_back_the_key_that_is_at_hand(office: Office, keyring: World) -> None:
    vault = office.vault()
    sealed = vault.seal("ann-1", PASSWORD)
    keyring.entries.clear()
    assert vault.open()
    assert vault.unseal("ann-1", sealed) == PASSWORD
    assert names(keyring) == [key_name(sealed)]


def test_an_entry_that_is_no_key_counts_as_none(office: Office, keyring: World) -> None:
    sealed = office.vault().seal("ann-1", PASSWORD)
    keyring.entries[SERVICE, key_name(sealed)] = "somebody's note"
    vault = office.vault()
    assert vault.open([sealed])
    assert not vault.opens(sealed)
    assert vault.is_current(vault.seal("ann-1", PASSWORD))
    assert keyring.entries[SERVICE, key_name(sealed)] == "somebody's note"


def test_a_key_shows_in_no_picture_of_the_vault(office: Office, keyring: World) -> None:
    vault = office.vault()
    vault.seal("ann-1", PASSWORD)
    (key,) = keyring.entries.values()
    shown = [repr(vault), *(repr(value) for value in vars(vault).values())]
    assert not [text for text in shown if key in text]
