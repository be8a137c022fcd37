"""Why tickets cannot be accepted is said in a sentence, and heeded when it changes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from server_core.config.signing_in import Kerberos, Method
from server_core.events.views import MethodView
from server_core.net.kerberos import Tickets, examine
from tests.clients.conftest import Wire
from tests.kerberos.client import Talk, holder, sign_in
from tests.kerberos.conftest import Office
from tests.kerberos.realm import OURS, SERVICE, Realm

pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("realm")]


@pytest.fixture(scope="module")
def both(realm: Realm) -> Path:
    """A key file for two hosts of the service, and for another service."""
    return realm.key_file("both", f"pop/other.test@{OURS}", f"imap/localhost@{OURS}", SERVICE)


def test_the_principals_of_a_key_file_are_told(both: Path) -> None:
    view = examine(Kerberos(key_file=str(both))).view
    assert view.ok
    assert view.sentence == f"Tickets for pop that fit a key of {both} are accepted."
    assert set(view.principals) == {f"pop/other.test@{OURS}", f"imap/localhost@{OURS}", SERVICE}


@pytest.mark.parametrize("principal", ["", SERVICE, "pop/localhost"])
def test_a_ticket_is_accepted_by_any_way_to_name_the_service(
    realm: Realm, both: Path, principal: str
) -> None:
    tickets = Tickets()
    assert tickets.attend(Kerberos(key_file=str(both), principal=principal)) == ""
    ticket = tickets.accept(holder(realm.sign_on("ann")).step() or b"", None)
    assert (ticket.problem, ticket.complete) == ("", True)
    assert (ticket.principal, ticket.ours) == (f"ann@{OURS}", True)


def test_a_ticket_for_another_host_or_service_is_not_accepted(realm: Realm, both: Path) -> None:
    tickets = Tickets()
    tickets.attend(Kerberos(key_file=str(both), principal="pop/other.test"))
    assert tickets.accept(holder(realm.sign_on("ann")).step() or b"", None).problem
    tickets.attend(Kerberos(key_file=str(both)))
    imap = holder(realm.sign_on("ann"), "imap").step() or b""
    assert tickets.accept(imap, None).problem


def test_a_ticket_that_has_ended_is_not_accepted(
    realm: Realm, both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = holder(realm.sign_on("ann", "-l", "1s")).step() or b""
    three_seconds = realm.sign_on("ben", "-l", "3s")
    asyncio.run(_until(lambda: realm.is_over(three_seconds)))
    (strict := tmp_path / "strict.conf").write_text("[libdefaults]\nclockskew = 1\n")
    monkeypatch.setenv("KRB5_CONFIG", f"{strict}:{realm.environment['KRB5_CONFIG']}")
    tickets = Tickets()
    tickets.attend(Kerberos(key_file=str(both)))
    assert "expired" in tickets.accept(token, None).problem


def test_without_its_packages_kerberos_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spnego", None)
    view = examine(Kerberos()).view
    assert not view.ok
    assert view.sentence.startswith("The part of Postroom that speaks Kerberos is not installed")


def test_a_missing_key_file_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert examine(Kerberos(key_file=str(missing))).problem == f"there is no key file {missing}"


def test_without_a_key_file_of_its_own_it_is_the_systems(realm: Realm) -> None:
    kept = realm.environment["KRB5_KTNAME"].removeprefix("FILE:")
    assert examine(Kerberos()).problem == f"there is no key file {kept}"


def test_a_key_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    problem = examine(Kerberos(key_file=str(tmp_path))).problem
    assert problem.startswith(f"the key file {tmp_path} cannot be read: ")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read all")
def test_a_key_file_of_somebody_else_is_told(both: Path, tmp_path: Path) -> None:
    (shut := tmp_path / "shut").write_bytes(both.read_bytes())
    shut.chmod(0)
    problem = examine(Kerberos(key_file=str(shut))).problem
    assert problem == f"the key file {shut} cannot be read: permission denied"


@pytest.mark.parametrize("octets", [b"", b"a letter", b"\x05\x02\0\0\0\x40cut", bytes(2 << 20)])
def test_what_is_no_key_file_is_told(tmp_path: Path, octets: bytes) -> None:
    (file := tmp_path / "file").write_bytes(octets)
    problem = examine(Kerberos(key_file=str(file))).problem
    assert problem == f"{file} is damaged, or no key file of Kerberos"


def test_a_relative_path_is_refused() -> None:
    problem = examine(Kerberos(key_file="pop.keytab")).problem
    assert problem == "the key file pop.keytab has to be given with its whole path"


def test_a_key_file_without_the_service_is_told(realm: Realm) -> None:
    file = realm.key_file("web", f"HTTP/localhost@{OURS}")
    view = examine(Kerberos(key_file=str(file))).view
    assert view.sentence == f"The key file {file} has no key for pop/HOST@REALM."
    assert view.principals == (f"HTTP/localhost@{OURS}",)


def test_a_principal_that_is_not_in_the_key_file_is_told(both: Path) -> None:
    problem = examine(Kerberos(key_file=str(both), principal="pop/elsewhere")).problem
    assert problem == f"the key file {both} has no key for pop/elsewhere"


def test_the_method_comes_and_goes_with_the_key_file(
    realm: Realm, office: Office, tmp_path: Path
) -> None:
    file = Path(office.service.config.pop3.kerberos.key_file)
    kept = file.rename(tmp_path / "kept")
    asyncio.run(_until(lambda: not _offered(office)))
    assert _problem(office) == f"there is no key file {file}"
    with Talk(office, Wire.STLS) as talk:
        assert talk.say(b"AUTH GSSAPI").startswith(b"-ERR")
    kept.rename(file)
    asyncio.run(_until(lambda: _offered(office)))
    assert _problem(office) == ""
    with Talk(office, Wire.STLS) as talk:
        assert sign_in(talk, realm.sign_on("ann")).startswith(b"+OK")


def test_a_draft_is_tried_while_something_else_runs(office: Office, both: Path) -> None:
    tried = Kerberos(key_file=str(both), principal="pop/elsewhere")
    view = office.call(office.service.test_kerberos(tried))
    assert (view.ok, len(view.principals)) == (False, 3)
    running = office.service.config.pop3.kerberos
    assert office.call(office.service.test_kerberos(running)).ok


def _offered(office: Office) -> bool:
    """Whether clients are told of GSSAPI."""
    with Talk(office, Wire.STLS) as talk:
        return any(b"GSSAPI" in line for line in talk.capabilities())


def _problem(office: Office) -> str:
    """Why the service does not offer GSSAPI."""

    async def methods() -> tuple[MethodView, ...]:
        return office.service.methods()

    return next(view.problem for view in office.call(methods()) if view.method == Method.GSSAPI)


async def _until(claim: Callable[[], bool]) -> None:
    """Wait for what nobody tells: a ticket's end, the service's next look."""
    async with asyncio.timeout(10):
        while not claim():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.02)
