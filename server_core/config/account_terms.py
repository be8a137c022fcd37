"""What one account may do, beside the settings of the server; kept with the account."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from server_core.config.admission import Addresses, Moment
from server_core.config.moments import seconds_of
from server_core.config.schema import Effect, Kind, Section, Unit, setting
from server_core.config.signing_in import Method

_LONGEST_ADDRESS = 320


def _is_address(text: str) -> str:
    text = text.strip()
    if not text or not text.isprintable() or " " in text or text.count("@") > 1:
        raise ValueError(f"{text!r} is no address; write one like info@example.com, or info")
    if len(text) > _LONGEST_ADDRESS:
        raise ValueError(f"an address has at most {_LONGEST_ADDRESS} characters")
    return text


def _is_one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without invisible characters")
    return text.strip()


OneLine = Annotated[str, AfterValidator(_is_one_line)]
Alias = Annotated[str, AfterValidator(_is_address)]


class AccountBasics(Section):
    """Whose an account is, and whether it is in use."""

    full_name: OneLine = setting(
        "",
        "Full name",
        "Of the person who reads the mail; it may stay empty.",
        effect=Effect.NOW,
        max_length=200,
    )
    enabled: bool = setting(
        True, "Enabled", "Nobody signs in to a suspended account.", effect=Effect.NOW
    )


class AccountTerms(Section):
    """What differs for one account; as it is made, the server's settings hold."""

    aliases: tuple[Alias, ...] = setting(
        (),
        "Other addresses",
        "Sign-in names that mean this account too.",
        effect=Effect.NOW,
        max_length=100,
    )
    expires: Moment = setting(
        "",
        "Expires",
        "Nobody signs in to it from then on; sessions that are open go on.",
        effect=Effect.NOW,
        kind=Kind.MOMENT,
    )
    notes: str = setting(
        "", "Notes", "For whoever looks after the accounts.", effect=Effect.NOW, max_length=2_000
    )
    connections: int | None = setting(
        None,
        "Sessions at the same time",
        "One more is told that the mailbox is in use; 0 means no limit.",
        effect=Effect.NEW_CONNECTIONS,
        kind=Kind.LIMIT,
        ge=0,
        le=2_048,
    )
    delay: int | None = setting(
        None,
        "Time between sign-ins",
        "Whoever signs in again sooner is asked to wait; 0 means nobody is.",
        effect=Effect.NEW_CONNECTIONS,
        unit=Unit.SECONDS,
        kind=Kind.LIMIT,
        ge=0,
        le=86_400,
    )
    methods: tuple[Method, ...] = setting(
        (),
        "Methods",
        "The only ways to sign in; none chosen means all that the server allows.",
        effect=Effect.NOW,
    )
    networks: tuple[Addresses, ...] = setting(
        (),
        "Networks",
        "The only addresses it is signed in to from; empty means all.",
        effect=Effect.NOW,
        kind=Kind.ADDRESSES,
        max_length=100,
    )
    listeners: tuple[str, ...] = setting(
        (),
        "Listeners",
        "The only listeners it is used at; none chosen means all.",
        effect=Effect.NOW,
        max_length=100,
    )

    def has_expired(self, now: float) -> bool:
        """Whether the account's time is over at ``now``, in epoch seconds."""
        end = seconds_of(self.expires)
        return end is not None and now >= end


USUAL = AccountTerms()
"""An account about which nothing was decided."""
