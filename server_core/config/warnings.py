"""What a usable configuration had better not say, in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from server_core.config.admission import AccessRule, DenyEntry, Flow, FlowOverride, Otherwise
from server_core.config.admission import Verdict as Action
from server_core.config.checking import Problem
from server_core.config.endpoint import Endpoint
from server_core.config.listening import ProxyMode
from server_core.config.log import Log, Transport
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.config.networks import Network, parse_address
from server_core.config.signing_in import TEXT_METHODS

_SHORTEST_IDLE = 600  # RFC 1939 section 3
_IPV4_LOOPBACK, _IPV6_LOOPBACK = "127.0.0.1", "::1"
_ADMITTED = ""


def warnings_of(config: Config) -> tuple[Problem, ...]:
    """What is allowed but hardly meant; paths are those of a draft."""
    found = [*_limits("pop3.flow", config.pop3.flow, config.pop3.flow)]
    found += _rule_limits("pop3.access.rules", config.pop3.access.rules)
    found += _of_methods(config.pop3)
    found += _of_log(config.log)
    passwords = not {*TEXT_METHODS}.isdisjoint(config.pop3.plain_methods)
    for listener in config.pop3.listeners:
        path = f"pop3.listeners.{listener.name}"
        found += _of_listener(path, listener, passwords=passwords)
        found += _limits(f"{path}.flow", listener.flow, config.pop3.flow)
        found += _rule_limits(f"{path}.access.rules", listener.access.rules)
    return (*found, *_shut_out(config))


def _limits(path: str, limits: Flow | FlowOverride, inherited: Flow | None) -> Iterator[Problem]:
    for name in ("max_connections", "max_new"):
        one, everybody = f"{name}_per_peer", name
        own = getattr(limits, one), getattr(limits, everybody)
        if own == (None, None):
            continue
        above = getattr(inherited, one, None), getattr(inherited, everybody, None)
        each, total = (b if a is None else a for a, b in zip(own, above, strict=True))
        if each and total and each > total:
            place = one if own[0] is not None else everybody
            text = f"one address may take {each}, but all together only {total}"
            yield Problem(f"{path}.{place}", text)


def _rule_limits(path: str, rules: Sequence[AccessRule]) -> Iterator[Problem]:
    for number, rule in enumerate(rules, 1):
        yield from _limits(f"{path}.#{number}.flow", rule.flow, None)


def _of_listener(path: str, listener: Listener, *, passwords: bool) -> Iterator[Problem]:
    host, port = listener.endpoint
    implicit = listener.security is Security.TLS
    if 0 < listener.idle_timeout < _SHORTEST_IDLE:
        yield Problem(f"{path}.idle_timeout", "the standard asks for ten minutes or more")
    if implicit and port == 110:
        yield Problem(f"{path}.address", "clients expect no TLS from the start on port 110")
    if not implicit and port == 995:
        yield Problem(f"{path}.address", "clients expect TLS from the start on port 995")
    readable = listener.security in (Security.NONE, Security.STARTTLS) and passwords
    if listener.enabled and readable and not _is_loopback(host):
        yield Problem(f"{path}.security", "passwords can cross the network unprotected")
    if listener.proxy.mode is not ProxyMode.OFF and not listener.proxy.trusted:
        required = listener.proxy.mode is ProxyMode.REQUIRED
        refused = "so nobody can connect" if required else "so every header is refused"
        yield Problem(f"{path}.proxy.trusted", f"no proxy is trusted, {refused}")


def _of_methods(pop3: Pop3) -> Iterator[Problem]:
    waiting = [
        f"'{listener.name}'"
        for listener in pop3.listeners
        if listener.enabled and listener.security is Security.STARTTLS_REQUIRED
    ]
    if waiting and not pop3.allow_starttls:
        where = f"listener {waiting[0]}" if len(waiting) == 1 else f"listeners {', '.join(waiting)}"
        yield Problem("pop3.allow_starttls", f"nobody can sign in at {where}, which requires it")


def _of_log(log: Log) -> Iterator[Problem]:
    for number, remote in enumerate(log.remote, 1):
        host = remote.address.rpartition(":")[0].strip("[]")
        near = host == "localhost" or _is_loopback(host)
        if remote.enabled and remote.transport is not Transport.TLS and not near:
            text = f"what is sent to {host} can be read on the way; syslog over TLS hides it"
            yield Problem(f"log.remote.#{number}.transport", text)
    receive = log.receive
    anybody = any(network.endswith("/0") for network in receive.networks)
    if receive.enabled and anybody and not _is_loopback(Endpoint.parse(receive.address).host):
        text = "anybody who reaches this computer may write into its log"
        yield Problem("log.receive.networks", text)


def _shut_out(config: Config) -> Iterator[Problem]:
    """Rules that keep this computer itself out, each once with all the listeners."""
    found: dict[tuple[str, str], list[str]] = {}
    for listener in config.pop3.listeners:
        host = listener.endpoint.host
        address = _IPV6_LOOPBACK if host in ("::", _IPV6_LOOPBACK) else _IPV4_LOOPBACK
        wildcard = host in ("*", "0.0.0.0")  # noqa: S104 - compared, not bound
        if listener.enabled and (wildcard or _is_loopback(host) or host == "::"):
            place = _refuser(config, listener, parse_address(address))
            if place != _ADMITTED:
                found.setdefault((place, address), []).append(f"'{listener.name}'")
    for (place, address), names in found.items():
        listeners = f"listener {names[0]}" if len(names) == 1 else f"listeners {', '.join(names)}"
        yield Problem(place, f"keeps this computer itself ({address}) out of {listeners}")


def _refuser(config: Config, listener: Listener, address: tuple[int, int]) -> str:
    """The path of what refuses an address for good; rules that expire do not count."""
    own, service = listener.access, config.pop3.access
    path = f"pop3.listeners.{listener.name}.access"
    number = _decider(own.rules, address)
    if number:
        return _refusal(own.rules[number - 1], f"{path}.rules.#{number}")
    if own.otherwise is not Otherwise.SERVICE:
        return f"{path}.otherwise" if own.otherwise is Otherwise.DENY else _ADMITTED
    number = _decider(service.rules, address)
    if number:
        return _refusal(service.rules[number - 1], f"pop3.access.rules.#{number}")
    number = _decider(config.access.deny, address)
    if number:
        return f"access.deny.#{number}.address"
    return "pop3.access.otherwise" if service.otherwise is Action.DENY else _ADMITTED


def _refusal(rule: AccessRule, path: str) -> str:
    return f"{path}.address" if rule.action is Action.DENY else _ADMITTED


def _decider(rows: Sequence[AccessRule | DenyEntry], address: tuple[int, int]) -> int:
    """The number of the row that decides about an address (reference 7.3), or 0."""
    matching = [
        (getattr(row, "priority", 0), getattr(row, "action", Action.DENY) is Action.ALLOW, number)
        for number, row in enumerate(rows, 1)
        if row.enabled and not row.expires and Network.parse(row.address).covers(address)
    ]
    return min(matching)[2] if matching else 0


def _is_loopback(host: str) -> bool:
    return host == _IPV6_LOOPBACK or host.startswith("127.")
