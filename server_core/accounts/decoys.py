"""What an unknown name is shown instead of what is kept: believable, and always the same."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from server_core.accounts.kept import SALT_OCTETS
from server_core.protocol.actions import Secret
from server_core.protocol.claims import ScramKeys


class Decoys:
    """Made from a key of the accounts file, so that a restart does not tell the names apart."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def secret(self) -> Secret:
        """A password that nobody knows."""
        return Secret(secrets.token_hex(16).encode("ascii"))

    def keys(self, name: str, hash_name: str, iterations: int) -> ScramKeys:
        """SCRAM keys that no password fits; the salt a name is shown never changes."""
        salt = self._octets(name, hash_name, "salt")[:SALT_OCTETS]
        length = hashlib.new(hash_name.replace("SHA-1", "SHA1")).digest_size
        stored, server = (self._octets(name, hash_name, x)[:length] for x in ("stored", "server"))
        return ScramKeys(salt, iterations, stored, server)

    def _octets(self, *words: str) -> bytes:
        return hmac.digest(self._key, "\0".join(words).encode(), "sha512")
