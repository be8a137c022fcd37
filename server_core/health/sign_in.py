"""Why somebody can or cannot sign in: step by step from the listener to the mailbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from server_core.accounts.account import Account
from server_core.config.admission import Flow
from server_core.config.model import Listener, Security
from server_core.config.networks import Network, address_text, parse_address
from server_core.config.schema import settings_of
from server_core.events.health import Step, StepState
from server_core.events.reasons import SIGN_IN_TEXTS, USE_TEXTS, SignInReason
from server_core.events.views import (
    BanView,
    ListenerState,
    ListenerView,
    MeterView,
    MethodReadiness,
)
from server_core.policy.access_rules import Decision
from server_core.policy.failures import Failure
from server_core.policy.maildrop_use import Refusal
from server_core.wording import counted

HOUR = 3_600
_REASONS: dict[str, str] = {reason.value: text for reason, text in SIGN_IN_TEXTS.items()}
_TITLES = {limit.name: limit.title for limit in settings_of(Flow)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that decides about a sign-in; ``now`` and moments are epoch seconds.

    Without an address rules, limits, bans and networks cannot be told. ``assumed`` says where an
    address comes from that nobody named. ``in_clear`` and ``under_tls`` are the
    methods that the listener offers; ``open_sessions`` and ``refusal`` are about the mailbox.
    """

    now: float
    serving: bool
    name: str
    account: Account | None
    alias_of: str = ""
    address: str = ""
    assumed: str = ""
    listener: Listener | None = None
    view: ListenerView | None = None
    decision: Decision | None = None
    limits: tuple[MeterView, ...] = ()
    limit: str = ""
    ban: BanView | None = None
    locked: bool = False
    readiness: tuple[MethodReadiness, ...] = ()
    in_clear: frozenset[str] = frozenset()
    under_tls: frozenset[str] = frozenset()
    failures: tuple[Failure, ...] = ()
    open_sessions: int = 0
    login_delay: int = 0
    refusal: Refusal | None = None


class _Found(NamedTuple):
    """A step, and what takes it out of the way if it is in the way."""

    step: Step
    fix: str = ""


def explained(seen: Circumstances) -> tuple[Step, ...]:
    """The steps in the order in which they decide, and the conclusion."""
    found = [*_to_the_door(seen), *_to_the_account(seen)]
    if seen.account is not None:
        found += _with_the_account(seen, seen.account)
    steps = [one.step for one in found]
    return (*steps, _conclusion(seen, found))


def _to_the_door(seen: Circumstances) -> Iterator[_Found]:
    yield _listener(seen)
    if seen.address and seen.decision is not None:
        yield _rules(seen.decision)
        yield _limits(seen)
        yield _ban(seen)
    else:
        text = "No address is known, so rules, limits and bans were not asked."
        yield _Found(Step("rules", StepState.UNKNOWN, "Rules, limits, bans", text))


def _listener(seen: Circumstances) -> _Found:
    what, view = "Listener", seen.view
    if not seen.serving:
        step = Step("listener", StepState.OBSTACLE, what, "The server is not running.")
        return _Found(step, "Start the server.")
    if view is None:
        text = "There is no listener that is on."
        step = Step("listener", StepState.OBSTACLE, what, text, "listeners")
        return _Found(step, "Switch a listener on.")
    place = "listeners", view.name
    if view.state is not ListenerState.LISTENING:
        text = f"'{view.name}' takes no connections: {view.sentence or view.state}"
        step = Step("listener", StepState.OBSTACLE, what, text, *place)
        return _Found(step, f"See to the listener '{view.name}'.")
    text = f"'{view.name}' listens on {view.address}.{seen.assumed}"
    return _Found(Step("listener", StepState.OK, what, text, *place))


def _rules(decision: Decision) -> _Found:
    if decision.admitted:
        text = f"Let in by {decision.words}."
        return _Found(Step("rules", StepState.OK, "Access rules", text, "access"))
    text = f"Kept out by {decision.words}."
    step = Step("rules", StepState.OBSTACLE, "Access rules", text, "access")
    return _Found(
        step, f"Allow the address in the access lists; it is kept out by {decision.words}."
    )


def _limits(seen: Circumstances) -> _Found:
    told = [
        f"{_TITLES[one.limit]}: {one.used} of {one.allowed} ({one.scope})" for one in seen.limits
    ]
    details = tuple(dict.fromkeys(told))
    if seen.limit:
        step = Step("limits", StepState.OBSTACLE, "Limits", f"Full now: {seen.limit}.", "flow")
        return _Found(step, f"Wait, or raise the limit: {seen.limit}.")
    text = f"None of {len(details)} limits is reached." if details else "There is no limit."
    return _Found(Step("limits", StepState.OK, "Limits", text, "flow", details=details))


def _ban(seen: Circumstances) -> _Found:
    if seen.ban is None:
        return _Found(Step("ban", StepState.OK, "Bans", f"{seen.address} is not banned.", "bans"))
    end = f"until {_clock(seen.ban.until)}" if seen.ban.until else "for ever"
    text = f"{seen.ban.address} is banned {end}: {seen.ban.why}."
    step = Step("ban", StepState.OBSTACLE, "Bans", text, "bans", seen.ban.address)
    return _Found(step, f"Lift the ban of {seen.ban.address}, or trust the address.")


def _to_the_account(seen: Circumstances) -> Iterator[_Found]:
    account = seen.account
    if account is None:
        text = f"There is no account {seen.name}."
        step = Step("account", StepState.OBSTACLE, "Account", text, "accounts", "add")
        yield _Found(step, "Check the spelling of the name, or add the account.")
        return
    place = "accounts", account.name
    also = f"{seen.alias_of} means this account. " if seen.alias_of else ""
    if not account.enabled:
        step = Step("account", StepState.OBSTACLE, "Account", f"{also}It is suspended.", *place)
        yield _Found(step, f"Enable the account {account.name}.")
    elif account.terms.has_expired(seen.now):
        text = f"{also}It expired on {account.terms.expires}."
        step = Step("account", StepState.OBSTACLE, "Account", text, *place)
        yield _Found(step, f"Give the account {account.name} a later date, or none.")
    else:
        yield _Found(Step("account", StepState.OK, "Account", f"{also}It is enabled.", *place))
    if seen.locked:
        text = "Locked after failed sign-ins, for addresses that are not trusted."
        step = Step("lock", StepState.OBSTACLE, "Lock", text, "bans", account.name)
        yield _Found(step, f"Lift the lock of {account.name}, or trust the address.")
    else:
        yield _Found(Step("lock", StepState.OK, "Lock", "Not locked.", "bans"))


def _with_the_account(seen: Circumstances, account: Account) -> Iterator[_Found]:
    yield from _terms(seen, account)
    yield _password(account)
    yield _methods(seen, account)
    yield _failures(seen)
    yield _mailbox(seen, account)


def _terms(seen: Circumstances, account: Account) -> Iterator[_Found]:
    place, terms = ("accounts", account.name), account.terms
    if terms.networks and seen.address:
        where = parse_address(seen.address)
        inside = any(Network.parse(network).covers(where) for network in terms.networks)
        state = StepState.OK if inside else StepState.OBSTACLE
        text = f"The account is for {', '.join(terms.networks)} only."
        fix = f"Allow the account {account.name} from {seen.address}."
        yield _Found(Step("network", state, "Its networks", text, *place), fix)
    if terms.listeners and seen.listener is not None:
        state = StepState.OK if seen.listener.name in terms.listeners else StepState.OBSTACLE
        text = f"The account is for {', '.join(terms.listeners)} only."
        fix = f"Allow the account {account.name} at the listener '{seen.listener.name}'."
        yield _Found(Step("at", state, "Its listeners", text, *place), fix)


def _password(account: Account) -> _Found:
    place = "accounts", account.name
    if account.has_password:
        return _Found(Step("password", StepState.OK, "Password", "A password is set.", *place))
    text = "No password is set, so no password can be right."
    step = Step("password", StepState.OBSTACLE, "Password", text, *place)
    return _Found(step, f"Set a password for {account.name}.")


def _methods(seen: Circumstances, account: Account) -> _Found:
    details, clear, secured = [], [], []
    for one in seen.readiness:
        here = one.method in seen.in_clear, one.method in seen.under_tls
        details.append(f"{one.method.upper()}: {_method_words(one, *here)}")
        if one.ready:
            clear += [one.method] if here[0] else []
            secured += [one.method] if here[1] else []
    told = tuple(details)
    if not clear and not secured:
        text = "No method works: each is off here, or nothing is kept for it."
        step = Step("methods", StepState.OBSTACLE, "Methods", text, "auth", details=told)
        return _Found(step, f"Switch a method on, or set the password of {account.name} again.")
    if not clear:
        text = f"Only once encrypted: {', '.join(secured).upper()}."
        return _Found(Step("methods", StepState.ATTENTION, "Methods", text, "auth", details=told))
    text = f"Works: {', '.join(dict.fromkeys((*clear, *secured))).upper()}."
    return _Found(Step("methods", StepState.OK, "Methods", text, "auth", details=told))


def _method_words(one: MethodReadiness, in_clear: bool, under_tls: bool) -> str:
    if not one.ready:
        return one.reason
    if in_clear and under_tls:
        return "ready, offered with and without encryption."
    if in_clear or under_tls:
        return f"ready, offered {'without' if in_clear else 'only with'} encryption."
    return "ready, but not offered at this listener."


def _failures(seen: Circumstances) -> _Found:
    if not seen.failures:
        text = "No failed sign-in is on record."
        return _Found(Step("failures", StepState.OK, "Failed sign-ins", text, "log"))
    latest = seen.failures[0]
    recent = seen.now - latest.time < HOUR
    text = f"The latest was {_when_and_where(latest)}."
    if same_password(seen.failures):
        text += " Each time it was the same password, as of a mail program that has an old one."
    details = tuple(map(_when_and_where, seen.failures))
    state = StepState.ATTENTION if recent else StepState.OK
    return _Found(Step("failures", state, "Failed sign-ins", text, "log", details=details))


def _when_and_where(failure: Failure) -> str:
    reason = _reason_words(failure)
    place = f"from {address_text(*failure.address)} at '{failure.listener}'"
    return f"{_clock(failure.time)} {place}{f': {reason}' if reason else ''}"


def _reason_words(failure: Failure) -> str:
    """Why it failed, half a sentence; empty when it was not kept or nobody here knows it."""
    text = _REASONS.get(failure.reason, "")
    return f"{text[:1].lower()}{text[1:]}"


def same_password(failures: Sequence[Failure]) -> bool:
    """Whether several failures came with one and the same password."""
    marks = {one.password_mark for one in failures}
    return len(failures) > 1 and len(marks) == 1 and b"" not in marks


def _mailbox(seen: Circumstances, account: Account) -> _Found:
    delay = f" Between sign-ins {seen.login_delay} seconds have to pass." * bool(seen.login_delay)
    open_now = "Free."
    if seen.open_sessions:
        open_now = f"{counted(seen.open_sessions, 'session has', 'sessions have')} it open now."
    if seen.refusal is None:
        state, text = StepState.OK, f"{open_now}{delay}"
        return _Found(Step("mailbox", state, "Mailbox", text, "sessions"))
    why = USE_TEXTS[seen.refusal.reason]
    step = Step("mailbox", StepState.OBSTACLE, "Mailbox", f"{open_now} Refused now: {why}.{delay}")
    if seen.refusal.wait:
        return _Found(step, f"Wait {seen.refusal.wait:.0f} seconds, or shorten the time between.")
    return _Found(step, f"End the other sessions of {account.name}, or allow more of them.")


def _conclusion(seen: Circumstances, found: Sequence[_Found]) -> Step:
    what = "Conclusion"
    obstacles = [one for one in found if one.step.state is StepState.OBSTACLE]
    if obstacles:
        step, fix = obstacles[0]
        more = ", ".join(other.step.what.lower() for other in obstacles[1:])
        then = f" After that, see to: {more}." if more else ""
        text = f"{seen.name} cannot sign in. {fix}{then}"
        return Step("conclusion", StepState.OBSTACLE, what, text, step.page, step.target)
    if any(step.id == "failures" and step.state is StepState.ATTENTION for step, _ in found):
        text = f"Nothing stands in the way, yet {seen.name} failed a short while ago: "
        text += _what_failed(seen.failures)
        return Step("conclusion", StepState.ATTENTION, what, text, "accounts", seen.name)
    if any(step.state is StepState.UNKNOWN for step, _ in found):
        text = f"As far as could be told, {seen.name} can sign in. Name an address to be sure."
        return Step("conclusion", StepState.OK, what, text)
    needs = seen.listener is not None and seen.listener.security is Security.STARTTLS_REQUIRED
    more = " The mail program has to be set to STARTTLS." if needs else ""
    text = f"Nothing stands in the way: {seen.name} can sign in.{more}"
    return Step("conclusion", StepState.OK, what, text)


def _what_failed(failures: Sequence[Failure]) -> str:
    """Why the latest try failed though nothing stands in the way, and what to do about it."""
    latest = failures[0]
    if latest.reason not in ("", SignInReason.WRONG_PASSWORD):
        return f"{_reason_words(latest)}. If that was put in order since, try again."
    wrong = "the password was wrong." if latest.reason else "the password was probably wrong."
    if same_password(failures):
        return f"{wrong} Write the right one into the mail program, which goes on sending the same."
    return f"{wrong} Check it in the mail program, or set a new one."


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
