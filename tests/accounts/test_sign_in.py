"""Passwords are checked at equal cost, remembered for a while, and forgotten when they must be."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import argon2
import pytest

from server_core.accounts.directory import Directory
from server_core.accounts.remembered import Remembered
from server_core.accounts.verifiers import OWASP, Hasher
from server_core.events.reasons import SignInReason
from server_core.protocol.actions import Secret, Verdict
from tests.accounts.conftest import Clock, CountingHasher, Office, cheap

ANN = "ann@example.com"
PASSWORD = Secret(b"correct horse")
OTHER = Secret(b"battery staple")
GOOD = Verdict(ANN, SignInReason.OK)


@pytest.fixture
def ann(directory: Directory) -> Directory:
    directory.add(ANN, "correct horse")
    return directory


def checks(office: Office) -> list[argon2.Parameters]:
    assert isinstance(office.hasher, CountingHasher)
    return office.hasher.checked


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (ANN, SignInReason.WRONG_PASSWORD),
        ("nobody@example.com", SignInReason.UNKNOWN_USER),
        ("empty@example.com", SignInReason.NO_PASSWORD),
        ("off@example.com", SignInReason.ACCOUNT_DISABLED),
    ],
)
def test_every_refusal_has_its_reason_and_costs_one_equal_run(
    office: Office, ann: Directory, name: str, reason: SignInReason
) -> None:
    ann.add("empty@example.com", None)
    ann.add("off@example.com", "battery staple")
    ann.set_enabled("off@example.com", False)
    assert ann.verify(name, OTHER) == Verdict(None, reason)
    assert checks(office) == [cheap()]
    assert ann.verify_remembered(name, OTHER) is None


def test_the_decoy_costs_what_a_true_verifier_costs() -> None:
    hasher = Hasher()
    made = argon2.extract_parameters(hasher.hash(b"correct horse"))
    assert made == argon2.extract_parameters(hasher.decoy) == OWASP
    assert not hasher.fits(hasher.decoy, b"")


def test_a_right_password_is_remembered_and_a_wrong_one_never(
    office: Office, ann: Directory
) -> None:
    assert ann.verify_remembered(ANN, PASSWORD) is None
    assert ann.verify("ANN@Example.com", PASSWORD) == GOOD
    assert ann.verify_remembered(ANN, PASSWORD) == GOOD
    ann.verify(ANN, OTHER)
    assert ann.verify_remembered(ANN, OTHER) is None
    assert ann.verify_remembered(ANN, PASSWORD) == GOOD
    assert len(checks(office)) == 2


def test_what_is_remembered_expires_although_it_is_used(office: Office, ann: Directory) -> None:
    ann.verify(ANN, PASSWORD)
    office.clock.now += 599
    assert ann.verify_remembered(ANN, PASSWORD) == GOOD
    office.clock.now += 1
    assert ann.verify_remembered(ANN, PASSWORD) is None


def test_how_long_is_changed_at_once_and_zero_means_not_at_all(
    office: Office, ann: Directory
) -> None:
    ann.verify(ANN, PASSWORD)
    office.clock.now += 30
    ann.set_remember(20)
    assert ann.verify_remembered(ANN, PASSWORD) is None
    ann.verify(ANN, PASSWORD)
    ann.set_remember(0)
    ann.set_remember(600)
    assert ann.verify_remembered(ANN, PASSWORD) is None
    ann.set_remember(0)
    assert ann.verify(ANN, PASSWORD) == GOOD
    assert ann.verify_remembered(ANN, PASSWORD) is None


def test_a_changed_password_ends_the_old_one_at_once(ann: Directory) -> None:
    ann.verify(ANN, PASSWORD)
    ann.set_password(ANN, "battery staple")
    assert ann.verify_remembered(ANN, PASSWORD) is None
    assert ann.verify(ANN, PASSWORD) == Verdict(None, SignInReason.WRONG_PASSWORD)
    assert ann.verify(ANN, OTHER) == GOOD


def test_suspending_and_removing_forget_at_once(ann: Directory) -> None:
    ann.verify(ANN, PASSWORD)
    ann.set_enabled(ANN, False)
    assert ann.verify_remembered(ANN, PASSWORD) is None
    ann.set_enabled(ANN, True)
    assert ann.verify_remembered(ANN, PASSWORD) is None
    ann.verify(ANN, PASSWORD)
    ann.remove(ANN)
    assert ann.verify_remembered(ANN, PASSWORD) is None
    ann.add(ANN, "correct horse")
    assert ann.verify_remembered(ANN, PASSWORD) is None


class SlowHasher(Hasher):
    """The real thing, which stops before it gives its first finding until it is let go."""

    def __init__(self) -> None:
        super().__init__(cheap())
        self.found = threading.Event()
        self.go_on = threading.Event()

    def fits(self, verifier: str, password: bytes) -> bool:
        result = super().fits(verifier, password)
        self.found.set()
        assert self.go_on.wait(10)
        return result


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.set_password(ANN, "battery staple"), SignInReason.WRONG_PASSWORD),
        (lambda d: d.set_enabled(ANN, False), SignInReason.ACCOUNT_DISABLED),
        (lambda d: d.remove(ANN), SignInReason.UNKNOWN_USER),
    ],
)
def test_a_change_during_a_check_counts_and_the_old_password_is_not_remembered(
    tmp_path: Path, change: object, reason: SignInReason
) -> None:
    assert callable(change)
    hasher = SlowHasher()
    directory = Directory(tmp_path / "accounts.sqlite3", hasher=hasher)
    directory.add(ANN, "correct horse")
    verdicts: list[Verdict] = []
    worker = threading.Thread(target=lambda: verdicts.append(directory.verify(ANN, PASSWORD)))
    worker.start()
    assert hasher.found.wait(10)
    change(directory)
    hasher.go_on.set()
    worker.join(10)
    assert verdicts == [Verdict(None, reason)]
    assert directory.verify_remembered(ANN, PASSWORD) is None
    directory.close()


def test_what_is_remembered_too_late_fits_no_newer_verifier() -> None:
    remembered = Remembered(600, 10, Clock())
    remembered.keep(ANN, "the verifier before", b"correct horse")
    assert remembered.knows(ANN, "the verifier before", b"correct horse")
    assert not remembered.knows(ANN, "the verifier after", b"correct horse")


def test_the_table_of_the_remembered_is_bounded_and_loses_the_oldest() -> None:
    remembered = Remembered(600, 3, Clock())
    for number in range(10):
        remembered.keep(f"user{number}", "verifier", b"pw")
    assert len(remembered) == 3
    assert [n for n in range(10) if remembered.knows(f"user{n}", "verifier", b"pw")] == [7, 8, 9]


def test_a_verifier_of_old_parameters_is_renewed_at_sign_in(office: Office) -> None:
    office.hasher = CountingHasher(cheap(memory=8))
    directory = office.open()
    directory.add(ANN, "correct horse")
    directory.close()

    office.hasher = CountingHasher(cheap(memory=16))
    directory = office.open()
    assert directory.verify(ANN, OTHER).account is None
    assert directory.verify(ANN, PASSWORD) == GOOD
    assert directory.verify_remembered(ANN, PASSWORD) == GOOD
    assert directory.verify(ANN, PASSWORD) == GOOD
    assert checks(office) == [cheap(8), cheap(8), cheap(16)]
    directory.close()

    directory = office.open()
    assert directory.verify(ANN, PASSWORD) == GOOD
    assert checks(office)[-1] == cheap(16)
    directory.close()


def test_many_may_ask_at_once(ann: Directory) -> None:
    ann.add("tim@example.com", "battery staple")
    asked = [(ANN, PASSWORD), (ANN, OTHER), ("tim@example.com", OTHER), ("x@y.z", OTHER)] * 5
    verdicts: list[tuple[int, Verdict]] = []
    together = threading.Barrier(len(asked))

    def ask(number: int) -> None:
        together.wait(5)
        verdicts.append((number, ann.verify(*asked[number])))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    expected = [
        GOOD,
        Verdict(None, SignInReason.WRONG_PASSWORD),
        Verdict("tim@example.com", SignInReason.OK),
        Verdict(None, SignInReason.UNKNOWN_USER),
    ] * 5
    assert [verdict for _, verdict in sorted(verdicts, key=lambda x: x[0])] == expected
    hashing = [thread for thread in threading.enumerate() if thread.name.startswith("argon2")]
    assert 1 <= len(hashing) <= (os.cpu_count() or 1)
