"""The contract of a language: what LANG calls it, and the texts of replies in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """One language of replies.

    ``tag`` is as in RFC 5646, ``name`` in the language itself, and ``texts`` are by the English
    text, with the same placeholders in the same order. What machines read is never among them.
    """

    tag: str
    name: str
    texts: Mapping[str, str]
    encoding: str = "utf-8"
