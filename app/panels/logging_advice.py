"""What the Logging page warns of, and how fast a log grows that holds every command."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from app.bridge.draft_keeper import DraftKeeper
from app.forms.bound_form import Advise, sentence
from app.forms.form import Note
from app.forms.words import tr
from app.look.words import duration, number, octets
from app.panels.logging_state import FILES, SYSTEM, LogFacts
from server_core.config.draft import ConfigRejected
from server_core.config.warnings import warnings_of
from server_core.events.log_views import Sample
from server_core.events.types import Level

LONG_SECONDS = 3_600.0
DAY_HOURS = 24
# Measured: a mail program that looks for mail says seven lines and hears as many.
SESSION_OCTETS, MESSAGE_OCTETS = 1_300, 190

Told = tuple[str, str, str]


def wants_protocol(classes: object) -> bool:
    """Whether every command is written."""
    return isinstance(classes, int) and bool(classes & Level.PROTOCOL)


def growth(samples: Sequence[Sample]) -> str:
    """What class protocol adds in a day, going by the last 24 hours."""
    lately = samples[-DAY_HOURS:]
    sessions = sum(sample.done.connections for sample in lately)
    each = octets(SESSION_OCTETS)
    if not sessions:
        text = tr("Each session adds about {each}. There were none yet to tell what a day adds.")
        return text.format(each=each)
    messages = sum(sample.done.retrieved + sample.done.removed for sample in lately)
    a_day = (sessions * SESSION_OCTETS + messages * MESSAGE_OCTETS) * DAY_HOURS / len(lately)
    text = tr("About {size} a day, going by {n} sessions in the last {hours} hours.")
    if len(lately) == 1:
        text = tr("About {size} a day, going by {n} sessions in the last hour.")
    return text.format(size=octets(a_day), n=number(sessions), hours=number(len(lately)))


def banner(facts: LogFacts, now: Callable[[], float] = time.time) -> Told:
    """The gravest condition of the log: state, sentence and what the button does; else nothing."""
    for view in facts.places.values():
        if view.problem:
            text = tr("{place}: {problem} The server goes on; entries waiting: {n}.").format(
                place=place_words(view.name), problem=sentence(view.problem), n=number(view.waiting)
            )
            return "problem", text, tr("Show")
    if facts.receiving.problem:
        return "problem", sentence(facts.receiving.problem), tr("Show")
    since = facts.protocol_since
    if since and now() - since >= LONG_SECONDS:
        text = tr(
            "Every command has been written for {time}. That fills the disk and slows a busy "
            "server; a capture does it for one client and ends by itself."
        )
        return "attention", text.format(time=duration(now() - since)), tr("Write less")
    return "ok", "", ""


def place_words(name: str) -> str:
    """A destination's name for people."""
    return {FILES: tr("Files"), SYSTEM: tr("System log")}.get(name, name)


def receive_advice(keeper: DraftKeeper) -> Advise:
    """Warnings of the draft about receiving from other servers."""

    def advise(values: Mapping[str, Any]) -> Iterable[Note]:
        found = warned(keeper, "log.receive") if values["enabled"] else []
        return [Note(path.rpartition(".")[2], "attention", text) for path, text in found]

    return advise


def warned(keeper: DraftKeeper, section: str) -> list[tuple[str, str]]:
    """What the draft is warned of in a section: paths and sentences."""
    try:
        found = warnings_of(keeper.draft.checked())
    except ConfigRejected:
        return []
    return [(p.path, sentence(p.text)) for p in found if p.path.startswith(f"{section}.")]
