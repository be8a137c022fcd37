"""Changes of a draft in words: page, setting, old and new value, effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.forms.row_text import choice_texts, difference
from app.forms.words import in_units, is_several, spoken, tr
from server_core.config.draft import Change, Problem
from server_core.config.layout import ENTRIES
from server_core.config.model import Config, Listener
from server_core.config.schema import Effect, Kind, Setting, choices_of, sections_of, settings_of

# The order in which the review lists effects: what people notice most comes first.
GRAVITY = (
    Effect.REBINDS,
    Effect.NEXT_START,
    Effect.NEW_HANDSHAKES,
    Effect.NEW_CONNECTIONS,
    Effect.NOW,
)

LISTED = "pop3.listeners"
OF_LISTENERS = ("access",)
"""Sections of listeners that are not edited on the Listeners page."""

PAGES = {
    LISTED: ("listeners", "Listeners"),
    "access": ("access", "Access lists"),
    "pop3.access": ("access", "Access lists"),
    "pop3.flow": ("flow", "Flow control"),
    "pop3.threads": ("workers", "Performance"),
    **dict.fromkeys(
        ("bans", "pop3.max_errors", "pop3.max_auth_errors", "pop3.auth_failure_delay"),
        ("bans", "Errors and bans"),
    ),
    "storage": ("workers", "Performance"),
    "log": ("logging", "Logging"),
    **dict.fromkeys(
        (
            *("server", "pop3.greeting", "pop3.announce_version", "pop3.allow_starttls"),
            *("pop3.secure_methods", "pop3.plain_methods", "pop3.digest_realms"),
            *("pop3.secrets", "pop3.kerberos", "pop3.accounts"),
        ),
        ("auth", "Authentication"),
    ),
}
"""The id and the title of the page with the settings below a path."""

NAMED = 5

_TELLING = ("address", "security")


@dataclass(frozen=True)
class ChangeText:
    """One change as it is read."""

    page: str
    setting: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.page} – {self.setting}: {self.before} → {self.after}"


def change_text(change: Change) -> ChangeText:
    """The change in words."""
    page = page_of(change.path)
    before, after = change.before, change.after
    if isinstance(after, Mapping):
        return ChangeText(page, change.title, tr("new"), _entry(after))
    if isinstance(before, Mapping):
        return ChangeText(page, change.title, _entry(before), tr("removed"))
    setting = _declared(change.path)
    if setting is not None and is_several(setting.annotation) and choices_of(setting.annotation):
        return ChangeText(page, change.title, *choice_texts(setting, before, after))
    told = spoken(setting, after)
    if setting is not None and setting.kind is Kind.ROWS:
        told = f"{told}: {difference(before, after)}"
    return ChangeText(page, change.title, spoken(setting, before), told)


def stranded_text(names: Sequence[str]) -> str:
    """Which accounts nobody could sign in to any more, the first few by name."""
    if len(names) == 1:
        text = tr("No method would be left for {names}: nobody could sign in to it any more.")
        return text.format(names=names[0])
    listed = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        listed = tr("{names} and {n} more").format(names=listed, n=len(names) - NAMED)
    text = tr("No method would be left for {n} accounts, so nobody could sign in to them: {names}.")
    return text.format(n=len(names), names=listed)


def by_effect(changes: Iterable[Change]) -> list[tuple[Effect, list[Change]]]:
    """The changes in groups, the gravest effect first."""
    listed = list(changes)
    groups = [(effect, [c for c in listed if c.effect is effect]) for effect in GRAVITY]
    return [(effect, group) for effect, group in groups if group]


def page_of(path: str) -> str:
    """The title of the page a setting is on."""
    return tr(_page(path)[1])


def page_id_of(path: str) -> str:
    """The id of the page a setting is on; empty when there is none."""
    return _page(path)[0]


def title_of(path: str) -> str:
    """What a setting is called, with its listener and its row where it belongs to one."""
    place, _, number = path.partition(".#")
    setting = _declared(place)
    entry = tr("entry {n}").format(n=number.partition(".")[0]) if number else ""
    title = tr(setting.title) if setting is not None else ""
    return ": ".join(part for part in (_listener_and_field(place)[0], title, entry) if part)


def problem_text(problem: Problem) -> str:
    """What is wrong with a setting, in the units it is edited in."""
    return in_units(_declared(problem.path), problem.text)


def _page(path: str) -> tuple[str, str]:
    place = path.partition(".#")[0]
    section = _listener_and_field(place)[1].partition(".")[0]
    if section in OF_LISTENERS:
        return PAGES[section]
    return next(
        (page for place, page in PAGES.items() if f"{path}.".startswith(f"{place}.")), ("", "")
    )


def _listener_and_field(path: str) -> tuple[str, str]:
    """The listener a path leads through and what follows its name; empty for other paths."""
    listed = path.removeprefix(f"{LISTED}.")
    if listed == path:
        return "", ""
    for field in sorted(ENTRIES[LISTED], key=len, reverse=True):
        if listed.endswith(f".{field}"):
            return listed.removesuffix(f".{field}"), field
    return "", ""


def _entry(values: Mapping[str, object]) -> str:
    """What tells an entry of a list from others: address and protection of a listener."""
    told = [declared for declared in settings_of(Listener) if declared.name in _TELLING]
    return ", ".join(spoken(declared, values[declared.name]) for declared in told)


def _declared(path: str) -> Setting | None:
    """The declaration of the setting at a path; names in between are skipped."""
    section: type = Config
    for part in path.split("."):
        inner = {inner.name: inner.kind for inner in sections_of(section)}
        section = inner.get(part, section)
    name = path.rpartition(".")[2]
    return next((s for s in settings_of(section) if s.name == name), None)
