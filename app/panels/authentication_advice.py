"""What is hardly meant about the ways to sign in, and what applying would take away from people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.bridge.draft_keeper import DraftKeeper
from app.bridge.services import Services
from app.forms.bound_form import sentence
from app.forms.form import Note
from app.forms.review_text import stranded_text
from app.forms.words import tr
from app.look.words import number
from app.panels.authentication_words import PLAIN, SECURE
from app.panels.listeners_advice import is_readable
from app.panels.listeners_table import LISTENERS
from server_core.config.draft import ConfigRejected
from server_core.config.model import Config
from server_core.config.signing_in import (
    SECRET_METHODS,
    TEXT_METHODS,
    TOKEN,
    Method,
    greeting_problem,
)
from server_core.events.views import MethodView
from server_core.refusals import Refused

GREETING = "pop3.greeting"
KEEP_FOR = "pop3.secrets.keep_for"
REACHES_ACCOUNTS = (
    SECURE,
    PLAIN,
    LISTENERS,
    "pop3.allow_starttls",
    "pop3.secrets",
    "pop3.kerberos",
)
OFTEN = 300


@dataclass(frozen=True)
class Advice:
    """What is said beside a method or a group; ``edits`` is what its button does to the draft.

    ``state`` is as of a ``Note``.
    """

    text: str
    action: str = ""
    edits: Mapping[str, object] = field(default_factory=dict)
    state: str = "attention"


def method_advice(keeper: DraftKeeper, views: Mapping[str, MethodView]) -> dict[str, Advice]:
    """Warnings by method or group; ``views`` are what runs."""
    found: dict[str, Advice] = {}
    secure, plain = keeper.draft.get(SECURE), keeper.draft.get(PLAIN)
    readable = readable_at(keeper)
    if readable and not {*TEXT_METHODS}.isdisjoint(plain):
        found["text"] = Advice(
            tr("Passwords can be read on the way to {listeners}.").format(listeners=readable),
            tr("Only on encrypted connections"),
            {PLAIN: [method for method in plain if method not in TEXT_METHODS]},
        )
    alone = [Method.PLAIN not in column for column in (secure, plain) if Method.LOGIN in column]
    if any(alone) and not all(alone):
        found[Method.LOGIN] = Advice(tr("LOGIN is offered only where PLAIN is, too."))
    greeting = str(keeper.draft.get(GREETING))
    if problem := greeting_problem(greeting, {*secure, *plain}):
        found[Method.APOP] = Advice(
            sentence(tr(problem)),
            tr("Mend the greeting"),
            {GREETING: _mended(greeting)},
            "problem",
        )
    for method, view in views.items():
        if view.uses and (view.in_clear or view.under_tls) and method not in (*secure, *plain):
            found[method] = Advice(_in_use(view))
    return found


def readable_at(keeper: DraftKeeper) -> str:
    """The listeners of the draft where others could read along, in words; empty when nowhere."""
    names = [f"“{entry['name']}”" for entry in keeper.draft.get(LISTENERS) if is_readable(entry)]
    if not names:
        return ""
    if len(names) == 1:
        return tr("listener {name}").format(name=names[0])
    return tr("listeners {names}").format(names=", ".join(names))


def losses(services: Services) -> list[str]:
    """What applying the draft would take away from people, a sentence each."""
    keeper = services.keeper
    if not any(change.path.startswith(REACHES_ACCOUNTS) for change in keeper.changes):
        return []
    try:
        wanted = keeper.draft.checked()
        names = services.service.stranded(wanted)
    except (ConfigRejected, Refused):
        return []
    said = [stranded_text(names)] if names else []
    kept = forgotten(keeper.config, wanted, services.service.methods())
    if kept:
        said.append(forgotten_text(kept))
    return said


def forgotten(running: Config, wanted: Config, views: Iterable[MethodView]) -> int:
    """How many accounts' kept passwords would be deleted, for nothing needs them any more."""
    if not _kept_for(running) or _kept_for(wanted):
        return 0
    return max((view.ready for view in views if view.method in SECRET_METHODS), default=0)


def forgotten_text(accounts: int) -> str:
    """That kept passwords are deleted, and what brings them back."""
    if accounts == 1:
        kept = tr("The kept password of 1 account is deleted.")
    else:
        kept = tr("The kept passwords of {n} accounts are deleted.").format(n=number(accounts))
    return f"{kept} {tr('They are kept again only once they are set or used anew.')}"


def secrets_advice(keeper: DraftKeeper, values: Mapping[str, Any]) -> Iterator[Note]:
    """Notes for the card of kept passwords."""
    chosen = (*keeper.draft.get(SECURE), *keeper.draft.get(PLAIN))
    unused = [method.upper() for method in values["keep_for"] if method not in chosen]
    if unused:
        text = tr("{methods}: switched off above, so nothing is kept for it.")
        yield Note("keep_for", "info", text.format(methods=", ".join(unused)))


def account_advice(values: Mapping[str, Any]) -> Iterator[Note]:
    """Notes for the limits of accounts."""
    if values["delay"] > OFTEN:
        text = tr("Many mail programs look for mail every few minutes; they would show an error.")
        yield Note("delay", "attention", text)


def lock_advice(values: Mapping[str, Any]) -> Iterator[Note]:
    """Notes for who may have a mailbox open."""
    if values["exclusive_lock"]:
        text = tr("A phone and a computer that look for mail at the same time disturb each other.")
        yield Note("exclusive_lock", "info", text)


def greeting_advice(keeper: DraftKeeper, values: Mapping[str, Any]) -> Iterator[Note]:
    """Notes for the greeting."""
    advice = method_advice(keeper, {}).get(Method.APOP)
    if advice is not None:
        mended = _mended(str(values["greeting"]))
        yield Note("greeting", advice.state, advice.text, advice.action, mended)


def encryption_advice(values: Mapping[str, Any], listeners: Iterable[Mapping[str, Any]]) -> Any:
    """Notes for whether connections may be encrypted on the way."""
    waiting = [
        f"“{entry['name']}”"
        for entry in listeners
        if entry["enabled"] and entry["security"] == "starttls-required"
    ]
    if waiting and not values["allow_starttls"]:
        text = tr("Nobody can sign in at {names} any more, where STARTTLS is required.")
        yield Note("allow_starttls", "attention", text.format(names=", ".join(waiting)))


def _mended(greeting: str) -> str:
    """The greeting as APOP can use it."""
    mended = greeting.replace("<", "").replace(">", "")
    return mended if "U" in TOKEN.findall(mended) else f"{mended} %U".strip()


def _kept_for(config: Config) -> set[Method]:
    pop3 = config.pop3
    return {*pop3.secrets.keep_for} & {*pop3.secure_methods, *pop3.plain_methods}


def _in_use(view: MethodView) -> str:
    times = tr("once") if view.uses == 1 else tr("{n} times").format(n=number(view.uses))
    text = tr("Used {times} in 30 days. Those mail programs have to sign in another way.")
    return text.format(times=times)
