"""What a refused connection costs: ``python3 tests/benchmarks/refusals.py [--seconds 3]``.

A real server is asked as often as one process can, from many loopback addresses (Linux). Those are
never banned, so what a ban costs is seen in the second table: the decision alone, in this process.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from server_core.config.draft import Draft
from server_core.config.model import Config
from server_core.config.networks import parse_address
from server_core.events.ring import Hub
from server_core.net.gate import Gate, TurnedAway
from server_core.policy.bans import MOST_BANS
from server_core.policy.failures import Failure
from tests.benchmarks.process_tree import ProcessTree
from tests.benchmarks.refusals_load import GREETED, Flood, result, sources, start, together
from tests.faults.server import Server, make_home

_ADDRESSES = 1_000
_ASKED_FOR = 30_000
_REPEATED = 10
_LEAST_SHARE = 0.9
_STRICT = {"bans.failures": 1}
_NETWORK = "127.66.0.0/16"
_RULE = {"action": "deny", "address": _NETWORK}


class Way(NamedTuple):
    """One way to be refused, and the settings that bring it about."""

    title: str
    edits: Mapping[str, object]


WAYS = (
    Way("denied by a rule", {"pop3.access.rules": [_RULE]}),
    Way(
        "denied by one of 10,000 rules",
        {
            "pop3.access.rules": [
                *({"action": "deny", "address": f"10.{n >> 8}.{n & 255}.1"} for n in range(9_999)),
                _RULE,
            ]
        },
    ),
    Way("a limit, asked to try later", {"pop3.flow.max_new_per_peer": 1}),
    Way(
        "a limit, without a word", {"pop3.flow.max_new_per_peer": 1, "pop3.flow.on_limit": "close"}
    ),
)
_ROOM = {
    "pop3.flow.max_connections": 0,
    "pop3.flow.max_connections_per_peer": 0,
    "pop3.flow.max_new": 0,
    "pop3.flow.interval": 86_400,
}


class Cost(NamedTuple):
    """What was measured for one way."""

    title: str
    refused: int
    per_second: float
    microseconds: float
    grown: int


def measure(folder: Path, way: Way, seconds: float) -> Cost:
    """Flood a server of its own in this way."""
    home = folder / "home"
    make_home(home)
    with Server(home) as server:
        server.ask("change_config", edits={**_ROOM, **way.edits})
        (view,) = server.ask("listeners")
        port = int(view.address.rpartition(":")[2])
        everybody = sources(66, _ADDRESSES)
        result(start(Flood(port, _ADDRESSES * 2, _ASKED_FOR, everybody)))  # uses up the limit
        tree = ProcessTree(server.process.pid)
        cpu, memory = tree.cpu_seconds(), tree.memory()
        refused = server.ask("status").counters.refused
        attempts = int(seconds * _ASKED_FOR / 4)
        heard = together([result(start(Flood(port, attempts, _ASKED_FOR, everybody)))])
        spent, grown = tree.cpu_seconds() - cpu, tree.memory() - memory
        refused = server.ask("status").counters.refused - refused
    # Asked faster than it can take them, the system loses some before the server sees them.
    if heard.count(GREETED) or refused < attempts * _LEAST_SHARE:
        raise RuntimeError(f"{way.title}: {refused} of {attempts} were refused")
    return Cost(way.title, refused, refused / heard.seconds, spent * 1e6 / refused, grown)


def microseconds_to_decide(way: Way | None) -> float:
    """The gate alone, asked by addresses it refuses; without a way they are 10,000 banned ones."""
    draft = Draft(Config())
    for path, value in {**_ROOM, **(way.edits if way else _STRICT)}.items():
        draft.set(path, value)
    gate = Gate(draft.checked(), Hub())
    hosts = sources(66, _ADDRESSES)
    if way is None:
        hosts = tuple(f"203.{n >> 8}.{n & 255}.1" for n in range(MOST_BANS))
        for host in hosts:
            gate.failed(Failure(time.time(), parse_address(host), "pop3", "ann@example.org"))
    for host in hosts:
        gate.admit("pop3", host, host)  # uses up the limit
    begun = time.process_time()
    for host in hosts * _REPEATED:
        if not isinstance(gate.admit("pop3", host, host), TurnedAway):
            raise RuntimeError(f"{host} came in")
    return (time.process_time() - begun) * 1e6 / (len(hosts) * _REPEATED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="about so long for each way (3)")
    options = parser.parse_args(arguments)
    print("| refused because | refusals/s | server CPU, µs each | memory, MB more |")
    print("|---|---:|---:|---:|")
    for way in WAYS:
        with tempfile.TemporaryDirectory(prefix="postroom-refusals-") as folder:
            cost = measure(Path(folder), way, options.seconds)
        print(
            f"| {cost.title} | {cost.per_second:,.0f} | {cost.microseconds:.0f}"
            f" | {cost.grown / 1e6:.1f} |",
            flush=True,
        )
    print("\n| the decision alone | µs |\n|---|---:|")
    for one in (*WAYS, None):
        title = one.title if one else "banned, one of 10,000 bans"
        print(f"| {title} | {microseconds_to_decide(one):.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
