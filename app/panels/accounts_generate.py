"""Passwords made by chance: letters and digits in groups, or words that can be said aloud."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass

# Without letters and digits that are mistaken for each other.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
GROUP = 4
CONSONANTS, VOWELS = "bdfghklmnprstvz", "aeiou"
SYLLABLES = 3


@dataclass(frozen=True)
class Kind:
    """One way to make a password; ``length`` counts what ``unit`` names."""

    title: str
    unit: str
    length: int
    shortest: int
    longest: int
    make: Callable[[int], str]
    bits_each: float


def _random(length: int) -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return "-".join(letters[start : start + GROUP] for start in range(0, length, GROUP))


def _words(number: int) -> str:
    return "-".join(
        "".join(secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(SYLLABLES))
        for _ in range(number)
    )


KINDS = (
    Kind("Letters and digits", "characters", 16, 12, 48, _random, math.log2(len(ALPHABET))),
    Kind(
        "Words to say aloud",
        "words",
        4,
        3,
        10,
        _words,
        SYLLABLES * math.log2(len(CONSONANTS) * len(VOWELS)),
    ),
)


def generated(kind: Kind = KINDS[0], length: int = 0) -> str:
    """A password nobody guesses: ``k7wm-q2xp-9hdt-v4rn``, ``bakelo-timura-fonize-daruka``."""
    return kind.make(length or kind.length)


def generated_bits(kind: Kind, length: int) -> float:
    """How much chance such a password holds."""
    return kind.bits_each * length
