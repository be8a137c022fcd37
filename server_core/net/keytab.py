"""Whose keys a key file of Kerberos holds (the keytab format of MIT Kerberos, version 2)."""

from __future__ import annotations

from collections.abc import Iterator

_VERSION = b"\x05\x02"


def principals_in(octets: bytes) -> tuple[str, ...]:
    """The principals of a key file, each once, as ``name/instance@REALM``; keys are not looked at.

    ValueError when the octets are no key file, or only part of one.
    """
    if octets[:2] != _VERSION:
        raise ValueError("no key file")
    return tuple(dict.fromkeys(_principal(entry) for entry in _entries(octets[2:])))


def _entries(octets: bytes) -> Iterator[bytes]:
    """The entries, without the holes that removed ones have left."""
    while octets:
        size = int.from_bytes(octets[:4], signed=True)
        if size == 0:
            return
        if len(octets) < 4 + abs(size):
            raise ValueError("the last entry is cut off")
        if size > 0:
            yield octets[4 : 4 + size]
        octets = octets[4 + abs(size) :]


def _principal(entry: bytes) -> str:
    """An entry begins with the number of its name's parts, the realm and these parts."""
    count, rest = int.from_bytes(entry[:2]), entry[2:]
    texts = []
    for _ in range(count + 1):
        end = 2 + int.from_bytes(rest[:2])
        if len(rest) < end:
            raise ValueError("an entry is cut off")
        texts.append(rest[2:end].decode("utf-8", "replace"))
        rest = rest[end:]
    realm, *parts = texts
    return f"{'/'.join(parts)}@{realm}"
