"""The table of languages for replies, in the order LANG lists them (RFC 6856 section 3)."""

from __future__ import annotations

import re

from server_core.protocol.languages import french, german, italian, spanish
from server_core.protocol.languages.language import Language

DEFAULT = Language("i-default", "English", {}, encoding="ascii")
"""What every conversation begins in (RFC 2277 section 4.5)."""

LANGUAGES: tuple[Language, ...] = (
    DEFAULT,
    Language("en", "English", {}),
    german.LANGUAGE,
    french.LANGUAGE,
    spanish.LANGUAGE,
    italian.LANGUAGE,
)

_BY_TAG = {language.tag: language for language in LANGUAGES}
_RANGE = re.compile(r"\*|[a-z]{1,8}(-[a-z0-9]{1,8})*")


def find_language(language_range: str) -> Language | None:
    """The language for a range, found as in RFC 4647 section 3.4; ``*`` means ours to choose.

    ValueError when it is no language range at all.
    """
    tag = language_range.lower()
    if not _RANGE.fullmatch(tag):
        raise ValueError("not a language range")
    if tag == "*":
        return LANGUAGES[0]
    parts = tag.split("-")
    while parts:
        found = _BY_TAG.get("-".join(parts))
        if found is not None:
            return found
        parts.pop()
        if len(parts) > 1 and len(parts[-1]) == 1:  # what only introduced the part that is gone
            parts.pop()
    return None
