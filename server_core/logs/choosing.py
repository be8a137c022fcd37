"""Which entries are wanted, and which rule takes one (reference 11.1 to 11.3); decides only."""

from __future__ import annotations

from server_core.config.log import ALL_CLASSES, CATCH_ALL, CATCH_ALL_FILE, Log, LogRule, Sender
from server_core.config.model import Config
from server_core.events.protocol import CapturedLine
from server_core.events.types import Event, Level, Noticed, SessionEvent
from server_core.logs.entry import POP3, Entry, module_of
from server_core.logs.security import LEVELS

_CAUGHT = LogRule.model_construct(
    **{**LogRule().model_dump(), "priority": CATCH_ALL, "file": CATCH_ALL_FILE}
)
"""The reference's last rule: everything that no other took."""
_CAPTURED = CapturedLine.__name__


class Choice:
    """What one configuration wants logged; made anew with each."""

    def __init__(self, config: Config) -> None:
        log = config.log
        self._own = Level(log.classes)
        self._pop3 = Level(log.pop3)
        self._categories = {row.category: Level(row.classes) for row in log.categories}
        self._listeners = {
            listener.name: Level(listener.log_classes)
            for listener in config.pop3.listeners
            if listener.log_classes is not None
        }
        self._rules = rules_in_order(log)
        # A rule for the same file says how it is rolled over.
        same = (rule for rule in self._rules if rule.file.lower() == CATCH_ALL_FILE)
        self._catch_all = next(same, _CAUGHT)
        self.security = log.security
        self.message_ids = log.message_ids
        # What is decided is the same for thousands of events a second.
        self._wanted: dict[tuple[type[Event], str], bool] = {}
        self._rule_of: dict[tuple[str, str, Level], LogRule | None] = {}

    @property
    def wanted(self) -> Level:
        """Every class that some entry is wanted of; captured lines always are."""
        wanted = self._own | self._pop3
        for classes in (*self._categories.values(), *self._listeners.values()):
            wanted |= classes
        if self.security:
            wanted |= LEVELS
        return wanted & Level(ALL_CLASSES) | Level.CAPTURE

    def wants(self, event: Event) -> bool:
        """Whether an event is to be written at all: category, then listener, then service."""
        if isinstance(event, Noticed):  # the only one whose level is not that of its type
            return self._decide(event)
        key = type(event), event.listener if isinstance(event, SessionEvent) else ""
        wanted = self._wanted.get(key)
        if wanted is None:
            wanted = self._wanted[key] = self._decide(event)
        return wanted

    def _decide(self, event: Event) -> bool:
        if event.level & Level.CAPTURE:
            return True
        classes = self._categories.get(event.category)
        if classes is None and isinstance(event, SessionEvent):
            classes = self._listeners.get(event.listener)
        if classes is None:
            classes = self._pop3 if module_of(event) == POP3 else self._own
        return bool(classes & event.level)

    def rule_for(self, entry: Entry) -> LogRule | None:
        """The rule whose file gets the entry; None when the first that fits leaves it out.

        A captured line somebody asked for by itself: no rule leaves it out.
        """
        # Who sends may call itself anything; captured lines are few.
        if entry.received or entry.event == _CAPTURED:
            return self._find(entry)
        key = entry.host, entry.module, entry.level
        if key not in self._rule_of:
            self._rule_of[key] = self._find(entry)
        return self._rule_of[key]

    def _find(self, entry: Entry) -> LogRule | None:
        for rule in self._rules:
            if _fits(rule, entry):
                wanted = rule.classes & entry.level or entry.event == _CAPTURED
                return rule if wanted else None
        return self._catch_all


def rules_in_order(log: Log) -> tuple[LogRule, ...]:
    """The rules that are on, the one that is looked at first in front."""
    return tuple(sorted((r for r in log.rules if r.enabled), key=lambda rule: rule.priority))


def _fits(rule: LogRule, entry: Entry) -> bool:
    return (
        (rule.sender is Sender.REMOTE) is entry.received
        and rule.host.lower() in ("*", entry.host.lower())
        and rule.module.upper() in ("*", entry.module.upper())
    )
