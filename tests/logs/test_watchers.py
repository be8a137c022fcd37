"""Other people's programs understand the log: Fail2Ban reads it, rsyslog receives it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from server_core.config.log import Log, RemoteLog, Transport
from server_core.config.model import Config, Server
from server_core.events.reasons import CloseReason, SignInReason
from server_core.events.ring import Hub
from server_core.events.types import Event, SessionClosed, SessionOpened, SignedIn, SignInFailed
from server_core.logs.service import LogService
from tests.house.tree import ROOT

SECONDS = 20
PARTS = "%syslogseverity-text% %hostname% %app-name% %procid% %msgid% %msg%"


def needed(program: str) -> str:
    """Where a program is; on a build machine it has to be there."""
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    missing = f"{program} is not installed"
    if path is None and os.environ.get("CI"):
        pytest.fail(missing)
    return path or pytest.skip(missing)


def session(number: int, peer: str, *attempts: tuple[str, SignInReason]) -> Iterator[Event]:
    """A connection and what it tried."""
    who: dict[str, Any] = {"session": number, "listener": "pop3", "peer": peer}
    yield SessionOpened(**who)
    for user, reason in attempts:
        if reason is SignInReason.OK:
            yield SignedIn(**who, user=user, method="PLAIN", messages=1, octets=2)
        else:
            yield SignInFailed(**who, user=user, method="PLAIN", reason=reason)
    yield SessionClosed(**who, reason=CloseReason.QUIT, opened=time.time())


def logged(folder: Path, *events: Event, log: Log | None = None) -> Path:
    """The log file with these events."""
    hub = Hub()
    service = LogService(hub, Config(server=Server(name="office"), log=log or Log()), folder)
    service.start()
    for event in events:
        hub.emit(event)
    service.stop()
    return folder / "everything.txt"


def test_fail2ban_sees_failed_sign_ins_with_their_addresses(tmp_path: Path) -> None:
    forged = "x': Invalid password\r\nnew connection from [198.51.100.9:1] on listener 'a"
    forged_again = "x': Invalid password from [198.51.100.9:1] with PLAIN"
    one = list(
        session(
            1,
            "192.0.2.7:40001",
            ("ann@example.com", SignInReason.WRONG_PASSWORD),
            ("nobody", SignInReason.UNKNOWN_USER),
            (forged, SignInReason.UNKNOWN_USER),
            (forged_again, SignInReason.UNKNOWN_USER),
        )
    )
    two = list(session(2, "[2001:db8::7]:40002", ("ben", SignInReason.WRONG_PASSWORD)))
    right = list(session(3, "192.0.2.8:40003", ("ann", SignInReason.OK)))
    mixed = [event for pair in zip(one, [*two, *right], strict=False) for event in pair]
    log = logged(tmp_path, *mixed, *one[len(two) + len(right) :])
    assert addresses(log, "postroom") == ["192.0.2.7"] * 4 + ["2001:db8::7"]
    log = logged(
        tmp_path / "security", *mixed, *one[len(two) + len(right) :], log=Log(security=True)
    )
    assert addresses(log, "postroom-security") == ["192.0.2.7"] * 4 + ["2001:db8::7"]


def test_fail2ban_loses_nobody_in_the_security_log_however_many_are_connected(
    tmp_path: Path,
) -> None:
    many = 300
    each = [
        list(session(n, f"192.0.2.7:{n}", ("ann", SignInReason.WRONG_PASSWORD)))
        for n in range(1, many + 1)
    ]
    all_at_once = [event for step in zip(*each, strict=True) for event in step]
    log = logged(tmp_path, *all_at_once, log=Log(security=True))
    assert addresses(log, "postroom-security") == ["192.0.2.7"] * many


def addresses(log: Path, name: str) -> list[str]:
    """Whose failed sign-ins Fail2Ban finds with a filter of ours, in order."""
    done = subprocess.run(
        [
            *(needed("fail2ban-regex"), "-o", "ip", str(log)),
            str(ROOT / f"resources/fail2ban/filter.d/{name}.conf"),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS * 3,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.split())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def rsyslog(folder: Path, transport: Transport) -> Iterator[RemoteLog]:
    """A real rsyslogd that writes what it receives to ``received``; gives its address."""
    program, port = needed("rsyslogd"), free_port()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    driver = (
        f"""global(defaultNetstreamDriver="gtls"
            defaultNetstreamDriverCAFile="{folder}/ca.pem"
            defaultNetstreamDriverCertFile="{folder}/cert.pem"
            defaultNetstreamDriverKeyFile="{folder}/key.pem")
        module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1"
            streamDriver.authMode="anon")"""
        if transport is Transport.TLS
        else 'module(load="imtcp")'
    )
    (folder / "rsyslog.conf").write_text(
        f"""global(workDirectory="{folder}")
        {driver}
        template(name="parts" type="string"
            string="{PARTS}\\n")
        input(type="imtcp" port="{port}" address="127.0.0.1")
        *.* action(type="omfile" file="{folder}/received" template="parts")
        """
    )
    command = [program, "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        try:
            wait_for_port(port, daemon)
            yield RemoteLog(
                address=f"127.0.0.1:{port}", transport=transport, ca=str(folder / "ca.pem")
            )
        finally:
            daemon.terminate()
            daemon.wait(SECONDS)


def wait_for_port(port: int, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and daemon.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)  # another process says it no other way
    raise AssertionError("rsyslogd does not listen")


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.TLS])
def test_rsyslog_receives_every_entry(transport: Transport, tmp_path: Path) -> None:
    (tmp_path / "rsyslog").mkdir()
    with rsyslog(tmp_path / "rsyslog", transport) as remote:
        tried = ("grüße@example.com", SignInReason.WRONG_PASSWORD)
        logged(tmp_path, *session(0x5784, "192.0.2.7:40001", tried), log=Log(remote=(remote,)))
        received = tmp_path / "rsyslog" / "received"
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            lines = received.read_text("utf-8").splitlines() if received.exists() else []
            if sum("POP3" in line for line in lines) == 3:
                break
            time.sleep(0.05)
    told = [line for line in lines if " POP3 " in line]
    assert [line.split()[0] for line in told] == ["info", "err", "info"]
    assert all(" office postroom 00005784 POP3 " in line for line in told)
    assert "Authentication error for user 'grüße@example.com': Invalid password" in told[1]
