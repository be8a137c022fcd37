"""Parts of the editor that show and do not edit: limits inherited, rules in words, what happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from app.bridge.services import Services
from app.forms.table_editor import Entry
from app.forms.words import choice_text, spoken, tr
from app.look.lines import Line, Lines
from app.look.parts import button, column, label, muted, row
from app.look.words import number
from app.panels.access_effective import Step, steps
from app.panels.access_table import MARKS
from app.panels.listeners_facts import Facts, new_tip, sessions_text
from app.panels.listeners_table import LISTENERS
from server_core.config.admission import Flow, FlowOverride, Otherwise
from server_core.config.schema import settings_of
from server_core.events.reasons import REFUSAL_TEXTS

STEPS_SHOWN = 8


class InheritedLimits(QWidget):
    """What the limits that are inherited come to, and the way to where they are set."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._keeper = services.keeper
        self._text = muted(services.theme)
        self._text.setObjectName("listeners.inherited")
        self._text.setWordWrap(True)
        go = button(tr("Go to Flow control"), "listeners.to_flow", kind="link")
        go.clicked.connect(lambda: services.window.go("flow"))
        line = row(self, gap="m")
        line.addWidget(self._text, 1)
        line.addWidget(go)

    def show_limits(self) -> None:
        """Bring the sentence up to the draft."""
        values = self._keeper.draft.get("pop3.flow")
        told = [
            f"{_lowered(tr(each.title))} {spoken(each, values[each.name])}"
            for each in settings_of(Flow)
            if each.name in FlowOverride.model_fields
        ]
        self._text.setText(tr("Inherited are: {limits}.").format(limits=", ".join(told)))


class AccessTab(QWidget):
    """What decides about connections to the listener, and the way to its own rules."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._keeper, self._key = services.keeper, ""
        self._text = label(services.theme)
        self._text.setObjectName("listeners.access")
        self._text.setWordWrap(True)
        self._steps = Lines(services.theme)
        edit = button(tr("Edit its rules"), "listeners.to_access")
        edit.clicked.connect(
            lambda: services.window.go("access", f"{LISTENERS}.{self._key}.access")
        )
        line = row(gap="m")
        line.addWidget(self._text, 1)
        line.addWidget(edit)
        body = column(self, gap="m")
        body.addLayout(line)
        body.addLayout(self._steps.grid)

    def show_entry(self, entry: Entry) -> None:
        """Show another listener, or the same after an edit."""
        self._key = entry.key
        access = entry.values["access"]
        rest = choice_text(Otherwise(access["otherwise"]))
        self._text.setText(
            f"{_rules_text(access['rules'])} {tr('Everything else: {rest}.').format(rest=rest)}"
        )
        deciding = steps(self._keeper, str(entry.values["name"]))
        lines = [_step_line(step) for step in deciding[:STEPS_SHOWN]]
        if len(deciding) > STEPS_SHOWN:
            more = tr("and {n} more").format(n=number(len(deciding) - STEPS_SHOWN))
            lines.append(("", more, None))
        self._steps.show(lines)


class ActivityTab(QWidget):
    """Connections of the listener: open, new, and refused by reason."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._lines = Lines(services.theme)
        sessions = button(tr("Show sessions"), "listeners.to_sessions")
        sessions.clicked.connect(lambda: services.window.go("sessions", "now"))
        refused = button(tr("Show refused connections"), "listeners.to_refused")
        refused.clicked.connect(lambda: services.window.go("sessions", "refused"))
        line = row()
        line.addWidget(sessions)
        line.addWidget(refused)
        line.addStretch(1)
        body = column(self, gap="m")
        body.addLayout(self._lines.grid)
        body.addLayout(line)

    def show_facts(self, known: Facts | None) -> None:
        """Show these facts; a listener that was not applied yet has none."""
        self._lines.show(_activity(known))


def _rules_text(rules: Sequence[Mapping[str, Any]]) -> str:
    if not rules:
        return tr("No rules of its own.")
    text = tr("1 rule of its own") if len(rules) == 1 else tr("{n} rules of its own")
    off = sum(not rule["enabled"] for rule in rules)
    switched_off = tr(", {n} of them off").format(n=number(off)) if off else ""
    return f"{text.format(n=number(len(rules)))}{switched_off}."


def _step_line(step: Step) -> Line:
    note = f" ({step.note})" if step.note else ""
    return step.scope, f"{step.action} {_lowered(step.address)}{note}", MARKS[step.verdict]


def _activity(known: Facts | None) -> list[Line]:
    if known is None:
        return [(tr("State"), tr("Not applied yet"), None)]
    lines = [
        (tr("Sessions now"), sessions_text(known)),
        (tr("New connections"), new_tip(known) or "–"),
        (tr("Refused within the last hour"), number(known.refusals)),
    ]
    lines += [
        ("", f"{number(each.times)}: {tr(REFUSAL_TEXTS[each.reason])}") for each in known.refused
    ]
    return [(title, text, None) for title, text in lines]


def _lowered(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"
