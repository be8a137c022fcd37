"""The editor table: which widget edits which kind of value."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.forms import addresses
from app.forms.classes_editor import classes_editor, own_classes_editor
from app.forms.editor import Editor, Factory, Report, in_a_row, named, well_behaved, well_set
from app.forms.list_editors import lines_editor, rows_editor
from app.forms.moment_editor import moment_editor
from app.forms.tls_editors import certificate_editor, ciphers_editor, file_editor
from app.forms.words import (
    DURATIONS,
    choice_text,
    choice_type,
    duration_parts,
    is_number,
    is_several,
    tr,
)
from app.look.theme import size, space
from server_core.config.schema import Kind, Setting, Unit, choices_of

# Far beyond every setting's bounds: a number that is wrong is shown and explained, not corrected.
LARGEST = 999_999_999
INHERITED, UNLIMITED, OWN = "inherited", "unlimited", "own"
# What an own number begins with; people type theirs over it.
FIRST_OWN = 60


class ValueKind(StrEnum):
    """The kinds of value there is an editor for."""

    SWITCH = "switch"
    NUMBER = "number"
    DURATION = "duration"
    LIMIT = "limit"
    CHOICE = "choice"
    CHOICES = "choices"
    ENDPOINT = "endpoint"
    MOMENT = "moment"
    OWN_NUMBER = "own number"
    ROWS = "rows"
    LINES = "lines"
    CERTIFICATE = "certificate"
    CIPHERS = "ciphers"
    FILE = "file"
    CLASSES = "classes"
    OWN_CLASSES = "own classes"
    TEXT = "text"


_BY_KIND = {
    Kind.LIMIT: ValueKind.LIMIT,
    Kind.ENDPOINT: ValueKind.ENDPOINT,
    Kind.MOMENT: ValueKind.MOMENT,
    Kind.ROWS: ValueKind.ROWS,
    Kind.ADDRESSES: ValueKind.LINES,
    Kind.CERTIFICATE: ValueKind.CERTIFICATE,
    Kind.CIPHERS: ValueKind.CIPHERS,
    Kind.FILE: ValueKind.FILE,
    Kind.CLASSES: ValueKind.CLASSES,
}


def kind_of(setting: Setting) -> ValueKind:
    """The kind of value a setting holds."""
    if is_number(setting.annotation) and setting.default is None:
        is_mask = setting.kind is Kind.CLASSES
        return ValueKind.OWN_CLASSES if is_mask else ValueKind.OWN_NUMBER
    if setting.kind in _BY_KIND:
        return _BY_KIND[setting.kind]
    if setting.annotation is bool:
        return ValueKind.SWITCH
    if choice_type(setting.annotation) is not None:
        return ValueKind.CHOICES if is_several(setting.annotation) else ValueKind.CHOICE
    if is_number(setting.annotation):
        return ValueKind.DURATION if setting.unit is Unit.SECONDS else ValueKind.NUMBER
    return ValueKind.LINES if is_several(setting.annotation) else ValueKind.TEXT


def editor_for(setting: Setting, name: str, report: Report) -> Editor:
    """A new editor; ``name`` becomes its objectName, ``report`` hears what the person enters."""
    editor = EDITORS[kind_of(setting)](setting, name, report)
    editor.widget.setAccessibleDescription(tr(setting.help))
    return editor


def _switch(setting: Setting, name: str, report: Report) -> Editor:
    box = QCheckBox(tr("On"))
    box.setMinimumHeight(size("control"))
    named(box, name, setting.title)
    box.toggled.connect(report)

    def show(value: Any) -> None:
        with QSignalBlocker(box):
            box.setChecked(bool(value))

    return Editor(box, show)


def _spin_box(setting: Setting) -> QSpinBox | QDoubleSpinBox:
    """A field for a number, whole or with two decimals as the setting is."""
    if setting.annotation is float:
        decimal = QDoubleSpinBox()
        decimal.setRange(0, LARGEST)
        decimal.setDecimals(2)
        decimal.setSingleStep(0.5)
        box: QSpinBox | QDoubleSpinBox = decimal
    else:
        box = QSpinBox()
        # No limit is said by the box or list beside it, not by a 0 that more digits may follow.
        box.setRange(1 if setting.kind is Kind.LIMIT else 0, LARGEST)
    box.setFixedWidth(104)
    well_set(box)
    well_behaved(box)
    return box


def _enter(box: QSpinBox | QDoubleSpinBox, value: float) -> None:
    if isinstance(box, QDoubleSpinBox):
        box.setValue(value)
    else:
        box.setValue(int(value))


def _number(setting: Setting, name: str, report: Report) -> Editor:
    box = _spin_box(setting)
    named(box, name, setting.title)
    if setting.unit.value:
        box.setSuffix(f" {tr(setting.unit.value)}")
        box.setFixedWidth(150)
    box.valueChanged.connect(report)

    def show(value: Any) -> None:
        with QSignalBlocker(box):
            _enter(box, value)

    return Editor(box, show)


def _duration(setting: Setting, name: str, report: Report) -> Editor:
    """A number and its unit; what is reported are seconds."""
    box, units = _spin_box(setting), QComboBox()
    named(box, name, setting.title)
    named(units, f"{name}.unit", f"{setting.title}: unit")
    well_behaved(units)
    for seconds, word in reversed(DURATIONS):
        units.addItem(tr(word), seconds)

    def edited() -> None:
        value = box.value() * int(units.currentData())
        report(value if setting.annotation is float else int(value))

    def show(value: Any) -> None:
        number, unit = duration_parts(value)
        with QSignalBlocker(box), QSignalBlocker(units):
            # A unit the person just chose stays while it says the same: 60 minutes are 60 minutes.
            if box.value() * int(units.currentData()) != value:
                units.setCurrentIndex(units.findData(unit))
                _enter(box, number)

    box.valueChanged.connect(edited)
    units.currentIndexChanged.connect(edited)
    return Editor(in_a_row(box, units), show)


def _limit(setting: Setting, name: str, report: Report) -> Editor:
    """A check box and a number; unchecked means no limit, which the file writes as 0."""
    check = QCheckBox(tr("Limit"))
    named(check, f"{name}.limited", f"{setting.title}: limit")
    number = (_duration if setting.unit is Unit.SECONDS else _number)(setting, name, report)
    last = [setting.default or setting.minimum or 1]

    def toggled(limited: bool) -> None:
        number.widget.setEnabled(limited)
        if limited:
            number.show(last[0])
        report(last[0] if limited else 0)

    def show(value: Any) -> None:
        with QSignalBlocker(check):
            check.setChecked(value != 0)
        number.widget.setEnabled(value != 0)
        if value:
            last[0] = value
            number.show(value)

    check.toggled.connect(toggled)
    return Editor(in_a_row(check, number.widget), show)


def _own_number(setting: Setting, name: str, report: Report) -> Editor:
    """Whether a number is inherited or one's own; inherited is None."""
    ways = QComboBox()
    named(ways, f"{name}.own", f"{setting.title}: inherit or own")
    well_behaved(ways)
    ways.addItem(tr("Inherit"), INHERITED)
    if setting.kind is Kind.LIMIT:
        ways.addItem(tr("No limit"), UNLIMITED)
    ways.addItem(tr("Own value"), OWN)
    number = (_duration if setting.unit is Unit.SECONDS else _number)(setting, name, report)
    last = [FIRST_OWN]

    def chosen() -> None:
        way = ways.currentData()
        number.widget.setVisible(way == OWN)
        if way == OWN:
            number.show(last[0])
        report({INHERITED: None, UNLIMITED: 0}.get(way, last[0]))

    def show(value: Any) -> None:
        unlimited = value == 0 and setting.kind is Kind.LIMIT
        way = INHERITED if value is None else UNLIMITED if unlimited else OWN
        ways.setCurrentIndex(ways.findData(way))
        number.widget.setVisible(way == OWN)
        if way == OWN:
            last[0] = value
            number.show(value)

    ways.activated.connect(chosen)
    return Editor(in_a_row(ways, number.widget), show)


def _choice(setting: Setting, name: str, report: Report) -> Editor:
    box = QComboBox()
    named(box, name, setting.title)
    well_behaved(box)
    for choice in choices_of(setting.annotation):
        box.addItem(choice_text(choice), choice.value)
    box.activated.connect(lambda index: report(box.itemData(index)))

    def show(value: Any) -> None:
        box.setCurrentIndex(box.findData(value))

    return Editor(box, show)


def _choices(setting: Setting, name: str, report: Report) -> Editor:
    area = QWidget()
    named(area, name, setting.title)
    layout = QVBoxLayout(area)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(space("xs"))
    boxes: dict[str, QCheckBox] = {}

    def edited() -> None:
        report([value for value, box in boxes.items() if box.isChecked()])

    def show(values: Sequence[str]) -> None:
        for value, box in boxes.items():
            with QSignalBlocker(box):
                box.setChecked(value in values)

    for choice in choices_of(setting.annotation):
        box = QCheckBox(choice_text(choice))
        named(box, f"{name}.{choice.value}", f"{setting.title}: {box.text()}")
        box.toggled.connect(edited)
        layout.addWidget(box)
        boxes[choice.value] = box
        if len(boxes) == 1:
            area.setFocusProxy(box)
    return Editor(area, show)


def _text(setting: Setting, name: str, report: Report) -> Editor:
    line = QLineEdit()
    well_behaved(line)
    named(line, name, setting.title)
    line.textEdited.connect(lambda text: report(text.strip()))

    def show(value: Any) -> None:
        if line.text().strip() != value:
            line.setText(value)

    return Editor(line, show)


def _endpoint(setting: Setting, name: str, report: Report) -> Editor:
    """An address to pick or type, and a port (``page.port`` beside ``page.address``)."""
    hosts, port = QComboBox(), QSpinBox()
    hosts.setEditable(True)
    hosts.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    hosts.setMinimumWidth(150)
    hosts.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    named(hosts, name, setting.title)
    named(port, f"{name.rpartition('.')[0]}.port", "Port")
    for widget in (hosts, port):
        well_behaved(widget)
    for text, address in addresses.choices():
        hosts.addItem(text, address)
    port.setRange(0, 65_535)
    port.setFixedWidth(96)
    well_set(port)

    def host() -> str:
        index = hosts.findText(hosts.currentText(), Qt.MatchFlag.MatchFixedString)
        return str(hosts.itemData(index)) if index >= 0 else hosts.currentText().strip()

    def edited() -> None:
        report(addresses.joined(host(), port.value()))

    def show(value: Any) -> None:
        shown, number = addresses.parted(value)
        with QSignalBlocker(hosts), QSignalBlocker(port):
            if shown != host():
                index = hosts.findData(shown)
                hosts.setCurrentIndex(index)
                if index < 0:
                    hosts.setEditText(shown)
            port.setValue(number)

    hosts.activated.connect(edited)
    hosts.editTextChanged.connect(edited)
    port.valueChanged.connect(edited)
    label = QLabel(tr("Port"))
    label.setBuddy(port)
    return Editor(in_a_row(hosts, label, port, wide=hosts), show)


EDITORS: dict[ValueKind, Factory] = {
    ValueKind.SWITCH: _switch,
    ValueKind.NUMBER: _number,
    ValueKind.DURATION: _duration,
    ValueKind.LIMIT: _limit,
    ValueKind.CHOICE: _choice,
    ValueKind.CHOICES: _choices,
    ValueKind.ENDPOINT: _endpoint,
    ValueKind.MOMENT: moment_editor,
    ValueKind.OWN_NUMBER: _own_number,
    ValueKind.ROWS: rows_editor,
    ValueKind.CLASSES: classes_editor,
    ValueKind.OWN_CLASSES: own_classes_editor,
    ValueKind.LINES: lines_editor,
    ValueKind.CERTIFICATE: certificate_editor,
    ValueKind.CIPHERS: ciphers_editor,
    ValueKind.FILE: file_editor,
    ValueKind.TEXT: _text,
}
