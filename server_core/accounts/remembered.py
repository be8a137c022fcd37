"""Sign-ins that were right a short while ago: keyed hashes in memory (BLAKE2b, RFC 7693)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable


class Remembered:
    """Which password fitted which verifier, for some seconds. Thread-safe; never waits.

    An entry is bound to the verifier, not to the account alone, and a verifier is salted: the
    moment an account has another verifier, or none, nothing remembered of it can match any more,
    however late the check that remembers it ends. The key is of this process only.
    """

    def __init__(self, seconds: float, capacity: int, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._capacity = capacity
        self._clock = clock
        self._keyed = hashlib.blake2b(key=secrets.token_bytes(32), digest_size=32)
        self._entries: dict[str, tuple[bytes, float]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def knows(self, name: str, verifier: str, password: bytes) -> bool:
        """Whether this password was found to fit this verifier not too long ago."""
        entry = self._entries.get(name)
        if entry is None:
            return False
        proof, since = entry
        if self._clock() - since >= self.seconds:
            self.forget(name)
            return False
        return hmac.compare_digest(proof, self._proof(verifier, password))

    def keep(self, name: str, verifier: str, password: bytes) -> None:
        """Remember a fit that was found now; the oldest entry makes room when all are taken."""
        if self.seconds <= 0:
            return
        proof = self._proof(verifier, password)
        with self._lock:
            self._entries.pop(name, None)
            if len(self._entries) >= self._capacity:
                del self._entries[next(iter(self._entries))]
            self._entries[name] = (proof, self._clock())

    def forget(self, name: str) -> None:
        """Drop what is remembered of an account."""
        with self._lock:
            self._entries.pop(name, None)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._entries.clear()

    def _proof(self, verifier: str, password: bytes) -> bytes:
        digest = self._keyed.copy()
        digest.update(b"%b\0%b" % (verifier.encode(), password))
        return digest.digest()
