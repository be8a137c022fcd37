"""One spelling for names and passwords, whatever keyboard they were typed on (RFC 4013)."""

from __future__ import annotations

from scramp import ScramException
from scramp.utils import saslprep


def prepared(text: str) -> str:
    """The text after SASLprep.

    As it stands when SASLprep forbids one of its characters, such as an emoji that Unicode 3.2 did
    not have: such a password works with every method that sends it, and only with those.
    """
    if text.isascii():  # nothing to map; control characters never get this far
        return text
    try:
        return str(saslprep(text))
    except ScramException:
        return text


def is_prepared(text: str) -> bool:
    """Whether SASLprep allows the text, so that methods which prepare it themselves agree."""
    try:
        saslprep(text)
    except ScramException:
        return False
    return True
