"""The visit to each listener: what it finds, and what it says when it cannot be made."""

from __future__ import annotations

import pytest

from server_core.config.admission import AccessRule, ServiceAccess, Verdict
from server_core.config.model import Security
from server_core.events.health import FindingState, ProbeStep
from server_core.events.reasons import RefusalReason, Scope
from server_core.events.views import Trial
from server_core.health import visiting
from tests.health.conftest import PASSWORD, Start, found, subject
from tests.net.conftest import listener, office

OK, PROBLEM, NOT_CHECKED = FindingState.OK, FindingState.PROBLEM, FindingState.NOT_CHECKED


@pytest.mark.parametrize("security", Security)
async def test_a_mail_program_gets_its_mail_at_every_listener(
    start: Start, security: Security
) -> None:
    service = await start(office(listener(security=security)))
    await service.add_account("ann", PASSWORD)
    finding = (await found(service))["sign_in.pop3"]
    assert finding.state is OK and finding.sentence.startswith("Signed in with USER and PASS")
    assert ("encrypted" in finding.sentence) is (security is not Security.NONE)
    for step in ("Connect", "Sign-in", "List", "Fetch", "Sign-off"):
        assert any(line.startswith(f"{step}: ") and " ms)" in line for line in finding.details)
    assert not list(service.home.mail.glob(".*-*"))


async def test_a_rule_against_this_computer_is_no_fault_of_the_listener(start: Start) -> None:
    deny = ServiceAccess(rules=(AccessRule(action=Verdict.DENY, address="127.0.0.1"),))
    service = await start(office(listener(), access=deny))
    finding = (await found(service))["sign_in.pop3"]
    assert (finding.state, finding.page) == (NOT_CHECKED, "access")
    words = "refused by rule 1 of POP3: deny 127.0.0.1, so the test could not sign in."
    assert words in finding.sentence


async def test_bans_and_limits_of_this_computer_are_told_as_such(start: Start) -> None:
    service = await start(office(listener()))
    for reason, page in ((RefusalReason.BANNED, "bans"), (RefusalReason.RATE_ADDRESS, "flow")):
        trial = Trial("127.0.0.1", "pop3", False, Scope.SERVICE, "why", "No.", reason=reason)
        (seen,) = visiting.signing_in(await subject(service, trial=lambda *_, t=trial: t))
        assert (seen.state, seen.place.page) == (NOT_CHECKED, page)


async def test_a_test_that_no_method_allows_is_not_checked(start: Start) -> None:
    service = await start(office(listener(security=Security.NONE), plain_methods=()))
    finding = (await found(service))["sign_in.pop3"]
    assert (finding.state, finding.page) == (NOT_CHECKED, "auth")
    assert finding.sentence == "The test could not sign in: no method is offered here."


@pytest.mark.parametrize(
    ("step", "page"),
    [("Connect", "listeners"), ("STLS", "listeners"), ("Handshake", "certs"), ("Sign-in", "auth")],
)
def test_the_step_that_went_wrong_says_where_it_is_mended(step: str, page: str) -> None:
    last = ProbeStep(step, False, "no luck", 0.002, noted=("storage error",))
    seen = visiting.judged([last], "office")
    assert (seen.state, seen.place.page, seen.place.subject) == (PROBLEM, page, "office")
    assert "no luck" in seen.sentence
    assert seen.details == (f"{step}: no luck (2.0 ms)", "The server: storage error")


async def test_a_disk_that_takes_no_mailbox_is_a_problem(start: Start) -> None:
    service = await start(office(listener()))
    looked = await subject(service)
    assert looked.visit is not None
    looked.visit._folder = service.home.config_file  # a file, in which no folder can be made
    (seen,) = visiting.signing_in(looked)
    assert seen.state is PROBLEM and "No mailbox could be made" in seen.sentence
