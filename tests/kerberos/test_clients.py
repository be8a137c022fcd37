"""Stock mail clients sign in with a ticket over every wire, and cannot without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.conftest import Wire
from tests.kerberos.conftest import LIL, Office
from tests.kerberos.programs import CLIENTS, Fetch, curl, holding
from tests.kerberos.realm import Realm, found

LETTER = b"From: Ann <ann@example.test>\r\nSubject: hello\r\n\r\nA letter for Lil.\r\n"

pytestmark = pytest.mark.clients


@pytest.fixture(params=CLIENTS, ids=lambda fetch: fetch.__name__)
def fetch(request: pytest.FixtureRequest) -> Fetch:
    """Each client that is installed; on a build machine all of them have to be."""
    chosen: Fetch = request.param
    found(chosen.__name__)
    return chosen


@pytest.mark.parametrize("wire", Wire)
def test_a_client_signs_in_with_a_ticket(
    realm: Realm, office: Office, fetch: Fetch, wire: Wire, tmp_path: Path
) -> None:
    office.deliver(LIL, [LETTER])
    ticket = holding(realm.environment, realm.sign_on("lil"))
    office.sign_ins()
    assert "A letter for Lil." in fetch(office, LIL, wire, tmp_path, ticket)
    assert office.sign_ins() == [(LIL, "GSSAPI")]


def test_a_client_without_a_ticket_is_not_let_in(
    realm: Realm, office: Office, tmp_path: Path
) -> None:
    found("curl")
    office.sign_ins()
    with pytest.raises(AssertionError, match="curl ended with"):
        curl(office, LIL, Wire.PLAIN, tmp_path, holding(realm.environment, "FILE:/nowhere"))
    assert office.sign_ins() == []
