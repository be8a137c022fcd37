"""Password verifiers: Argon2id (RFC 9106), a bounded number at a time."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import argon2
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane. RFC 9106's own choices ask for
# 64 MiB or more; with several sign-ins at once on an office PC that is memory the mail needs more.
OWASP = argon2.Parameters(
    type=argon2.Type.ID,
    version=19,
    salt_len=16,
    hash_len=32,
    time_cost=2,
    memory_cost=19_456,
    parallelism=1,
)

# More runs at once than cores finish no sooner and take 19 MiB each, however many workers ask.
# Threads and not a semaphore: where large blocks are not given back (``process.py``), malloc keeps
# them with the thread that used them, and 20 workers that took turns held 270 MB.
_RUNS = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="argon2")


class Hasher:
    """Makes and checks verifiers. Thread-safe; every method but ``is_outdated`` takes its time.

    A password is octets, compared exactly; ``passwords`` gives them the one spelling they have.
    """

    def __init__(self, parameters: argon2.Parameters = OWASP) -> None:
        self._argon2 = argon2.PasswordHasher(
            time_cost=parameters.time_cost,
            memory_cost=parameters.memory_cost,
            parallelism=parameters.parallelism,
            hash_len=parameters.hash_len,
            salt_len=parameters.salt_len,
            type=parameters.type,
        )
        self.decoy = _decoy(parameters)

    def hash(self, password: bytes) -> str:
        """A new verifier for the password."""
        return _RUNS.submit(self._argon2.hash, password).result()

    def fits(self, verifier: str, password: bytes) -> bool:
        """Whether the password is the one the verifier was made from; one Argon2 run."""
        try:
            return _RUNS.submit(self._argon2.verify, verifier, password).result()
        except VerifyMismatchError:
            return False

    def is_outdated(self, verifier: str) -> bool:
        """Whether the verifier was made with other parameters than new ones are."""
        return self._argon2.check_needs_rehash(verifier)


def is_verifier(text: str) -> bool:
    """Whether the text is a verifier that a Hasher can read."""
    try:
        argon2.extract_parameters(text)
    except InvalidHashError:
        return False
    return True


def _decoy(parameters: argon2.Parameters) -> str:
    """A verifier that no known password fits; checking one costs what a true one costs."""
    salt, tag = (
        b64encode(secrets.token_bytes(length)).rstrip(b"=").decode("ascii")
        for length in (parameters.salt_len, parameters.hash_len)
    )
    costs = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    return f"$argon2id$v={parameters.version}${costs}${salt}${tag}"
