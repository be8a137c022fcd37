"""How long each kind of refusal takes: ``tests/benchmarks/refused_sign_ins.py [--rounds N]``.

A client must not tell a wrong password from an unknown user by the clock. A real server on loopback
is asked in every way, the kinds in random order in each round so that all meet the same weather.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from server_core.config.account_terms import AccountTerms
from server_core.config.signing_in import SECRET_METHODS, Method
from server_core.home import Home
from server_core.service import MailService
from tests.net.conftest import ANY_CROWD, PASSWORD, Client, apply, listener, office
from tests.net.sign_ins import CLIENTS

_METHODS = (Method.USER_PASS, Method.PLAIN, Method.CRAM_MD5, Method.SCRAM_SHA_256)
_KINDS = {
    "wrong password": ("ann", "wrong"),
    "unknown user": ("nobody", PASSWORD),
    "disabled": ("disabled", PASSWORD),
    "method barred": ("barred", PASSWORD),
}
_WARM_UP = 3
Times = Mapping[str, list[float]]


async def serve(home: Path) -> MailService:
    """A server that refuses at once, with an account for each kind of refusal."""
    service = MailService(Home(home))
    service.home.prepare()
    await service.start()
    assert service._premises is not None
    directory = service._premises.directory
    config = office(
        listener(), plain_methods=_METHODS, secrets={"keep_for": SECRET_METHODS}, **ANY_CROWD
    )
    await apply(service, config)
    for user in ("ann", "disabled", "barred"):
        await service.add_account(user, PASSWORD)
    await service.set_enabled("disabled", False)
    terms = AccountTerms(methods=(Method.GSSAPI,))
    await asyncio.to_thread(directory.set_terms, "barred@localhost", terms)
    await apply(service, config)
    return service


async def attempt(service: MailService, method: Method, user: str, password: str) -> float:
    """Seconds from a client's first word to its refusal."""
    host, _, port = service.listeners()[0].address.rpartition(":")
    client = Client(*await asyncio.open_connection(host, int(port)))
    greeting = await client.line()
    begun = time.perf_counter()
    answer = await CLIENTS[method](client, greeting, user, password)
    seconds = time.perf_counter() - begun
    assert answer.startswith("-ERR [AUTH] "), answer
    await client.close()
    return seconds


async def measure(rounds: int, seed: int = 1) -> Mapping[Method, Times]:
    """The times of every kind of refusal by every method."""
    chance = random.Random(seed)
    times: dict[Method, dict[str, list[float]]] = {m: {k: [] for k in _KINDS} for m in _METHODS}
    with tempfile.TemporaryDirectory() as folder:
        service = await serve(Path(folder) / "home")
        for turn in range(_WARM_UP + rounds):
            order = [(method, kind) for method in _METHODS for kind in _KINDS]
            chance.shuffle(order)
            for method, kind in order:
                seconds = await attempt(service, method, *_KINDS[kind])
                if turn >= _WARM_UP:
                    times[method][kind].append(seconds)
        await service.stop(grace=0.1)
    return times


def median_and_error(samples: list[float]) -> tuple[float, float]:
    """Their median in milliseconds, and its standard error as far as quartiles tell."""
    low, _, high = statistics.quantiles(samples, n=4)
    error = 1.2533 * (high - low) / 1.349 / len(samples) ** 0.5
    return statistics.median(samples) * 1000, error * 1000


def table(times: Mapping[Method, Times]) -> str:
    """What was measured, as Markdown."""
    lines = [
        f"| method | {' | '.join(_KINDS)} | largest difference |",
        f"| --- |{' ---: |' * (len(_KINDS) + 1)}",
    ]
    for method, kinds in times.items():
        found = [median_and_error(samples) for samples in kinds.values()]
        cells = " | ".join(f"{median:.3f} ± {error:.3f}" for median, error in found)
        medians = [median for median, _ in found]
        name = "PASS" if method is Method.USER_PASS else method.value.upper()
        lines.append(f"| {name} | {cells} | {max(medians) - min(medians):.3f} |")
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    print("Milliseconds to a refusal, median ± its standard error")
    print(table(asyncio.run(measure(options.rounds))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
