"""Secrets under a key: AES-256-GCM (NIST SP 800-38D), bound to their owner.

As text: the version, the name of the key, and nonce with ciphertext in base64, between colons.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

KEY_OCTETS = 32
_VERSION = "1"
_NONCE_OCTETS = 12
# The length of a password is nobody's business either: all of usual length look the same.
_BLOCK = PKCS7(512)


class NotOpened(Exception):
    """It was sealed under another key, for somebody else, or is damaged."""


class SealingKey:
    """A key with its name. Octets are random enough for 2**32 secrets under one key."""

    __slots__ = ("_cipher", "name", "octets")

    def __init__(self, name: str, octets: bytes) -> None:
        self.name = name
        self.octets = octets
        self._cipher = AESGCM(octets)

    def seal(self, owner: str, octets: bytes) -> str:
        """The octets as text that only this key opens, and only for this owner."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        padder = _BLOCK.padder()
        padded = padder.update(octets) + padder.finalize()
        blob = nonce + self._cipher.encrypt(nonce, padded, self._bound_to(owner))
        return f"{_VERSION}:{self.name}:{b64encode(blob).decode('ascii')}"

    def unseal(self, owner: str, sealed: str) -> bytes:
        """The octets again, or NotOpened."""
        version, name, text = _parts(sealed)
        if (version, name) != (_VERSION, self.name):
            raise NotOpened
        try:
            blob = b64decode(text, validate=True)
            nonce, rest = blob[:_NONCE_OCTETS], blob[_NONCE_OCTETS:]
            padded = self._cipher.decrypt(nonce, rest, self._bound_to(owner))
            unpadder = _BLOCK.unpadder()
            return unpadder.update(padded) + unpadder.finalize()
        except (InvalidTag, ValueError):
            raise NotOpened from None

    def _bound_to(self, owner: str) -> bytes:
        return f"{_VERSION}\0{self.name}\0{owner}".encode()


def new_key(name: str) -> SealingKey:
    """A key that nobody has had before."""
    return SealingKey(name, AESGCM.generate_key(KEY_OCTETS * 8))


def key_name(sealed: str) -> str:
    """The name of the key that something was sealed under."""
    return _parts(sealed)[1]


def _parts(sealed: str) -> tuple[str, str, str]:
    version, _, rest = sealed.partition(":")
    name, _, text = rest.partition(":")
    return version, name, text
