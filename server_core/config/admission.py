"""Settings of who gets in, and how fast: access rules, flow limits, bans (reference 7, 8)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from server_core.config.networks import Network
from server_core.config.schema import Effect, Kind, Section, Unit, misplaced, setting

HIGHEST_PRIORITY, LOWEST_PRIORITY = 1, 1000
MOST_CONNECTIONS = 100_000


class Verdict(StrEnum):
    """What a rule, or the row for everything else, does."""

    ALLOW = "allow"
    DENY = "deny"


class Otherwise(StrEnum):
    """What a listener does with addresses that none of its rules names."""

    SERVICE = "service"
    ALLOW = "allow"
    DENY = "deny"


class OnLimit(StrEnum):
    """What a client sees when a flow limit refuses it."""

    ANSWER = "answer"
    CLOSE = "close"


def _checked_network(text: str) -> str:
    if not text.strip():
        raise ValueError("write an address, a range a-b or a network a/bits")
    Network.parse(text)
    return text.strip()


def _checked_moment(text: str) -> str:
    if text:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise ValueError("use a date like 2026-12-31 or 2026-12-31 18:00") from None
    return text


Addresses = Annotated[str, AfterValidator(_checked_network)]
Moment = Annotated[str, AfterValidator(_checked_moment)]


class FlowOverride(Section):
    """Flow limits of one listener or one rule; what is left out is inherited."""

    max_connections: int | None = setting(
        None,
        "Connections at the same time",
        "All its clients together; 0 means no limit.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=MOST_CONNECTIONS,
    )
    max_connections_per_peer: int | None = setting(
        None,
        "At the same time from one address",
        "People behind one router share an address; 0 means no limit.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=MOST_CONNECTIONS,
    )
    max_new: int | None = setting(
        None,
        "New connections per interval",
        "All its clients together; 0 means no limit.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=MOST_CONNECTIONS,
    )
    max_new_per_peer: int | None = setting(
        None,
        "New from one address per interval",
        "People behind one router share an address; 0 means no limit.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=MOST_CONNECTIONS,
    )
    interval: int | None = setting(
        None,
        "Interval",
        "How far back new connections are counted.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        ge=1,
        le=86_400,
    )


NOTHING_OVERRIDDEN = FlowOverride()


class Flow(Section):
    """Flow limits of the service: for all its listeners together."""

    max_connections: int = setting(
        200,
        "Connections at the same time",
        "All clients together; 0 means no limit.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=MOST_CONNECTIONS,
    )
    max_connections_per_peer: int = setting(
        20,
        "At the same time from one address",
        "People behind one router share an address; 0 means no limit.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=MOST_CONNECTIONS,
    )
    max_new: int = setting(
        600,
        "New connections per interval",
        "All clients together; 0 means no limit.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=MOST_CONNECTIONS,
    )
    max_new_per_peer: int = setting(
        600,
        "New from one address per interval",
        "People behind one router share an address; 0 means no limit.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=MOST_CONNECTIONS,
    )
    interval: int = setting(
        60,
        "Interval",
        "How far back new connections are counted; a window that slides.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        ge=1,
        le=86_400,
    )
    on_limit: OnLimit = setting(
        OnLimit.ANSWER,
        "When a limit is hit",
        "answer: tell the client to try later, then close (never on listeners with TLS from the "
        "start). close: close without a word.",
        effect=Effect.NOW,
    )


class DenyEntry(Section):
    """An address that no service lets in, unless the service or a listener allows it by name."""

    address: Addresses = setting(
        "",
        "Address",
        "One address, a range a-b, or a network a/bits.",
        effect=Effect.NEW_CONNECTIONS,
    )
    enabled: bool = setting(
        True,
        "Enabled",
        "An entry that is off is kept but not counted.",
        effect=Effect.NEW_CONNECTIONS,
    )
    note: str = setting("", "Note", "Why it is here.", effect=Effect.NOW, max_length=200)
    expires: Moment = setting(
        "",
        "Expires",
        "The entry no longer counts from then on; empty means never.",
        effect=Effect.NEW_CONNECTIONS,
    )


class AccessRule(Section):
    """Lets addresses in or keeps them out; the highest priority (1) decides, deny before allow."""

    action: Verdict = setting(
        Verdict.ALLOW, "Action", "allow or deny.", effect=Effect.NEW_CONNECTIONS
    )
    address: Addresses = setting(
        "",
        "Address",
        "One address, a range a-b, or a network a/bits.",
        effect=Effect.NEW_CONNECTIONS,
    )
    priority: int = setting(
        500,
        "Priority",
        "1 counts most.",
        effect=Effect.NEW_CONNECTIONS,
        ge=HIGHEST_PRIORITY,
        le=LOWEST_PRIORITY,
    )
    enabled: bool = setting(
        True,
        "Enabled",
        "A rule that is off is kept but not counted.",
        effect=Effect.NEW_CONNECTIONS,
    )
    note: str = setting("", "Note", "Why it is here.", effect=Effect.NOW, max_length=200)
    expires: Moment = setting(
        "",
        "Expires",
        "The rule no longer counts from then on; empty means never.",
        effect=Effect.NEW_CONNECTIONS,
    )
    flow: FlowOverride = NOTHING_OVERRIDDEN

    @model_validator(mode="after")
    def _denying_needs_no_limits(self) -> Self:
        if self.action is Verdict.DENY and self.flow != NOTHING_OVERRIDDEN:
            raise misplaced("a deny rule lets nobody in, so it has no limits", "flow")
        return self


class GlobalAccess(Section):
    """Addresses kept out of everything this server does."""

    deny: tuple[DenyEntry, ...] = setting(
        (),
        "Denied addresses",
        "Kept out everywhere, unless a service or listener allows them.",
        effect=Effect.NEW_CONNECTIONS,
        kind=Kind.ROWS,
        max_length=20_000,
    )


class ServiceAccess(Section):
    """Rules for all POP3 listeners; an explicit match lifts the global list."""

    rules: tuple[AccessRule, ...] = setting(
        (),
        "Rules",
        "Looked at when the listener's own rules do not decide.",
        effect=Effect.NEW_CONNECTIONS,
        kind=Kind.ROWS,
        max_length=20_000,
    )
    otherwise: Verdict = setting(
        Verdict.ALLOW,
        "Everything else",
        "What happens to addresses that no rule names.",
        effect=Effect.NEW_CONNECTIONS,
    )


class ListenerAccess(Section):
    """Rules of one listener; they are looked at first."""

    rules: tuple[AccessRule, ...] = setting(
        (),
        "Rules",
        "Looked at before those of the service.",
        effect=Effect.NEW_CONNECTIONS,
        kind=Kind.ROWS,
        max_length=20_000,
    )
    otherwise: Otherwise = setting(
        Otherwise.SERVICE,
        "Everything else",
        "service: the POP3 rules decide about addresses that no rule here names.",
        effect=Effect.NEW_CONNECTIONS,
    )


class Bans(Section):
    """When an address that guesses or misbehaves is kept out for a while."""

    enabled: bool = setting(
        True, "Ban addresses", "Off: nothing is banned by itself.", effect=Effect.NOW
    )
    failures: int = setting(
        10,
        "Failed sign-ins",
        "So many failures from one address lead to a ban.",
        effect=Effect.NOW,
        ge=1,
        le=1000,
    )
    window: int = setting(
        600,
        "Counted within",
        "Older failures are forgotten.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        ge=10,
        le=86_400,
    )
    duration: int = setting(
        1800,
        "First ban lasts",
        "Each further ban of the same address lasts twice as long.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        ge=10,
        le=604_800,
    )
    longest: int = setting(
        604_800,
        "Longest ban",
        "However often an address comes back.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        ge=10,
        le=31_536_000,
    )
    count_wrong_commands: bool = setting(
        False,
        "Count wrong commands",
        "A session ended for too many wrong commands counts as one failure.",
        effect=Effect.NOW,
    )
    count_same_password: bool = setting(
        False,
        "Count the same wrong password again",
        "Off: a device that keeps an old password is not banned for repeating it.",
        effect=Effect.NOW,
    )
    account_failures: int = setting(
        20,
        "Failures that lock an account",
        "So many failures lock an account for untrusted networks; 0 means never.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=10_000,
    )
    account_window: int = setting(
        3600,
        "Counted within",
        "Older failures of an account are forgotten.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        ge=10,
        le=86_400,
    )
    account_duration: int = setting(
        900,
        "An account stays locked",
        "For untrusted networks; trusted ones sign in as ever.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        ge=10,
        le=604_800,
    )
    trusted: tuple[Addresses, ...] = setting(
        (),
        "Trusted networks",
        "Never banned and never delayed. This computer's own addresses always are.",
        effect=Effect.NOW,
        kind=Kind.ADDRESSES,
        max_length=1000,
    )

    @model_validator(mode="after")
    def _longest_is_not_shorter(self) -> Self:
        if self.longest < self.duration:
            raise misplaced("must not be shorter than the first ban", "longest")
        return self
