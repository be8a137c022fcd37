"""A directory on a real file, with Argon2 parameters that cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import argon2
import pytest

from server_core.accounts.directory import Directory
from server_core.accounts.verifiers import OWASP, Hasher


def cheap(memory: int = 8) -> argon2.Parameters:
    return argon2.Parameters(
        type=OWASP.type,
        version=OWASP.version,
        salt_len=OWASP.salt_len,
        hash_len=OWASP.hash_len,
        time_cost=1,
        memory_cost=memory,
        parallelism=1,
    )


class CountingHasher(Hasher):
    """The real thing, which also notes what each check was made of."""

    def __init__(self, parameters: argon2.Parameters) -> None:
        super().__init__(parameters)
        self.checked: list[argon2.Parameters] = []

    def fits(self, verifier: str, password: bytes) -> bool:
        self.checked.append(argon2.extract_parameters(verifier))
        return super().fits(verifier, password)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Office:
    """A directory with what stands around it."""

    path: Path
    hasher: Hasher = field(default_factory=lambda: CountingHasher(cheap()))
    clock: Clock = field(default_factory=Clock)
    problems: list[str] = field(default_factory=list)

    def open(self) -> Directory:
        return Directory(
            self.path,
            remember=600,
            on_problem=self.problems.append,
            hasher=self.hasher,
            clock=self.clock,
        )


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "accounts.sqlite3")


@pytest.fixture
def directory(office: Office) -> Iterator[Directory]:
    directory = office.open()
    yield directory
    directory.close()
