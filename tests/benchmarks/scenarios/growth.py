"""What must stay flat: the cost of a poll as accounts, rules and the mailbox grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.benchmarks.bench import Bench
from tests.benchmarks.mailboxes import Group
from tests.benchmarks.postroom_target import PostroomTarget
from tests.benchmarks.scenarios.scenario import Metric, Scenario
from tests.benchmarks.target import Target

_FEW, _MANY = 10, 10_000
_FLAT = 1.2  # two measurements of the same differ by so much
_OFFICE = Group("office", _FEW, (1_200,) * 5)


@cache
def _with_accounts(folder: Path, accounts: int) -> PostroomTarget:
    """A server with so many accounts, a few of which poll."""
    home = folder / f"{accounts} accounts"
    home.mkdir()
    made = PostroomTarget(home)
    made.prepare({_OFFICE.name: _OFFICE}, bystanders=accounts - _OFFICE.users)
    return made


def _of_accounts(bench: Bench, _: Target) -> Sequence[float]:
    few, many = (_with_accounts(bench.folder, accounts) for accounts in (_FEW, _MANY))
    return _compared(_poll(bench, few, _OFFICE), _poll(bench, many, _OFFICE))


def _of_rules(bench: Bench, _: Target) -> Sequence[float]:
    target = _with_accounts(bench.folder, _FEW)
    spent = []
    for rules in (_FEW, _MANY):
        bench.running(target)
        target.change_config({"pop3.access.rules": [_rule(number) for number in range(rules)]})
        spent.append(_poll(bench, target, _OFFICE))
    target.change_config({"pop3.access.rules": []})
    return _compared(*spent)


def _rule(number: int) -> Mapping[str, object]:
    """A network nobody here comes from."""
    return {"action": "deny", "address": f"10.{number >> 8}.{number & 255}.0/24"}


def _of_mailbox(bench: Bench, target: Target) -> Sequence[float]:
    few, archive = bench.population["few"], bench.population["archive"]
    return _compared(_poll(bench, target, few), _poll(bench, target, archive))


def _poll(bench: Bench, target: Target, group: Group) -> float:
    return bench.load(target, group, "poll").cpu_ms


def _compared(few: float, many: float) -> Sequence[float]:
    return few, many, many / few


def _metrics(key: str, few: str, many: str) -> Mapping[str, Metric]:
    return {
        f"{key} few": Metric(f"poll with {few}: server CPU", "ms/session"),
        f"{key} many": Metric(f"poll with {many}: server CPU", "ms/session"),
        f"{key} growth": Metric(f"poll with {many} against {few}", "times", wanted=_FLAT),
    }


SCENARIOS = {
    "grow-accounts": Scenario(
        _metrics("grow-accounts", f"{_FEW} accounts", f"{_MANY:,} accounts"),
        _of_accounts,
        (),
        alone=True,
    ),
    "grow-rules": Scenario(
        _metrics("grow-rules", f"{_FEW} rules", f"{_MANY:,} rules"), _of_rules, (), alone=True
    ),
    "grow-mailbox": Scenario(
        _metrics("grow-mailbox", "few messages", "very many messages"),
        _of_mailbox,
        ("few", "archive"),
    ),
}
