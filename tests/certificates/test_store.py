"""Certificates are made once, renewed in time, replaced with a way back, never lost."""

from __future__ import annotations

import datetime
import ipaddress
import stat
import sys
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from server_core.certificates.bundle import CertificateProblem
from server_core.certificates.store import CertificateStore
from server_core.events.certificates import CertificateChanged
from server_core.events.views import CertificateKind, CertificateView
from tests.certificates.conftest import DAY, Clock, leaf


def view(store: CertificateStore, name: str = "server") -> CertificateView:
    return next(view for view in store.list() if view.name == name)


def foreign(*names: str, days: float = 30) -> bytes:
    """Key and chain of somebody else's certificate."""
    ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    made = trustme.CA().issue_cert(*(names or ("pop.example.com",)), not_after=ends)
    return made.private_key_and_cert_chain_pem.bytes()


@pytest.fixture
def own(store: CertificateStore) -> CertificateChanged:
    event = store.ensure_own(["mail.example.com", "192.0.2.7"])
    assert event is not None
    return event


def test_the_own_one_is_made_on_first_use_and_kept(
    store: CertificateStore, own: CertificateChanged, clock: Clock
) -> None:
    clock.pass_days(300)
    assert store.ensure_own(["another.example.com"]) is None
    assert view(store).fingerprint == own.fingerprint
    assert store.path("") == store.path("server")
    assert [file.name for file in store.path("").parent.iterdir()] == ["server.pem"]


def test_it_carries_the_names_given_and_those_of_this_computer(
    store: CertificateStore, own: CertificateChanged
) -> None:
    names = leaf(store).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"mail.example.com", "localhost"} <= set(names.get_values_for_type(x509.DNSName))
    assert set(names.get_values_for_type(x509.IPAddress)) == {
        ipaddress.ip_address(address) for address in ("192.0.2.7", "127.0.0.1", "::1")
    }
    assert view(store).names[0] == "mail.example.com"


def test_names_that_no_certificate_can_carry_are_left_out_of_it(store: CertificateStore) -> None:
    given = ["The Mail Server", "Bücher.example", "[2001:db8::1]", "a..b", "", "x" * 64]
    store.ensure_own(given)
    names = view(store).names
    assert names[0] == "xn--bcher-kva.example" and "2001:db8::1" in names
    assert not {"The Mail Server", "a..b", "", "x" * 64} & set(names)


def test_what_is_made_is_what_clients_accept(store: CertificateStore) -> None:
    store.create_certificate("mail", ["mail.example.com", "*.example.org"])
    made = leaf(store, "mail")
    key = made.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    assert made.not_valid_after_utc - made.not_valid_before_utc == datetime.timedelta(days=397)
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert view(store, "mail").kind is CertificateKind.SELF_SIGNED
    assert view(store, "mail").names == ("mail.example.com", "*.example.org")


def test_an_authority_signs_servers_and_nothing_else(store: CertificateStore) -> None:
    store.create_authority("Office")
    store.create_certificate("mail", ["mail.example.com"], "Office")
    authority = x509.load_pem_x509_certificate(store.export_authority("Office"))
    limits = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert limits.ca and limits.path_length == 0
    life = authority.not_valid_after_utc - authority.not_valid_before_utc
    assert 3650 <= life.days <= 3655
    leaf(store, "mail").verify_directly_issued_by(authority)
    shown = x509.load_pem_x509_certificates(store.path("mail").read_bytes())
    assert shown[1:] == [authority]
    assert (view(store, "mail").kind, view(store, "Office").kind) == (
        CertificateKind.ISSUED,
        CertificateKind.AUTHORITY,
    )
    assert view(store, "Office").used_by == ("mail",)
    assert view(store, "mail").chain == ("mail.example.com", "Office Postroom authority")


def test_an_authority_is_never_served_and_its_key_never_given_away(store: CertificateStore) -> None:
    store.create_authority("Office")
    assert b"PRIVATE" not in store.export_authority("Office")
    with pytest.raises(CertificateProblem, match="no certificate called"):
        store.path("Office")
    store.ensure_own([])
    with pytest.raises(CertificateProblem, match="not an authority"):
        store.export_authority("server")
    with pytest.raises(CertificateProblem, match="is an authority"):
        store.import_certificate("Office", foreign(), replace=True)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_only_the_owner_can_read_the_files(store: CertificateStore, tmp_path: Path) -> None:
    store.create_authority("Office")
    store.create_certificate("mail", ["mail.example.com"], "Office")
    store.import_certificate("mail", foreign(), replace=True)
    files = list((tmp_path / "certificates").iterdir())
    assert len(files) == 4
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("days", [367, 500, -30])
def test_ours_are_renewed_before_they_end(
    store: CertificateStore, own: CertificateChanged, clock: Clock, days: int
) -> None:
    store.create_authority("Office")
    store.create_certificate("mail", ["mail.example.com"], "Office")
    assert store.renew_due() == ()
    clock.pass_days(days)
    if days < 0:
        assert store.ensure_own([]) is not None
        return
    renewed = store.renew_due()
    assert {event.name for event in renewed} == {"mail", "server"}
    assert view(store).names[:2] == ("mail.example.com", "192.0.2.7")
    assert view(store).fingerprint != own.fingerprint
    assert view(store, "mail").kind is CertificateKind.ISSUED
    assert not view(store).problem and not view(store, "mail").problem
    assert store.renew_due() == ()


def test_nothing_outlives_the_authority_that_signed_it(
    store: CertificateStore, clock: Clock
) -> None:
    store.create_authority("Office")
    clock.pass_days(3640)
    store.create_certificate("mail", ["mail.example.com"], "Office")
    assert view(store, "mail").not_after == view(store, "Office").not_after
    assert store.renew_due() == ()
    clock.pass_days(30)
    with pytest.raises(CertificateProblem, match="authority has ended"):
        store.create_certificate("more", ["more.example.com"], "Office")


def test_a_certificate_of_somebody_else_is_kept_although_it_ends(
    store: CertificateStore, clock: Clock
) -> None:
    store.ensure_own([])
    store.path("").write_bytes(before := foreign(days=3))
    clock.pass_days(5)
    assert store.ensure_own([]) is None and store.renew_due() == ()
    assert "ended on" in view(store).problem and view(store).names == ("pop.example.com",)
    assert store.path("").read_bytes() == before


@pytest.mark.parametrize("spoiled", [b"", b"grandmother's recipe"])
def test_a_file_that_cannot_serve_is_refused_and_never_overwritten(
    store: CertificateStore, own: CertificateChanged, spoiled: bytes
) -> None:
    path = store.path("")
    path.write_bytes(spoiled)
    for attempt in (lambda: store.ensure_own([]), lambda: store.path("")):
        with pytest.raises(CertificateProblem, match=r"server\.pem is unusable"):
            attempt()
    assert "unusable" in view(store).problem
    assert path.read_bytes() == spoiled


def test_a_replaced_one_comes_back_when_asked(
    store: CertificateStore, own: CertificateChanged
) -> None:
    store.import_certificate("server", foreign(), replace=True)
    replaced = view(store)
    assert replaced.kind is CertificateKind.IMPORTED and replaced.reverts
    assert store.revert("server").fingerprint == own.fingerprint
    assert view(store).kind is CertificateKind.SELF_SIGNED
    assert store.revert("server").fingerprint == replaced.fingerprint


def test_names_are_taken_once_and_fit_every_disk(store: CertificateStore) -> None:
    store.create_certificate("Mail", ["mail.example.com"])
    for name, reason in (
        ("mail", "already"),
        ("Server", "already"),
        ("../mail", "begins and ends"),
        (".hidden", "begins and ends"),
        ("", "begins and ends"),
        ("a" * 65, "begins and ends"),
        ("old.previous", "cannot be used"),
        ("aux", "cannot be used"),
    ):
        with pytest.raises(CertificateProblem, match=reason):
            store.create_certificate(name, ["mail.example.com"])
    with pytest.raises(CertificateProblem, match="neither a host name nor an address"):
        store.create_certificate("more", ["mail example"])
    with pytest.raises(CertificateProblem, match="needs a name"):
        store.create_certificate("more", [])
    assert [one.name for one in store.list()] == ["Mail"]


def test_one_in_use_is_not_deleted(store: CertificateStore, tmp_path: Path) -> None:
    store.create_authority("Office")
    store.create_certificate("mail", ["mail.example.com"], "Office")
    with pytest.raises(CertificateProblem, match="mail is used by secure, office"):
        store.remove("mail", ("secure", "office"))
    with pytest.raises(CertificateProblem, match="Office is used by mail"):
        store.remove("Office")
    assert store.remove("mail").change == "deleted"
    store.remove("Office")
    assert store.list() == ()
    assert not list((tmp_path / "certificates").iterdir())


def test_what_ends_soon_is_told_once_a_day_while_it_is_used(
    store: CertificateStore, clock: Clock
) -> None:
    store.import_certificate("mail", foreign(days=20))
    used = {"mail": ("office",)}
    assert store.endings(used) == ()
    clock.pass_days(7)
    (told,) = store.endings(used)
    assert (told.name, told.used_by) == ("mail", ("office",))
    assert store.endings(used) == ()
    clock.pass_days(1)
    assert store.endings({}) == ()
    assert len(store.endings(used)) == 1


def test_renewals_are_looked_for_once_an_hour(
    store: CertificateStore, own: CertificateChanged, clock: Clock
) -> None:
    clock.now = own.not_after - 30 * DAY - 1_800
    assert store.attend({}) == ()
    clock.now += 3_599
    assert store.attend({}) == ()
    clock.now += 1
    assert [str(event).split(":")[0] for event in store.attend({})] == [
        "certificate 'server' renewed"
    ]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CertificateProblem, match="nowhere"):
        CertificateStore(tmp_path / "nowhere").ensure_own([])
