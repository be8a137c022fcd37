"""Events about who may have a maildrop open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from server_core.config.log import Category
from server_core.events.reasons import USE_TEXTS, UseReason
from server_core.events.types import Level, SessionEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildropRefused(SessionEvent):
    """A client proved who it is, but the account's maildrop is not to be had now."""

    level: ClassVar[Level] = Level.WARNING
    category: ClassVar[Category] = Category.SIGN_INS
    reason: UseReason

    def __str__(self) -> str:
        return f"mailbox of '{self.user}' refused to [{self.peer}]: {USE_TEXTS[self.reason]}"
