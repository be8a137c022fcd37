"""Certificate files elsewhere are followed: a good pair is taken, a bad one changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from server_core.certificates.bundle import CertificateProblem
from server_core.certificates.store import CertificateStore
from server_core.events.certificates import CertificateChanged, CertificateRefused
from server_core.events.types import Event
from server_core.events.views import CertificateKind, CertificateView
from tests.certificates.conftest import Clock


class Files:
    """A certificate and its key, as another program writes them."""

    def __init__(self, folder: Path) -> None:
        self.certificate, self.key = folder / "fullchain.pem", folder / "privkey.pem"
        self.renew()

    def renew(self) -> None:
        made = trustme.CA().issue_cert("pop.example.com")
        self.certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
        self.key.write_bytes(made.private_key_pem.bytes())


@pytest.fixture
def files(tmp_path: Path, store: CertificateStore) -> Files:
    made = Files(tmp_path)
    store.watch("acme", made.certificate, made.key)
    return made


def look(store: CertificateStore) -> list[Event]:
    """Two looks: a change counts when it lies still."""
    return [*store.look_at_files(), *store.look_at_files()]


def view(store: CertificateStore) -> CertificateView:
    return store.list()[0]


def test_a_changed_pair_is_taken_and_told(store: CertificateStore, files: Files) -> None:
    before = view(store)
    assert before.kind is CertificateKind.WATCHED
    assert before.files == (str(files.certificate), str(files.key))
    assert look(store) == []
    files.renew()
    assert store.look_at_files() == ()  # it may still be being written
    (told,) = store.look_at_files()
    assert isinstance(told, CertificateChanged)
    assert told.fingerprint == view(store).fingerprint != before.fingerprint
    assert look(store) == []


def test_a_bad_pair_is_refused_once_and_the_old_one_stays(
    store: CertificateStore, files: Files
) -> None:
    before, served = view(store), store.path("acme").read_bytes()
    good = files.key.read_bytes()
    files.key.write_bytes(trustme.CA().issue_cert("x.example.com").private_key_pem.bytes())
    (told,) = look(store)
    assert isinstance(told, CertificateRefused) and "does not belong" in told.sentence
    assert look(store) == []
    assert (view(store), store.path("acme").read_bytes()) == (before, served)
    files.key.write_bytes(good)
    assert look(store) == []  # what is served already is no news


def test_files_that_vanish_are_told_and_taken_when_they_return(
    store: CertificateStore, files: Files
) -> None:
    files.certificate.unlink()
    (told,) = look(store)
    assert isinstance(told, CertificateRefused) and "cannot be read" in told.sentence
    files.renew()
    assert [type(event) for event in look(store)] == [CertificateChanged]


def test_what_changed_while_the_server_was_off_is_taken_at_the_start(
    store: CertificateStore, files: Files, tmp_path: Path, clock: Clock
) -> None:
    files.renew()
    again = CertificateStore(tmp_path / "certificates", clock)
    assert [type(event) for event in look(again)] == [CertificateChanged]


def test_going_back_ends_the_watching(store: CertificateStore, files: Files) -> None:
    first = view(store).fingerprint
    files.renew()
    look(store)
    assert store.revert("acme").fingerprint == first
    assert view(store).kind is CertificateKind.IMPORTED
    files.renew()
    assert look(store) == []


def test_files_that_cannot_serve_are_not_watched(store: CertificateStore, tmp_path: Path) -> None:
    with pytest.raises(CertificateProblem, match="cannot be read"):
        store.watch("acme", tmp_path / "nowhere.pem", tmp_path / "nowhere.key")
    assert store.list() == ()
