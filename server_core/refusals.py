"""What the facade answers when something cannot be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from server_core.accounts.account import AccountProblem, AccountsUnusable
from server_core.accounts.kept import VaultUnusable
from server_core.certificates.bundle import CertificateProblem
from server_core.ingress import ExportProblem, ImportProblem
from server_core.store.backend import StoreError


class Refused(Exception):
    """The server could not do what was asked; ``str()`` is a sentence for a person."""


@contextmanager
def refusals() -> Iterator[None]:
    """What accounts, vault, store and ingress refuse becomes Refused with the same sentence."""
    try:
        yield
    except (
        AccountProblem,
        AccountsUnusable,
        CertificateProblem,
        ExportProblem,
        ImportProblem,
        StoreError,
        VaultUnusable,
    ) as problem:
        raise Refused(str(problem)) from problem


@contextmanager
def disk_refusals(doing: str, outcome: str = "") -> Iterator[None]:
    """What the disk refuses becomes Refused: what was being done, why not, and what follows."""
    try:
        yield
    except OSError as problem:
        text = f"{doing}: {problem.strerror or problem}. {outcome}"
        raise Refused(text.rstrip()) from problem
