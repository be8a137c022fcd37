"""What a command answers: replies, refusals and the response codes of RFC 2449 and RFC 3206."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from server_core.events.reasons import SignInReason


class Code(StrEnum):
    """A response code, sent in brackets right after ``-ERR``."""

    NONE = ""
    AUTH = "AUTH"
    IN_USE = "IN-USE"
    LOGIN_DELAY = "LOGIN-DELAY"
    SYS_TEMP = "SYS/TEMP"
    SYS_PERM = "SYS/PERM"


class CommandError(Exception):
    """A command is refused: becomes ``-ERR [CODE] text``.

    ``counts`` marks protocol errors, the ones that ``max_errors`` limits.
    """

    def __init__(self, text: str, code: Code = Code.NONE, *, counts: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.counts = counts


class ExchangeFailed(Exception):
    """A mechanism's exchange did not prove who the client is; the reason is for the log only."""

    def __init__(self, reason: SignInReason, user: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.user = user


class Reply(NamedTuple):
    """``+OK text``; a multi-line reply also has its byte-stuffed lines, without the final dot."""

    text: str
    lines: bytes | None = None
