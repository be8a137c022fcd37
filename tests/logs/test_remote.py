"""Other computers: datagrams, syslog over TCP and TLS, the system's log, and receiving."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from server_core.config.log import Receive, RemoteLog, Transport
from server_core.events.types import Level
from server_core.logs.destination import Unwritten
from server_core.logs.entry import Entry
from server_core.logs.receiver import Receiver, received
from server_core.logs.remote import Datagrams, Stream
from server_core.logs.syslog import framed, syslog_message
from server_core.logs.system import SystemLog, system_log

MOMENT = 1_773_480_000.25  # 2026-03-14 09:20:00.250 UTC


def entry(text: str = "hello", session: int = 0x5784) -> Entry:
    return Entry(MOMENT, Level.WARNING, "office", "POP3", session, text)


def test_a_syslog_message_is_as_rfc_5424_wants_it() -> None:
    assert syslog_message(entry()) == (
        b"<20>1 2026-03-14T09:20:00.250Z office postroom 00005784 POP3 - hello"
    )
    assert syslog_message(entry("grüße", 0)).endswith(
        b" office postroom - POP3 - \xef\xbb\xbf" + "grüße".encode()
    )
    assert framed(b"hello") == b"5 hello"


@pytest.mark.parametrize("transport", [Transport.LINES, Transport.UDP])
def test_datagrams_carry_an_entry_each(transport: Transport) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        port = receiver.getsockname()[1]
        sender = Datagrams(RemoteLog(address=f"127.0.0.1:{port}", transport=transport))
        sender.write([entry("one"), entry("two")])
        got = [receiver.recv(9000).decode() for _ in range(2)]
        sender.close()
    shape = r"2026-03-14 \S+ \S+ 04 office POP3:00005784: (.*)"
    if transport is Transport.LINES:
        assert [re.fullmatch(shape, line).group(1) for line in got] == ["one", "two"]  # type: ignore[union-attr]
    else:
        assert [line.rpartition(" ")[2] for line in got] == ["one", "two"]


def listening() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)
    return listener


def serve(listener: socket.socket, talk: Callable[[socket.socket], None]) -> threading.Thread:
    def run() -> None:
        connection, _ = listener.accept()
        connection.settimeout(5)
        talk(connection)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.TLS])
def test_a_stream_frames_every_message(transport: Transport, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    got: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        if transport is Transport.TLS:
            connection = context.wrap_socket(connection, server_side=True)
        while octets := connection.recv(4096):
            got.append(octets)
        connection.close()

    with listening() as listener:
        thread = serve(listener, talk)
        port = listener.getsockname()[1]
        remote = RemoteLog(
            address=f"127.0.0.1:{port}", transport=transport, ca=str(tmp_path / "ca.pem")
        )
        stream = Stream(remote)
        stream.write([entry("one"), entry("two")])
        stream.close()
        thread.join()
    one, two = (syslog_message(entry(text)) for text in ("one", "two"))
    assert b"".join(got) == framed(one) + framed(two)


def test_a_receiver_nobody_vouches_for_gets_nothing() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    def talk(connection: socket.socket) -> None:
        with pytest.raises(OSError), context.wrap_socket(connection, server_side=True):
            pass
        connection.close()

    with listening() as listener:
        thread = serve(listener, talk)
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(OSError, match="the receiver's certificate is not trusted: unable"):
            Stream(RemoteLog(address=address, transport=Transport.TLS))
        thread.join()


def test_a_receiver_without_tls_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"220 no TLS is spoken here\r\n")
        connection.close()

    with listening() as listener:
        remote = RemoteLog(
            address=f"127.0.0.1:{listener.getsockname()[1]}", transport=Transport.TLS
        )
        thread = serve(listener, talk)
        with pytest.raises(OSError, match=r"no TLS connection to the receiver: [a-z ]+$"):
            Stream(remote)
        thread.join()
        monkeypatch.setattr("server_core.logs.remote._SECONDS", 0.1)
        with pytest.raises(OSError, match="the receiver does not answer with TLS"):
            Stream(remote)


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    remote = RemoteLog(transport=Transport.TLS, ca=str(tmp_path / "ca.pem"))
    with pytest.raises(OSError, match=r"cannot be read: No such file or directory: .*ca\.pem"):
        Stream(remote)
    (tmp_path / "ca.pem").write_text("no PEM")
    with pytest.raises(OSError, match=r"there is no certificate in .*ca\.pem"):
        Stream(remote)


def test_a_receiver_that_went_away_is_noticed_before_it_swallows_a_batch() -> None:
    gone = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.close()
        gone.set()

    with listening() as listener:
        thread = serve(listener, talk)
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        stream = Stream(RemoteLog(address=address, transport=Transport.TCP))
        assert gone.wait(5)
        thread.join()
        with pytest.raises(ConnectionError):
            for _ in range(100):  # the end may take a moment to arrive
                stream.write([])
        stream.close()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Windows has the Event Log instead")
def test_the_system_log_gets_lines_as_local_programs_send_them(tmp_path: Path) -> None:
    if sys.platform == "win32":  # for the type checker; pytest has skipped it there
        raise NotImplementedError
    path = str(tmp_path / "log")
    with pytest.raises(OSError, match="no system log listens"):
        SystemLog(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(path)
        daemon.settimeout(5)
        log = SystemLog(path)
        log.write([entry()])
        log.close()
        assert re.fullmatch(
            r"<20>postroom\[\d+\]: POP3:00005784: hello", daemon.recv(9000).decode()
        )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has the Event Log instead")
def test_macos_gets_entries_by_the_call_that_reaches_its_unified_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if sys.platform == "win32":  # for the type checker; pytest has skipped it there
        raise NotImplementedError
    told: list[tuple[int, str]] = []
    monkeypatch.setattr("syslog.syslog", lambda level, text: told.append((level, text)))
    monkeypatch.setattr(sys, "platform", "darwin")
    log = system_log()
    log.write([entry(), entry("grüße")])
    log.close()
    assert told == [(20, "POP3:00005784: hello"), (20, "POP3:00005784: grüße")]


def test_a_received_line_is_the_entry_it_was_made_from() -> None:
    line = b"2026-03-14 10:20:00 +0100 04 cellar IMAP:0000BEEF: hello \x1b[2J\n"
    got = received(line, "192.0.2.7", 0.0)
    assert (got.time, got.level, got.host) == (1_773_480_000.0, Level.WARNING, "cellar")
    assert (got.module, got.session, got.text) == ("IMAP", 0xBEEF, "hello ?[2J")
    assert got.received


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"<20>1 2026-03-14T09:20:00.250Z cellar imapd - - - hello",
        b"2026-13-99 10:20:00 +0100 04 cellar IMAP:0000BEEF: hello",
        b"2026-03-14 10:20:00 +0100 05 cellar IMAP:0000BEEF: hello",
        b"x" * 70_000,
    ],
)
def test_anything_else_is_kept_as_one_harmless_line(data: bytes) -> None:
    got = received(data, "192.0.2.7", 7.0)
    assert (got.time, got.host, got.module) == (7.0, "192.0.2.7", "REMOTE")
    assert got.text.isprintable() and len(got.text) <= 8192


async def test_only_allowed_networks_are_heard() -> None:
    heard: asyncio.Queue[Entry] = asyncio.Queue()

    def take(entries: list[Entry]) -> None:
        for one in entries:
            heard.put_nowait(one)

    receiver = Receiver(take)
    await receiver.apply(Receive(enabled=True, address="127.0.0.1:0", networks=("127.0.0.1",)))
    assert receiver.address is not None
    for source in ("127.0.0.2", "127.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((source, 0))
            sender.sendto(source.encode(), receiver.address)
    async with asyncio.timeout(5):
        assert (await heard.get()).text == "127.0.0.1"
    assert receiver.refused == 1 and heard.empty()
    receiver.close()


async def test_a_port_that_is_taken_is_a_problem_in_words() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        receiver = Receiver(lambda entries: None)
        await receiver.apply(Receive(enabled=True, address=f"127.0.0.1:{port}"))
        assert receiver.problem == (
            f"nothing can be received at 127.0.0.1:{port}: address already in use"
        )
        await receiver.apply(Receive())
        assert receiver.problem == ""


async def test_a_port_that_is_given_back_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server_core.logs.receiver.RETRY_SECONDS", 0.02)
    heard: asyncio.Queue[list[Entry]] = asyncio.Queue()
    receiver = Receiver(heard.put_nowait)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = taken.getsockname()
        await receiver.apply(Receive(enabled=True, address=f"127.0.0.1:{address[1]}"))
        assert receiver.problem
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        async with asyncio.timeout(5):
            while heard.empty():
                sender.sendto(b"hello", address)
                await asyncio.sleep(0.01)  # a port that nobody has yet says nothing
    assert receiver.problem == ""
    receiver.close()


async def test_strangers_are_told_of_but_do_not_fill_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = Receiver(lambda entries: None)
    await receiver.apply(Receive(enabled=True, address="127.0.0.1:0"))
    for _ in range(150):
        receiver.datagram_received(b"hello", ("192.0.2.7", 1))
    receiver.close()
    told = [record.getMessage().partition(" ")[0] for record in caplog.records]
    assert told == ["1", "10", "100"]


def test_a_computer_that_refuses_datagrams_is_noticed_and_nothing_is_taken_for_sent() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    sender = Datagrams(RemoteLog(address=address))
    with pytest.raises(Unwritten, match="refused") as caught:
        sender.write([entry("one"), entry("two")])
    assert [one.text for one in caught.value.left] == ["one", "two"]
    sender.close()


def test_a_receiver_that_takes_nothing_any_more_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server_core.logs.remote._SECONDS", 0.1)
    with listening() as listener:
        remote = RemoteLog(
            address=f"127.0.0.1:{listener.getsockname()[1]}", transport=Transport.TCP
        )
        stream = Stream(remote)
        connection, _ = listener.accept()
        entries = [entry(f"{number} {'x' * 7000}") for number in range(5_000)]
        with pytest.raises(Unwritten, match="timed out") as caught:
            stream.write(entries)
        stream.close()
        connection.close()
    assert 0 < len(caught.value.left) < 5_000
    assert caught.value.left[-1] is entries[-1]
