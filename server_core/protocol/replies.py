"""What a command answers: replies, refusals and the response codes of RFC 2449 and RFC 3206."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from server_core.events.reasons import SignInReason


class Code(StrEnum):
    """A response code, sent in brackets right after ``-ERR``."""

    NONE = ""
    AUTH = "AUTH"
    IN_USE = "IN-USE"
    LOGIN_DELAY = "LOGIN-DELAY"
    SYS_TEMP = "SYS/TEMP"
    SYS_PERM = "SYS/PERM"


Values: TypeAlias = tuple[str | int, ...]
"""What stands at the placeholders (``%d``, ``%s``) of a text; without any a text is as it is."""


class CommandError(Exception):
    """A command is refused: becomes ``-ERR [CODE] text``, in the client's language.

    ``counts`` marks protocol errors, the ones that ``max_errors`` limits.
    """

    def __init__(
        self, text: str, code: Code = Code.NONE, *, counts: bool = False, values: Values = ()
    ) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.code = code
        self.counts = counts
        self.values = values


class ExchangeFailed(Exception):
    """A mechanism's exchange did not prove who the client is; the reason is for the log only."""

    def __init__(self, reason: SignInReason, user: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.user = user


class Reply(NamedTuple):
    """``+OK text``; a multi-line reply also has its byte-stuffed lines, without the final dot.

    A text is written in English, for people, and said in the client's language. What machines read
    is made of values alone, so that no language has anything for it.
    """

    text: str
    lines: bytes | None = None
    values: Values = ()
