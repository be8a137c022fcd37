"""The kinds of listener the Add menu offers, and how a new one gets its name and port."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.forms import addresses
from app.forms.words import tr
from server_core.config.model import Security

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """A row of the Add menu. ``moves`` tells that another port is taken when this one is used."""

    id: str
    title: str
    host: str
    port: int
    security: Security
    moves: bool = False


TEMPLATES = (
    Template(
        "starttls",
        "POP3 with STARTTLS, port 110",
        addresses.ANY,
        110,
        Security.STARTTLS_REQUIRED,
    ),
    Template("tls", "POP3 over TLS, port 995", addresses.ANY, 995, Security.TLS),
    Template(
        "local", "This computer only", addresses.LOOPBACK, 1110, Security.STARTTLS, moves=True
    ),
    Template("custom", "Custom", addresses.ANY, 1110, Security.STARTTLS_REQUIRED, moves=True),
)


def from_template(template: Template, others: Iterable[Values]) -> dict[str, Any]:
    """The settings of a new listener beside these others."""
    listed = list(others)
    port = template.port
    if template.moves:
        port = _unused_port(template.host, port, listed)
    return {
        "name": unused_name(f"{tr('POP3')} {port}", listed),
        "address": addresses.joined(template.host, port),
        "security": template.security.value,
    }


def copy_of(original: Values, others: Iterable[Values]) -> dict[str, Any]:
    """The settings of a copy: another name, another port."""
    listed = list(others)
    host, port = addresses.parted(str(original["address"]))
    return {
        **original,
        "name": unused_name(f"{original['name']} {tr('copy')}", listed),
        "address": addresses.joined(host, _unused_port(host, port, listed)),
    }


def ports_of(others: Iterable[Values]) -> set[int]:
    """The ports these listeners ask for."""
    return {addresses.parted(str(values["address"]))[1] for values in others}


def unused_name(wanted: str, others: Iterable[Values]) -> str:
    """The name, with a number behind it when another listener has it."""
    taken = {str(values["name"]).lower() for values in others}
    name, number = wanted, 2
    while name.lower() in taken:
        name, number = f"{wanted} {number}", number + 1
    return name


def _unused_port(host: str, port: int, others: list[Values]) -> int:
    taken = ports_of(others)
    if port not in taken and addresses.is_free(host, port):
        return port
    return addresses.alternative_port(host, port, taken)
