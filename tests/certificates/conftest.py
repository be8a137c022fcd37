"""A store of certificates with a clock that tests set."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from server_core.certificates.store import CertificateStore

DAY = 86_400.0


@dataclass
class Clock:
    """Tells the time it was given."""

    now: float

    def __call__(self) -> float:
        return self.now

    def pass_days(self, days: float) -> None:
        """Let so much time pass."""
        self.now += days * DAY


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> CertificateStore:
    (tmp_path / "certificates").mkdir()
    return CertificateStore(tmp_path / "certificates", clock)


def leaf(store: CertificateStore, name: str = "") -> x509.Certificate:
    """What clients are shown."""
    return x509.load_pem_x509_certificates(store.path(name).read_bytes())[0]
