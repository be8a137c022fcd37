"""A server that may open no more files: who is in goes on, who waits comes in afterwards."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from tests.faults.conftest import deliver, until
from tests.faults.conversation import Conversation
from tests.faults.letters import digest_of
from tests.faults.server import Server

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit"),
]


_LOWEST = 8


@contextmanager
def exhausted(server: Server, crowd: ExitStack) -> Iterator[list[Conversation]]:
    """No descriptor is left for anything; gives connections that wait in vain."""
    if sys.platform != "linux":
        raise NotImplementedError("needs prlimit")
    else:
        from resource import RLIMIT_NOFILE, prlimit

        pid = server.process.pid
        before = prlimit(pid, RLIMIT_NOFILE)
        # The lowest descriptors are all in use, what is open stays open.
        prlimit(pid, RLIMIT_NOFILE, (_LOWEST, before[1]))
        waiting = [crowd.enter_context(server.connect()) for _ in range(5)]
        until(lambda: "cannot take connections" in server.said())
        try:
            yield waiting
        finally:
            prlimit(pid, RLIMIT_NOFILE, before)


def test_sessions_go_on_and_those_who_wait_come_in_afterwards(server: Server) -> None:
    (letter,) = deliver(server, 1_000)
    with server.signed_in("ann") as inside, ExitStack() as crowd:
        with exhausted(server, crowd) as waiting:
            assert inside.say("NOOP").startswith("+OK")
            assert inside.say("LIST 1").startswith("+OK")
        for connection in waiting:
            assert connection.line().startswith("+OK")
        assert digest_of(inside.ask("RETR 1")) == letter.digest


def test_a_message_that_cannot_be_opened_now_is_not_called_damaged(server: Server) -> None:
    (letter,) = deliver(server, 1_000)
    with server.signed_in("ann") as inside, ExitStack() as crowd:
        with exhausted(server, crowd):
            assert inside.say("RETR 1").startswith("-ERR [SYS/TEMP]")
        assert digest_of(inside.ask("RETR 1")) == letter.digest


def test_a_pause_holds_also_when_descriptors_come_back(server: Server) -> None:
    with server.control() as link, ExitStack() as crowd:
        link.call("status")
        with exhausted(server, crowd):
            link.call("pause")
        with server.connect() as outside:
            # Longer than the server waits before it tries to take connections again.
            assert not select.select([outside.socket], [], [], 2)[0]
            link.call("resume")
            assert outside.line().startswith("+OK")


def test_a_control_call_meanwhile_does_not_fill_the_log(server: Server) -> None:
    with ThreadPoolExecutor(1) as hand, ExitStack() as crowd:
        with exhausted(server, crowd):
            call = hand.submit(server.ask, "status")
            assert server.live_for(1)
        # Whether it was kept waiting or turned away, the next one is answered.
        call.exception(10)
        assert server.ask("status").accounts == 2
    assert server.log.read_text().count("could not be accepted") < 20
