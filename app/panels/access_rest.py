"""The last row of an access list, pinned below the others: what happens to everything else."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QStackedWidget

from app.bridge.services import Services
from app.forms.editor import Editor
from app.forms.editors import editor_for
from app.forms.words import tr
from app.look.marks import Mark
from app.look.parts import label, muted, row
from app.look.theme import space
from app.panels.access_rows import RuleList
from server_core.config.admission import ListenerAccess, ServiceAccess
from server_core.config.schema import Section, settings_of
from server_core.events.reasons import Scope

FIELD_WIDTH = 240
NAME = "otherwise"


class EverythingElse(QFrame):
    """Shows and edits the last row of the list it follows; all services have none to edit."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setProperty("part", "card")
        self.setObjectName("access.rest")
        self._keeper = services.keeper
        self._shown: RuleList | None = None
        self._dot = Mark(services.theme, 10)
        self._dot.show_mark("circle", "accent")
        self._dot.setToolTip(tr("Changed, not applied yet"))
        self._choices = QStackedWidget()
        self._choices.setFixedWidth(FIELD_WIDTH)
        self._editors: dict[Scope, Editor] = {}
        for scope, model in ((Scope.SERVICE, ServiceAccess), (Scope.LISTENER, ListenerAccess)):
            self._add(scope, model)
        self._hint = muted(services.theme, kind="small")
        line = row(self, gap="m")
        line.setContentsMargins(space("m"), space("xs"), space("m"), space("xs"))
        line.addWidget(self._dot)
        line.addWidget(label(services.theme, tr("Everything else"), bold=True))
        line.addWidget(self._choices)
        line.addWidget(self._hint, 1)
        self.setMinimumHeight(44)

    def follow(self, shown: RuleList) -> None:
        """Show and edit the last row of this list."""
        self._shown = shown
        editor = self._editors.get(shown.scope)
        self._choices.setVisible(editor is not None)
        if editor is None:
            self._dot.hide()
            self._hint.setText(
                tr("Goes on to the last row of POP3: nobody is let in by this list.")
            )
            return
        path = f"{shown.section}.{NAME}"
        self._choices.setCurrentWidget(editor.widget)
        editor.show(self._keeper.draft.get(path))
        self._dot.setVisible(any(change.path == path for change in self._keeper.changes))
        self._hint.setText(tr("What happens to addresses that no rule names."))

    def _add(self, scope: Scope, model: type[Section]) -> None:
        declared = next(setting for setting in settings_of(model) if setting.name == NAME)
        editor = editor_for(declared, f"access.{scope.value}.{NAME}", self._edit)
        self._choices.addWidget(editor.widget)
        self._editors[scope] = editor

    def _edit(self, value: object) -> None:
        if self._shown is not None:
            self._keeper.set(f"{self._shown.section}.{NAME}", value)
