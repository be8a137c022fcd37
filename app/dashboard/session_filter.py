"""Which sessions a person wants to see, and by what they are grouped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QCoreApplication

from server_core.events.views import Refusal, SessionState, SessionView


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """All of it has to fit; what a row knows nothing of is not asked of it.

    ``words`` is what was typed; whoever shows the rows looks for it in their cells.
    """

    words: str = ""
    listener: str = ""
    account: str = ""
    encrypted: bool | None = None
    state: SessionState | None = None

    @property
    def narrow(self) -> bool:
        """Whether anything is asked for."""
        return self != SessionFilter()

    def fits(self, row: Any) -> bool:
        """Whether a row fits, its words apart."""
        if self.listener and row.listener != self.listener:
            return False
        if isinstance(row, Refusal):
            return True
        if self.account and row.user != self.account:
            return False
        if self.encrypted is not None and bool(row.secure) is not self.encrypted:
            return False
        return self.state is None or not isinstance(row, SessionView) or row.state is self.state


class Grouping(StrEnum):
    """By what rows stand together."""

    NONE = ""
    ACCOUNT = "account"
    ADDRESS = "address"
    LISTENER = "listener"


def host_of(peer: str) -> str:
    """The address in ``192.0.2.7:4000`` or ``[2001:db8::1]:4000``."""
    host, _, port = peer.rpartition(":")
    return host.strip("[]") if port.isdigit() and host else peer


def port_of(peer: str) -> str:
    """The port there."""
    return peer.rpartition(":")[2]


def group_of(grouping: Grouping) -> Callable[[Any], str] | None:
    """What tells the group of a row."""
    if grouping is Grouping.NONE:
        return None
    return {
        Grouping.ACCOUNT: _account_of,
        Grouping.ADDRESS: lambda row: host_of(row.peer),
        Grouping.LISTENER: lambda row: str(row.listener),
    }[grouping]


def _account_of(row: Any) -> str:
    return getattr(row, "user", "") or QCoreApplication.translate("Sessions", "Nobody signed in")
