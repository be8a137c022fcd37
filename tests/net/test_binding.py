"""Binding addresses, and the words when that fails."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import psutil
import pytest

from server_core.config.endpoint import Endpoint
from server_core.events.reasons import ListenerProblem
from server_core.net.binding import BindFailed, alternative_port, bind, bound_address


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this very process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_refused_with_its_owner_and_an_alternative(taken: int) -> None:
    with pytest.raises(BindFailed) as failed:
        bind(Endpoint("127.0.0.1", taken))
    name = psutil.Process(os.getpid()).name()
    assert failed.value.problem is ListenerProblem.ADDRESS_IN_USE
    assert f"used by {name} (process {os.getpid()})" in str(failed.value)
    assert str(alternative_port(taken)) in str(failed.value)


def test_an_address_of_another_computer_is_refused() -> None:
    with pytest.raises(BindFailed, match="not an address of this computer") as failed:
        bind(Endpoint("192.0.2.1", 0))
    assert failed.value.problem is ListenerProblem.ADDRESS_MISSING


def test_a_star_listens_on_both_ip_versions_at_one_port() -> None:
    sockets = bind(Endpoint("*", 0))
    try:
        families = {sock.family for sock in sockets}
        ports = {sock.getsockname()[1] for sock in sockets}
        assert socket.AF_INET in families
        assert families == {socket.AF_INET, socket.AF_INET6} or not socket.has_ipv6
        assert len(ports) == 1
        assert bound_address(Endpoint("*", 0), sockets) == f"*:{ports.pop()}"
    finally:
        for sock in sockets:
            sock.close()


def test_replies_to_connections_are_not_held_back() -> None:
    (listening,) = bind(Endpoint("127.0.0.1", 0))
    with listening, socket.create_connection(listening.getsockname()):
        listening.setblocking(True)
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(("port", "other"), [(110, 2110), (995, 2995), (65_000, 63_000)])
def test_the_alternative_is_a_port_any_program_may_use(port: int, other: int) -> None:
    assert alternative_port(port) == other
