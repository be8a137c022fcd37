"""Each check, on a server that is well and on one that is not."""

from __future__ import annotations

import dataclasses
import io
import socket
import sys
import threading
import time
from pathlib import Path
from ssl import TLSVersion
from typing import Any

import pytest

from server_core.config.admission import AccessRule, ServiceAccess, Verdict
from server_core.config.listening import Proxy, ProxyMode
from server_core.config.log import Log
from server_core.config.model import Config, Pop3, Security, Server
from server_core.config.signing_in import Method, Secrets
from server_core.events.health import FindingState, HealthGroup, Mend
from server_core.events.views import BanKind, BanView, CertificateKind, CertificateView
from server_core.health import computer, encryption, safety, signing_in, storage
from server_core.health.checks import CHECKS
from server_core.home import Home
from server_core.service import MailService
from server_core.store.backend import Incoming
from tests.health.conftest import PASSWORD, Start, found, subject
from tests.net.conftest import listener, office

OK, ATTENTION = FindingState.OK, FindingState.ATTENTION
PROBLEM, NOT_CHECKED = FindingState.PROBLEM, FindingState.NOT_CHECKED
DAY = 86_400.0


async def test_a_server_that_is_well_has_nothing_but_ok(start: Start) -> None:
    doors = listener("plain"), listener("tls", Security.TLS)
    service = await start(office(*doors))
    await service.add_account("ann", PASSWORD)
    await service.deliver("ann", [Incoming(io.BytesIO(b"Subject: hi\r\n\r\nhi\r\n"))])
    seen = await found(service)
    assert {finding.state for finding in seen.values()} == {OK}
    assert {finding.group for finding in seen.values()} == {*HealthGroup}
    assert service.findings() == tuple(seen.values())


async def test_every_check_comes_to_something_where_there_is_all_there_can_be(start: Start) -> None:
    rules = ServiceAccess(rules=(AccessRule(action=Verdict.ALLOW, address="127.0.0.1"),))
    service = await start(office(listener(), access=rules))
    await service.add_account("ann", PASSWORD)
    reached = {one.partition(".")[0] for one in await found(service)}
    elsewhere = {"files"} if sys.platform == "win32" else set()
    assert reached == {check.id for check in CHECKS} - elsewhere


async def test_a_taken_port_is_told_with_its_owner_and_can_be_tried_again(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        service = await start(office(listener(address=f"127.0.0.1:{port}")))
        finding = (await found(service))["bound.pop3"]
        assert finding.state is PROBLEM and f"Port {port} is used by" in finding.sentence
    assert finding.mend is not None
    await service.mend(finding.mend, finding.subject)
    assert (await found(service))["bound.pop3"].state is OK


async def test_no_listener_at_all_is_a_problem(start: Start) -> None:
    service = await start(office(listener(enabled=False)))
    assert (await found(service))["bound"].state is PROBLEM


async def test_paused_listeners_need_a_look(start: Start) -> None:
    service = await start(office(listener()))
    await service.pause()
    assert (await found(service))["bound.pop3"].state is ATTENTION


async def test_a_listener_is_tried_at_every_address_of_this_computer(start: Start) -> None:
    service = await start(office(listener(address="*:0")))
    finding = (await found(service))["answering.pop3"]
    assert finding.state is OK
    assert any(detail.startswith("127.0.0.1: answers") for detail in finding.details)


async def test_what_keeps_this_computer_out_is_told_instead_of_a_failure(start: Start) -> None:
    deny = ServiceAccess(rules=(AccessRule(action=Verdict.DENY, address="127.0.0.0/8"),))
    service = await start(office(listener("tls", Security.TLS), access=deny))
    seen = await found(service)
    assert seen["answering.tls"].state is NOT_CHECKED
    assert "deny 127.0.0.0/8" in seen["answering.tls"].sentence
    assert seen["handshake.tls"].state is NOT_CHECKED


async def test_a_listener_behind_a_proxy_is_not_tried_without_it(start: Start) -> None:
    proxy = Proxy(mode=ProxyMode.REQUIRED, trusted=("10.0.0.1",))
    service = await start(office(listener(proxy=proxy)))
    assert (await found(service))["answering.pop3"].state is NOT_CHECKED


async def test_a_listener_behind_a_proxy_on_this_computer_is_tried_like_one(start: Start) -> None:
    proxy = Proxy(mode=ProxyMode.REQUIRED, trusted=("127.0.0.1",))
    service = await start(office(listener(address="*:0", proxy=proxy)))
    finding = (await found(service))["answering.pop3"]
    assert finding.state is OK and len(finding.details) == 1


async def test_a_listener_that_hangs_up_is_a_problem(start: Start) -> None:
    service = await start(office(listener()))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        views = tuple(dataclasses.replace(view, address=place) for view in service.listeners())
        silent.close()
        looked = await subject(service, listeners=views)
        check = next(check for check in CHECKS if check.id == "answering")
        (seen,) = check.look(looked)
    assert seen.state is PROBLEM and "Connect" in seen.sentence


async def test_a_listener_without_a_usable_certificate_shakes_no_hands(start: Start) -> None:
    service = await start(office(listener(certificate="gone")))
    assert (await found(service))["handshake.pop3"].state is PROBLEM


async def test_old_versions_of_tls_are_a_problem(start: Start) -> None:
    service = await start(office(listener()))
    looked = await subject(service, oldest_tls={"pop3": TLSVersion.TLSv1_1})
    (seen,) = encryption.old_versions(looked)
    assert seen.state is PROBLEM and "TLS 1.1" in seen.sentence


def shown(**changed: Any) -> CertificateView:
    """A certificate in use that is well, except for what is changed."""
    view = CertificateView(
        name="office",
        kind=CertificateKind.IMPORTED,
        names=("mail.example.com",),
        not_before=0.0,
        not_after=100 * DAY,
        fingerprint="AB",
        issuer="Some authority",
        chain=("mail.example.com", "Some authority"),
    )
    return dataclasses.replace(view, **changed)


NAMED = Config(server=Server(name="mail.example.com"))


@pytest.mark.parametrize(
    ("changed", "state", "words"),
    [
        ({}, OK, "100 days"),
        ({"not_after": 14 * DAY}, OK, "14 days"),
        ({"not_after": 14 * DAY - 1}, ATTENTION, "Replace it"),
        ({"not_after": 2 * DAY, "renews": True}, OK, "renews itself"),
        ({"problem": "The certificate ended."}, PROBLEM, "ended"),
        ({"warning": "The certificate of its issuer is missing."}, ATTENTION, "issuer"),
        ({"names": ("*.example.com",)}, OK, "Valid"),
        ({"names": ("other.example.com",)}, ATTENTION, "mail.example.com"),
    ],
)
def test_a_certificate_is_judged_by_time_chain_and_names(
    changed: dict[str, Any], state: FindingState, words: str
) -> None:
    seen = encryption.certificate(shown(**changed), NAMED, 0.0)
    assert seen.state is state and words in seen.sentence


@pytest.mark.parametrize(
    ("security", "address", "methods", "state"),
    [
        (Security.STARTTLS, "*:0", (Method.PLAIN,), ATTENTION),
        (Security.NONE, "*:0", (Method.USER_PASS,), ATTENTION),
        (Security.STARTTLS, "*:0", (Method.SCRAM_SHA_256,), OK),
        (Security.STARTTLS_REQUIRED, "*:0", (Method.PLAIN,), OK),
        (Security.TLS, "*:0", (Method.PLAIN,), OK),
        (Security.NONE, "127.0.0.1:0", (Method.PLAIN,), OK),
    ],
)
async def test_passwords_in_clear_matter_where_others_can_read_along(
    start: Start,
    security: Security,
    address: str,
    methods: tuple[Method, ...],
    state: FindingState,
) -> None:
    door = listener(security=security, address=address)
    service = await start(office(listener()))
    looked = await subject(service, config=office(door, plain_methods=methods))
    (seen,) = encryption.readable_passwords(looked)
    assert seen.state is state


async def test_a_method_that_was_chosen_and_helps_nobody_needs_a_look(start: Start) -> None:
    service = await start(office(listener(), secrets=Secrets(keep_for=(Method.CRAM_MD5,))))
    await service.add_account("ann", None)
    seen = await found(service)
    assert seen["methods.cram-md5"].state is ATTENTION
    assert seen["methods"].state is PROBLEM  # without a password no method works


async def test_a_listener_without_any_method_is_a_problem(start: Start) -> None:
    service = await start(office(listener(security=Security.NONE), plain_methods=()))
    await service.add_account("ann", PASSWORD)
    assert (await found(service))["offers.pop3"].state is PROBLEM


async def test_accounts_nobody_can_use_are_named(start: Start) -> None:
    service = await start(office(listener()))
    assert (await found(service))["accounts"].state is ATTENTION  # there is none
    await service.add_account("bare", None)
    ann = await service.add_account("ann", PASSWORD)
    over = ann.terms.model_copy(update={"expires": "2020-01-01"})
    await service.change_account("ann", full_name="", enabled=True, terms=over)
    seen = await found(service)
    assert "bare@localhost" in seen["accounts.without password"].sentence
    assert "ann@localhost" in seen["accounts.expired"].sentence


@pytest.mark.parametrize(("since", "told"), [(3_600.0, False), (3_601.0, True)])
async def test_a_lock_is_told_after_an_hour(start: Start, since: float, told: bool) -> None:
    service = await start(office(listener()))
    await service.add_account("ann", PASSWORD)
    now = time.time()
    lock = BanView("ann@localhost", BanKind.ACCOUNT, "guessing", now - since, 0.0)
    looked = await subject(service, now=now, bans=(lock,))
    (seen,) = signing_in.accounts(looked)
    assert (seen.place.subject == "locked") is told


async def test_a_lost_key_of_kept_passwords_needs_a_look(start: Start) -> None:
    service = await start(office(listener(), secrets=Secrets(keep_for=(Method.CRAM_MD5,))))
    await service.add_account("ann", PASSWORD)
    view = dataclasses.replace(
        await service.secrets_status(), attention=True, sentence="It is gone."
    )
    (seen,) = signing_in.kept_passwords(await subject(service, secrets=view))
    assert (seen.state, seen.mend) == (ATTENTION, Mend.RETRY_VAULT)


async def test_a_store_that_cannot_be_written_is_a_problem(start: Start) -> None:
    service = await start(office(listener()))
    home = Home(service.home.config_file)  # a file, in which no folder can be made
    (seen,) = storage.written(await subject(service, home=home))
    assert seen.state is PROBLEM


async def test_the_store_is_tried_beside_the_mailboxes(start: Start) -> None:
    service = await start(office(listener()))
    await service.add_account("ann", PASSWORD)
    assert (await found(service))["written"].state is OK
    assert (await service.account("ann")).messages == 0
    assert not (service.home.mail / ".health").exists()


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (storage.LITTLE_OCTETS, OK),
        (storage.LITTLE_OCTETS - 1, ATTENTION),
        (storage.NO_OCTETS, ATTENTION),
        (storage.NO_OCTETS - 1, PROBLEM),
    ],
)
def test_free_space_is_judged_at_its_edges(free: int, state: FindingState) -> None:
    assert storage.room_words(free).state is state


async def test_a_message_without_its_file_is_a_problem(start: Start) -> None:
    service = await start(office(listener()))
    await service.add_account("ann", PASSWORD)
    await service.deliver("ann", [Incoming(io.BytesIO(b"Subject: hi\r\n\r\nhi\r\n"))])
    files = [path for path in service.home.mail.rglob("messages/**/*") if path.is_file()]
    files[0].unlink()
    finding = (await found(service))["index"]
    assert finding.state is PROBLEM and "ann@localhost" in finding.sentence


async def test_a_log_that_cannot_be_written_needs_a_look(start: Start, tmp_path: Path) -> None:
    wall = tmp_path / "wall"
    wall.write_text("a file where a folder has to be")
    service = await start(Config(pop3=Pop3(listeners=(listener(),)), log=Log(folder=str(wall))))
    place = (await service.try_log_place("files")).name
    assert (await found(service))[f"log.{place}"].state is ATTENTION


@pytest.mark.parametrize(
    ("rules", "otherwise", "state"),
    [
        ((), Verdict.ALLOW, OK),
        ((), Verdict.DENY, ATTENTION),
        ((AccessRule(action=Verdict.ALLOW, address="127.0.0.1"),), Verdict.DENY, OK),
    ],
)
async def test_what_happens_to_everybody_else_is_judged(
    start: Start, rules: tuple[AccessRule, ...], otherwise: Verdict, state: FindingState
) -> None:
    service = await start(
        office(listener(), access=ServiceAccess(rules=rules, otherwise=otherwise))
    )
    assert (await found(service))["default"].state is state


def test_addresses_of_the_internet_are_told_from_those_of_an_office() -> None:
    assert safety.public_addresses(["192.168.1.5", "fd00::1", "8.8.8.8"]) == ["8.8.8.8"]


async def test_a_rule_that_never_decides_is_told_with_its_place(start: Start) -> None:
    wide = AccessRule(action=Verdict.ALLOW, address="127.0.0.0/8", priority=1)
    narrow = AccessRule(action=Verdict.DENY, address="127.0.0.1", priority=9)
    service = await start(office(listener(), access=ServiceAccess(rules=(wide, narrow))))
    finding = (await found(service))["unreached"]
    assert finding.state is ATTENTION and finding.target == "pop3.access.rules.#2.address"


async def test_odd_settings_are_told_with_their_path(start: Start) -> None:
    service = await start(office(listener(idle_timeout=60)))
    finding = (await found(service))["settings.pop3.listeners.pop3.idle_timeout"]
    assert finding.state is ATTENTION and finding.target == "pop3.listeners.pop3.idle_timeout"


@pytest.mark.skipif(sys.platform == "win32", reason="there folders of a person are closed anyway")
async def test_files_that_others_can_read_are_closed_on_request(start: Start) -> None:
    service = await start(office(listener()))
    home = service.home
    home.root.chmod(0o755)
    home.accounts_file.chmod(0o644)
    finding = (await found(service))["files"]
    assert finding.state is PROBLEM and str(home.accounts_file) in finding.details
    assert finding.mend is Mend.CLOSE_FILES
    await service.mend(finding.mend)
    assert (await found(service))["files"].state is OK
    assert home.root.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("now", "latest", "state"),
    [
        (2e9, 2e9 - 1, OK),
        (2e9, 2e9 + 300, OK),
        (2e9, 2e9 + 301, ATTENTION),
        (1e9, 0.0, PROBLEM),
    ],
)
def test_a_clock_is_judged_by_what_it_has_shown(
    now: float, latest: float, state: FindingState
) -> None:
    assert computer.clock_words(now, latest).state is state


async def test_a_drive_of_another_computer_needs_a_look(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await start(office(listener()))
    assert computer.kind_of_drive(service.home.root)
    monkeypatch.setattr(computer, "kind_of_drive", lambda _: "nfs4")
    (seen,) = computer.drive(await subject(service))
    assert seen.state is ATTENTION


async def test_jobs_that_wait_for_threads_need_a_look(start: Start) -> None:
    service = await start(office(listener(), threads={"minimum": 1, "maximum": 1}))
    looked = await subject(service)
    go_on, busy = threading.Event(), threading.Event()

    def hold() -> bool:
        busy.set()
        return go_on.wait(10)

    jobs = [looked.workers.submit(hold)]
    busy.wait(10)
    jobs.append(looked.workers.submit(hold))
    try:
        (seen,) = computer.queue(looked)
    finally:
        go_on.set()
    assert seen.state is ATTENTION
    assert all(job.result(10) for job in jobs)


async def test_on_the_files_alone_nothing_is_tried_over_the_network(tmp_path: Path) -> None:
    async with MailService(Home(tmp_path / "home")).opened() as service:
        await service.add_account("ann", PASSWORD)
        seen = await found(service)
    assert seen["bound"].state is NOT_CHECKED
    assert seen["written"].state is OK
    assert not any(one.startswith("answering") for one in seen)
