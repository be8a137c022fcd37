"""Binding a listener's address, and words for when that fails."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys

import psutil

from server_core.config.endpoint import Endpoint
from server_core.events.reasons import ListenerProblem

BACKLOG = 4096  # the system cuts it down to its own most


class BindFailed(Exception):
    """An address cannot be listened on; ``str()`` says why and what to do."""

    def __init__(self, problem: ListenerProblem, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = problem


def bind(endpoint: Endpoint) -> list[socket.socket]:
    """Listening, non-blocking sockets for an address; ``*`` gives one for each IP version.

    Raises BindFailed. A computer without IPv6 gets IPv4 alone for ``*``.
    """
    hosts = ["0.0.0.0", "::"] if endpoint.host == "*" else [endpoint.host]  # noqa: S104 - asked for
    sockets: list[socket.socket] = []
    port = endpoint.port
    try:
        for host in hosts:
            try:
                sockets.append(_bind_one(host, port))
            except OSError as problem:
                if host == "::" and sockets and problem.errno in _NO_SUCH_FAMILY:
                    continue
                raise
            port = sockets[0].getsockname()[1]
    except OSError as problem:
        for sock in sockets:
            sock.close()
        raise _explained(endpoint, problem) from problem
    return sockets


def bound_address(endpoint: Endpoint, sockets: list[socket.socket]) -> str:
    """Where the sockets really listen, with port 0 resolved."""
    return str(Endpoint(endpoint.host, sockets[0].getsockname()[1]))


def alternative_port(port: int) -> int:
    """A port any program may use, close to the one that could not be had: 110 becomes 2110."""
    return port + 2000 if port + 2000 < 65_536 else port - 2000


def owner_of(port: int) -> str:
    """Who listens on a local TCP port, as ``program (process 4312)``; empty when it is hidden."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            listening = connection.status == psutil.CONN_LISTEN
            if listening and connection.laddr and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""


_NO_SUCH_FAMILY = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


def _bind_one(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # There SO_REUSEADDR would let two programs share, and steal from, one port.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Connections inherit it. Without it a lock-step client waits 40 ms for every second reply.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def _explained(endpoint: Endpoint, problem: OSError) -> BindFailed:
    port, other = endpoint.port, alternative_port(endpoint.port)
    # Windows says "access denied" for a port that another program holds for itself alone.
    if problem.errno == errno.EADDRINUSE or (problem.errno == errno.EACCES and port >= 1024):
        owner = owner_of(port) or "another program"
        text = f"Port {port} is used by {owner}. Stop it, or use port {other}."
        return BindFailed(ListenerProblem.ADDRESS_IN_USE, text)
    if problem.errno == errno.EACCES:
        text = (
            f"This system does not let this program use port {port}: ports below 1024 need extra "
            f"rights. Use port {other}, or run Postroom as a service."
        )
        return BindFailed(ListenerProblem.NO_PERMISSION, text)
    if problem.errno == errno.EADDRNOTAVAIL:
        text = f"{endpoint.host} is not an address of this computer now."
        return BindFailed(ListenerProblem.ADDRESS_MISSING, text)
    text = f"The address cannot be used: {problem.strerror or problem}."
    return BindFailed(ListenerProblem.OTHER, text)
