"""postroomctl serve: ready lines, mail for the next session, signals, and what keeps it from it."""

from __future__ import annotations

import json
import os
import poplib
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.ctl.conftest import Console, Server

Serve = Callable[..., Server]
MAIL = b"Subject: hi\n\nHello\n"


@pytest.fixture
def ann(console: Console) -> Console:
    console.done("account", "add", "ann", "--password-stdin", stdin="long enough\n")
    return console


def signed_in(port: int) -> poplib.POP3:
    client = poplib.POP3("127.0.0.1", port, timeout=10)
    try:
        client.user("ann")
        client.pass_("long enough")
    except poplib.error_proto:
        client.close()
        raise
    return client


def test_every_listener_that_is_ready_says_so(console: Console, serve: Serve) -> None:
    console.done("config", "set", "pop3.listeners.safe", "{address='127.0.0.1:0', security='tls'}")
    server = serve()
    ready = [server.line(), server.line()]
    assert [(words[:2], words[3]) for words in ready] == [
        (["ready", "pop3"], "none"),
        (["ready", "safe"], "tls"),
    ]
    port = int(ready[1][2].rpartition(":")[2])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    poplib.POP3_SSL("127.0.0.1", port, timeout=10, context=context).quit()


def test_an_import_while_it_runs_is_there_for_the_next_session(
    ann: Console, serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    port = serve().port()
    before = signed_in(port)
    ann.done("import", "ann", str(tmp_path / "a.eml"))
    assert before.stat()[0] == 0
    before.quit()
    after = signed_in(port)
    assert after.retr(1)[1] == MAIL.splitlines()
    after.quit()


def test_sessions_are_listed_and_ended(ann: Console, serve: Serve) -> None:
    client = signed_in(serve().port())
    (session,) = json.loads(ann.done("sessions", "--json"))
    assert (session["user"], session["listener"]) == ("ann@example.com", "pop3")
    assert "ann@example.com" in ann.done("sessions")
    assert json.loads(ann.done("status", "--json"))["sessions"] == 1
    ann.done("kick", str(session["session"]))
    with pytest.raises((poplib.error_proto, OSError)):
        client.noop()
    client.close()
    assert "no session" in ann.refused("kick", str(session["session"]))


def test_a_suspended_account_is_shut_out_at_once(ann: Console, serve: Serve) -> None:
    port = serve().port()
    ann.done("account", "disable", "ann")
    with pytest.raises(poplib.error_proto):
        signed_in(port)


def test_a_listener_added_later_says_that_it_is_ready(console: Console, serve: Serve) -> None:
    server = serve()
    server.port()
    console.done("config", "set", "pop3.listeners.more", "{address='127.0.0.1:0', security='none'}")
    assert server.line()[:2] == ["ready", "more"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_order(console: Console, serve: Serve, number: signal.Signals) -> None:
    server = serve()
    server.port()
    server.process.send_signal(number)
    status, log = server.wait()
    assert status == 0
    assert "server is stopped" in log
    assert console.done("status").splitlines()[0].endswith(": stopped")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking")
def test_a_second_signal_stops_it_at_once(console: Console, serve: Serve) -> None:
    server = serve()
    server.port()
    if sys.platform != "win32":
        # Halted, it meets both signals in one go, before it can have drained anything.
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            server.process.send_signal(number)
    assert server.wait()[0] in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    assert console.done("check") == "all mailboxes are in order\n"


def test_what_is_not_everyday_goes_to_standard_error(ann: Console, serve: Serve) -> None:
    server = serve()
    port = server.port()
    signed_in(port).quit()
    ann.done("account", "disable", "ann")
    with pytest.raises(poplib.error_proto):
        signed_in(port)
    _, log = server.stop()
    if sys.platform != "win32":
        assert "account 'ann@example.com': suspended" in log
        assert "Authentication error for user 'ann@example.com'" in log
        assert "has logged in" not in log and "new connection" not in log


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals to open here")
def test_before_a_terminal_sessions_appear_as_they_happen(ann: Console, serve: Serve) -> None:
    if sys.platform != "win32":
        screen, terminal = os.openpty()
        server, shown = serve(stderr=terminal), b""
        os.close(terminal)
        signed_in(server.port()).quit()
        server.stop()
        with suppress(OSError):  # that is how Linux says that nobody writes there any more
            while piece := os.read(screen, 65_536):
                shown += piece
        os.close(screen)
        assert b"account 'ann@example.com' has logged in" in shown


def test_a_second_server_on_the_home_names_the_first(console: Console, serve: Serve) -> None:
    first = serve()
    first.port()
    assert f"process {first.process.pid}" in console.refused("serve")


def test_a_killed_server_leaves_a_home_that_works(ann: Console, serve: Serve) -> None:
    server = serve()
    server.port()
    server.kill()
    assert "ann@example.com" in ann.done("account", "list")
    signed_in(serve().port()).quit()


def test_a_bad_config_is_located_and_the_last_good_one_offered(
    console: Console, serve: Serve
) -> None:
    file = console.home / "config.toml"
    file.write_text(file.read_text() + "\n[pop3]\nmax_errors = 1000\n")
    status, log = serve().wait()
    assert status == 1
    assert f"{file}: line " in log
    assert f"postroomctl --home {console.home} serve --last-good" in log
    assert "serve --last-good" not in console.refused("status")
    server = serve("--last-good")
    server.port()
    assert "max_errors = 1000" in file.read_text()
    assert console.done("config", "get", "pop3.max_errors") == "20\n"


def test_a_bad_config_can_be_replaced_by_loading_another(console: Console, tmp_path: Path) -> None:
    file = console.home / "config.toml"
    good = tmp_path / "good.toml"
    good.write_bytes(file.read_bytes())
    file.write_text("[pop3")
    assert "line 1" in console.refused("account", "list")
    console.done("config", "load", str(good))
    assert "in order" in console.done("config", "check")


def test_a_taken_port_ends_a_server_that_has_no_other(console: Console, serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        taken_port = taken.getsockname()[1]
        address = f"127.0.0.1:{taken_port}"
        console.done("config", "set", "pop3.listeners.pop3.address", address)
        status, log = serve().wait()
    assert status == 1
    assert f"postroomctl: pop3: Port {taken_port} is used by" in log.splitlines()[-1]


def test_a_taken_port_beside_a_free_one_is_reported(console: Console, serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        entry = f"{{address='127.0.0.1:{taken.getsockname()[1]}'}}"
        console.done("config", "set", "pop3.listeners.taken", entry)
        server = serve()
        server.port()
        assert "listener taken" in console.done("status")
        listeners = json.loads(console.done("status", "--json"))["listeners"]
        assert [view["problem"] for view in listeners] == [None, "address_in_use"]
