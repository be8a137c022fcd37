"""What only the account editor edits so: notes, methods by their kind, listeners to tick."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QGridLayout, QPlainTextEdit, QWidget

from app.forms.editor import Editor, Factory, Report, named, well_behaved
from app.forms.words import choice_text, tr
from app.look.parts import column, label, muted
from app.look.theme import Theme, space
from server_core.config.schema import Setting
from server_core.config.signing_in import SECRET_METHODS, TEXT_METHODS, Method

NOTES_HEIGHT = 76
METHODS_IN_A_ROW = 2
GROUPS: tuple[tuple[str, tuple[Method, ...]], ...] = (
    ("The password is sent", TEXT_METHODS),
    ("The password is proved, the server has to keep it", SECRET_METHODS),
    (
        "The password is proved, the server need not keep it",
        (
            *(Method.SCRAM_SHA_1, Method.SCRAM_SHA_1_PLUS),
            *(Method.SCRAM_SHA_256, Method.SCRAM_SHA_256_PLUS),
        ),
    ),
    ("Others vouch for the person", (Method.GSSAPI, Method.EXTERNAL)),
)


def paragraph_editor(setting: Setting, name: str, report: Report) -> Editor:
    """A text of several lines."""
    field = QPlainTextEdit()
    named(field, name, setting.title)
    well_behaved(field)
    field.setTabChangesFocus(True)
    field.setFixedHeight(NOTES_HEIGHT)

    def show(value: Any) -> None:
        if field.toPlainText() != value:
            with QSignalBlocker(field):
                field.setPlainText(value)

    field.textChanged.connect(lambda: report(field.toPlainText()))
    return Editor(field, show)


def methods_editor(theme: Theme) -> Factory:
    """The methods by how they prove who is there, each a box."""

    def make(setting: Setting, name: str, report: Report) -> Editor:
        area, boxes = QWidget(), _boxes(setting, name)
        named(area, name, setting.title)
        body = column(area, gap="xs")
        for title, methods in GROUPS:
            body.addWidget(muted(theme, tr(title), kind="small"))
            grid = QGridLayout()
            grid.setHorizontalSpacing(space("l"))
            grid.setVerticalSpacing(space("xs"))
            for place, method in enumerate(methods):
                grid.addWidget(boxes[method], *divmod(place, METHODS_IN_A_ROW))
            for part in range(METHODS_IN_A_ROW):
                grid.setColumnStretch(part, 1)
            body.addLayout(grid)
            body.addSpacing(space("xs"))
        return Editor(area, _reporting(boxes, report))

    return make


def _boxes(setting: Setting, name: str) -> dict[str, QCheckBox]:
    boxes: dict[str, QCheckBox] = {}
    for method in Method:
        words = choice_text(method).partition(" (")[0]
        boxes[method] = QCheckBox(words)
        boxes[method].setToolTip(choice_text(method))
        named(boxes[method], f"{name}.{method.value}", f"{setting.title}: {words}")
    return boxes


def _reporting(boxes: Mapping[str, QCheckBox], report: Report) -> Callable[[Any], None]:
    """Report what is ticked, in order; gives what shows values."""

    def edited() -> None:
        report([str(value) for value, box in boxes.items() if box.isChecked()])

    def show(values: Sequence[str]) -> None:
        for value, box in boxes.items():
            with QSignalBlocker(box):
                box.setChecked(value in values)

    for box in boxes.values():
        box.toggled.connect(edited)
    return show


def listeners_editor(theme: Theme, known: Callable[[], Iterable[tuple[str, str]]]) -> Factory:
    """The listeners there are, each a box with its address; a chosen one that is gone stays."""

    def make(setting: Setting, name: str, report: Report) -> Editor:
        area = QWidget()
        named(area, name, setting.title)
        body = column(area, gap="xs")
        shown: list[tuple[str, str]] = []
        current: list[Callable[[Any], None]] = []

        def show(values: Sequence[str]) -> None:
            there = dict(known())
            wanted = [*there.items(), *((gone, "") for gone in values if gone not in there)]
            if wanted != shown or not current:
                shown[:] = wanted
                boxes = _listener_boxes(setting, name, shown)
                _refill(area, [*boxes.values()] or [label(theme, tr("There are no listeners."))])
                current[:] = [_reporting(boxes, report)]
            current[0](values)

        body.addStretch(0)
        return Editor(area, show)

    return make


def _listener_boxes(
    setting: Setting, name: str, listeners: Iterable[tuple[str, str]]
) -> dict[str, QCheckBox]:
    boxes: dict[str, QCheckBox] = {}
    for listener, address in listeners:
        words = f"{listener}  ({address or tr('gone')})"
        boxes[listener] = QCheckBox(words)
        named(boxes[listener], f"{name}.{listener}", f"{setting.title}: {words}")
    return boxes


def _refill(area: QWidget, widgets: Iterable[QWidget]) -> None:
    layout = area.layout()
    assert layout is not None
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.deleteLater()
    for widget in widgets:
        layout.addWidget(widget)
