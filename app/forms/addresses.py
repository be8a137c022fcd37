"""The addresses of this computer a listener can be bound to, with the words people know them by."""

from __future__ import annotations

import errno
import ipaddress
import socket

import psutil

from app.forms.words import tr

ANY = "*"
ANY_IPV4 = "0.0.0.0"  # noqa: S104 - offered for choice, not bound here
ANY_IPV6 = "::"
LOOPBACK = "127.0.0.1"
FURTHER = 2_000
"""How much higher the port is that the server names in place of one that cannot be had."""
TAKEN = (errno.EADDRINUSE, errno.EACCES)


def choices() -> list[tuple[str, str]]:
    """Pairs of a text and the host it stands for: the four classes, then each interface."""
    classes = [
        (tr("This computer only (127.0.0.1)"), LOOPBACK),
        (tr("All addresses (IPv4 and IPv6)"), ANY),
        (tr("All IPv4 addresses"), ANY_IPV4),
        (tr("All IPv6 addresses"), ANY_IPV6),
    ]
    return classes + [
        (f"{host}  ({adapter})", host)
        for host, adapter in interface_addresses()
        if host != LOOPBACK
    ]


def interface_addresses() -> list[tuple[str, str]]:
    """Every address of this computer with its adapter's name; link-local IPv6 is left out."""
    found: list[tuple[str, str]] = []
    for adapter, addresses in psutil.net_if_addrs().items():
        for entry in addresses:
            if entry.family in (socket.AF_INET, socket.AF_INET6):
                host = entry.address.partition("%")[0]
                if not ipaddress.ip_address(host).is_link_local:
                    found.append((host, adapter))
    return found


def local_networks() -> list[tuple[str, str]]:
    """The networks this computer is in, each with its adapter's name; loopback is left out."""
    found: dict[str, str] = {}
    for adapter, addresses in psutil.net_if_addrs().items():
        for entry in addresses:
            if entry.family not in (socket.AF_INET, socket.AF_INET6) or not entry.netmask:
                continue
            host = ipaddress.ip_address(entry.address.partition("%")[0])
            if host.is_loopback or host.is_link_local:
                continue
            bits = int(ipaddress.ip_address(entry.netmask)).bit_count()
            found.setdefault(str(ipaddress.ip_network(f"{host}/{bits}", strict=False)), adapter)
    return list(found.items())


def spoken_host(host: str) -> str:
    """The host as the table shows it."""
    names = {
        LOOPBACK: tr("This computer only"),
        "::1": tr("This computer only (IPv6)"),
        ANY: tr("All addresses"),
        ANY_IPV4: tr("All IPv4 addresses"),
        ANY_IPV6: tr("All IPv6 addresses"),
    }
    return names.get(host, host)


def joined(host: str, port: int) -> str:
    """Host and port in the notation of the configuration file."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parted(endpoint: str) -> tuple[str, int]:
    """Host and port of an endpoint that may still be wrong: what is no number counts as port 0."""
    host, _, port = endpoint.rpartition(":")
    return host.strip("[]"), int(port) if port.isascii() and port.isdigit() else 0


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def overlap(host: str, other: str) -> bool:
    """Whether two listeners on one port would ask for the same address."""
    if host == other or ANY in (host, other):
        return True
    wildcard = ANY_IPV6 if ":" in host else ANY_IPV4
    return (":" in host) is (":" in other) and wildcard in (host, other)


def is_free(host: str, port: int) -> bool:
    """Whether no program holds this port now, as far as this computer has the address at all."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("" if host == ANY else host, port))
        except OSError as problem:
            return problem.errno not in TAKEN
    return True


def alternative_port(host: str, port: int, taken: set[int]) -> int:
    """A port near ``port`` that nobody uses: 2000 higher for a well-known one, else the next."""
    return _free_from(port + FURTHER if port < 1_024 else port + 1, host, taken)


def port_instead(host: str, port: int, taken: set[int]) -> int:
    """A port that nobody uses, for one that cannot be had: the one the server names, or behind."""
    named = port + FURTHER if port + FURTHER <= 65_535 else port - FURTHER
    return _free_from(named, host, taken)


def _free_from(candidate: int, host: str, taken: set[int]) -> int:
    while candidate < 65_535 and (candidate in taken or not is_free(host, candidate)):
        candidate += 1
    return candidate
