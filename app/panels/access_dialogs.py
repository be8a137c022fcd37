"""The questions the Access lists page asks: rules to add, and the settings of one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from app.bridge.services import Services
from app.forms.bound_form import sentence
from app.forms.form import Form, Note, scrolled
from app.forms.words import choice_text, tr
from app.forms.work_dialog import WorkDialog
from app.look.parts import column, label, monospace, muted, row
from app.panels import access_text
from app.panels.access_rows import RuleList
from server_core.config.admission import AccessRule, DenyEntry, FlowOverride, Verdict

WRONG_SHOWN = 5
LEAST_WIDTH, LEAST_HEIGHT = 560, 380


class AddRules(WorkDialog):
    """Lines to type or paste, each a rule. Good ones are added; wrong ones stay, with the reason.

    ``add`` takes the rows.
    """

    def __init__(
        self,
        services: Services,
        shown: RuleList,
        add: Callable[[list[dict[str, Any]]], object],
        parent: QWidget,
    ) -> None:
        title = tr("Add rules to {list}").format(list=shown.spoken)
        super().__init__(services, "access.add_dialog", title, tr("Add"), parent)
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self._list, self._add = shown, add
        self._wrong: list[tuple[str, str]] = []
        self._otherwise = QComboBox()
        self.lines = QPlainTextEdit()
        self._build()
        self._count()

    def reading(self) -> access_text.Reading:
        """What the lines say now."""
        otherwise = Verdict(self._otherwise.currentData())
        return access_text.read(self.lines.toPlainText(), self._list.model, otherwise)

    def problem(self) -> str:
        reading = self.reading()
        if reading.rows or reading.wrong:
            return ""
        return tr("Write an address, a range a-b or a network a/bits, one a line.")

    async def work(self) -> None:
        reading = self.reading()
        if reading.rows:
            self._add(reading.rows)
            self.cancel.setText(tr("Close"))
        if reading.wrong:
            self.lines.setPlainText("\n".join(line for line, _ in reading.wrong))
            raise ValueError(_told(len(reading.rows), reading.wrong))

    def _build(self) -> None:
        self.body.addLayout(self._first_words())
        self.lines.setObjectName("access.add_lines")
        self.lines.setAccessibleName(tr("Addresses, one a line"))
        self.lines.setFont(monospace(self.services.theme))
        self.lines.setTabChangesFocus(True)
        self.lines.setPlaceholderText("192.168.1.0/24  # " + tr("Office") + "\n192.0.2.7-192.0.2.9")
        self.lines.textChanged.connect(self._count)
        hint = muted(
            self.services.theme,
            tr(
                "One address, range or network a line; what follows a # becomes its note. "
                "A line may begin with allow or deny."
            ),
            kind="small",
        )
        hint.setWordWrap(True)
        self.body.addWidget(self.lines, 1)
        self.body.addWidget(hint)
        self.lines.setFocus()

    def _first_words(self) -> QHBoxLayout:
        """What happens to the addresses below: ``Allow these addresses:``."""
        self._otherwise.setObjectName("access.add_action")
        self._otherwise.setAccessibleName(tr("What these addresses may do"))
        offered = (Verdict.ALLOW, Verdict.DENY) if self._list.section else (Verdict.DENY,)
        for verdict in offered:
            self._otherwise.addItem(choice_text(verdict), verdict.value)
        self._otherwise.setVisible(len(offered) > 1)
        self._otherwise.currentIndexChanged.connect(self._count)
        words = tr("these addresses:") if len(offered) > 1 else tr("Deny these addresses:")
        line = row()
        line.addWidget(self._otherwise)
        line.addWidget(label(self.services.theme, words))
        line.addStretch(1)
        return line

    def _count(self) -> None:
        number = len(self.reading().rows)
        words = tr("Add {n} rules").format(n=number) if number > 1 else tr("Add")
        self.action.setText(words)
        self.action.setAccessibleName(words)


class EditRule(WorkDialog):
    """The settings of one rule. ``keep`` takes its row when that is right."""

    def __init__(
        self,
        services: Services,
        shown: RuleList,
        values: Mapping[str, Any],
        keep: Callable[[dict[str, Any]], object],
        parent: QWidget,
    ) -> None:
        title = tr("Rule of {list}").format(list=shown.spoken)
        super().__init__(services, "access.edit_dialog", title, tr("OK"), parent)
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self._model, self._keep = shown.model, keep
        self.values = {**values, "flow": dict(values.get("flow", {}))}
        fields = [
            name
            for name in ("action", "address", "enabled", "note", "expires")
            if name in self._model.model_fields
        ]
        self.form = Form(services.theme, self._model, "access.rule", fields)
        self.form.edited.connect(self._edit)
        self.limits = Form(services.theme, FlowOverride, "access.rule.flow")
        self.limits.edited.connect(self._edit_limit)
        self._build()
        self.resize(LEAST_WIDTH + 80, LEAST_HEIGHT + 180)
        self._show()
        self.form.field("address").setFocus()

    def problem(self) -> str:
        found = self._problems()
        self.form.show_notes(_notes(found, self.form.names(), ""))
        self.limits.show_notes(_notes(found, self.limits.names(), "flow."))
        return tr("This is not right yet.") if found else ""

    async def work(self) -> None:
        self._keep(self._row())

    def _build(self) -> None:
        inside = QWidget()
        body = column(inside, gap="l")
        body.addWidget(self.form)
        self._heading = label(
            self.services.theme, tr("Limits of its own"), kind="section", bold=True
        )
        self._hint = muted(
            self.services.theme,
            tr(
                "For the addresses of this rule. Limits for one address replace those around it; "
                "limits for all come on top of them."
            ),
            kind="small",
        )
        self._hint.setWordWrap(True)
        for widget in (self._heading, self._hint, self.limits):
            body.addWidget(widget)
        self.body.addWidget(scrolled(inside), 1)
        expires = self.form.field("expires")
        assert isinstance(expires, QLineEdit)
        expires.setPlaceholderText(tr("Never, or a date like 2026-12-31 18:00"))

    def _row(self) -> dict[str, Any]:
        """The rule; one that denies has no limits, whatever was entered before."""
        if self._model is DenyEntry:
            return {name: value for name, value in self.values.items() if name != "flow"}
        if self.values["action"] == Verdict.DENY:
            return {**self.values, "flow": dict.fromkeys(access_text.LIMITS)}
        return dict(self.values)

    def _problems(self) -> Mapping[str, str]:
        return access_text.problems_of([self._row()], self._model).get(0, {})

    def _edit(self, name: str, value: object) -> None:
        self.values[name] = value
        self._show()

    def _edit_limit(self, name: str, value: object) -> None:
        self.values["flow"] = {**dict.fromkeys(access_text.LIMITS), **self.values["flow"]}
        self.values["flow"][name] = value
        self._show()

    def _show(self) -> None:
        self.form.show_values(self.values)
        self.limits.show_values({**dict.fromkeys(access_text.LIMITS), **self.values["flow"]})
        lets_in = self._model is AccessRule and self.values["action"] == Verdict.ALLOW
        for widget in (self._heading, self._hint, self.limits):
            widget.setVisible(lets_in)
        found = self._problems()
        self.form.show_notes(_notes(found, self.form.names(), ""))
        self.limits.show_notes(_notes(found, self.limits.names(), "flow."))
        if not found:
            self.tell("")


def _notes(found: Mapping[str, str], names: Iterable[str], prefix: str) -> list[Note]:
    return [
        Note(name, "problem", sentence(found[prefix + name]))
        for name in names
        if prefix + name in found
    ]


def _told(added: int, wrong: list[tuple[str, str]]) -> str:
    if added:
        head = tr("{n} added. These lines are left:").format(n=added)
    else:
        head = tr("Nothing was added. These lines cannot be read:")
    lines = [
        # Most reasons begin with what was written.
        reason if reason.startswith(line) else f"{line}: {reason}"
        for line, reason in wrong[:WRONG_SHOWN]
    ]
    if len(wrong) > WRONG_SHOWN:
        lines.append(tr("and {n} more").format(n=len(wrong) - WRONG_SHOWN))
    return "\n".join([head, *lines])
