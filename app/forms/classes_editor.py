"""The editor of log classes: a slider whose steps fill in as it moves (reference 11.1)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QSlider, QStyle, QVBoxLayout, QWidget

from app.forms.editor import Editor, Report, in_a_row, named, well_behaved
from app.forms.words import CLASS_NAMES, CLASS_STEPS, classes_text, tr
from app.look.theme import size, space
from server_core.config.log import USUAL_CLASSES
from server_core.config.schema import Setting

INHERITED, OWN = "inherited", "own"
STEP_WIDTH, LEAST_STEP_WIDTH = 78, 60
# Room for the ring that shows the focus.
EDGE = 3


class ClassSlider(QSlider):
    """Five steps from critical to protocol, filled as far as entries are written.

    ``classes`` may be any sum; the steps show exactly what it holds. ``chosen`` carries the sum a
    person moved to.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.classes = 0
        self.setRange(0, len(CLASS_STEPS) - 1)
        self.setPageStep(1)
        self.setFixedHeight(size("control"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(self.sizeHint().width())
        self.valueChanged.connect(self._choose)

    def show_classes(self, classes: int) -> None:
        """Show a sum; nobody is told."""
        with QSignalBlocker(self):
            steps = [step for step, each in enumerate(CLASS_STEPS) if each <= classes]
            self.setValue(steps[-1] if steps else 0)
        self._fill(classes)

    def sizeHint(self) -> QSize:
        return QSize(len(CLASS_NAMES) * STEP_WIDTH + 2 * EDGE, size("control"))

    def minimumSizeHint(self) -> QSize:
        return QSize(len(CLASS_NAMES) * LEAST_STEP_WIDTH + 2 * EDGE, size("control"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        step = self._step_at(event)
        # Who presses the only step that is filled wants nothing at all.
        self._move_to(0 if step == 1 and self.classes == 1 else step)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move_to(self._step_at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        for number, name in enumerate(CLASS_NAMES):
            filled = bool(self.classes >> number & 1)
            self._paint_step(painter, self._place(number), tr(name), filled=filled)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Link), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)

    def _paint_step(self, painter: QPainter, place: QRect, name: str, *, filled: bool) -> None:
        role = QPalette.ColorRole
        fill, ink = (role.Highlight, role.HighlightedText) if filled else (role.Base, role.Text)
        if not self.isEnabled():
            fill, ink = (role.Mid if filled else role.Base), role.Text
        painter.setPen(QPen(self.palette().color(fill if filled else role.Dark), 1))
        painter.setBrush(self.palette().color(fill))
        painter.drawRoundedRect(place, 3, 3)
        painter.setPen(self.palette().color(ink))
        words = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _place(self, number: int) -> QRect:
        """Where a step is, seen from the side on which reading begins."""
        inside = self.rect().adjusted(EDGE + 1, EDGE + 1, -EDGE - 1, -EDGE - 1)
        left = inside.left() + number * inside.width() // len(CLASS_NAMES)
        right = inside.left() + (number + 1) * inside.width() // len(CLASS_NAMES) - 3
        place = QRect(left, inside.top(), right - left, inside.height())
        return QStyle.visualRect(self.layoutDirection(), self.rect(), place)

    def _step_at(self, event: QMouseEvent) -> int:
        x = event.position().toPoint().x()
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            x = self.width() - x
        return min(max(x * len(CLASS_NAMES) // max(self.width(), 1) + (x >= 0), 0), 5)

    def _move_to(self, step: int) -> None:
        if step != self.value():
            self.setValue(step)
        elif self.classes != CLASS_STEPS[step]:
            self._choose(step)

    def _choose(self, step: int) -> None:
        self._fill(CLASS_STEPS[step])
        self.chosen.emit(self.classes)

    def _fill(self, classes: int) -> None:
        self.classes = classes
        self.setToolTip(classes_text(classes))
        self.update()


def classes_editor(setting: Setting, name: str, report: Report) -> Editor:
    """From nothing to everything in six steps; a sum that no step has is named below as custom."""
    area, slider, words = QWidget(), ClassSlider(), QLabel()
    named(slider, name, setting.title)
    well_behaved(slider)
    words.setObjectName(f"{name}.words")
    words.setProperty("part", "muted")
    words.setWordWrap(True)
    body = QVBoxLayout(area)
    body.setContentsMargins(0, 0, 0, 0)
    body.setSpacing(space("xs"))
    body.addWidget(slider)
    body.addWidget(words)
    area.setFocusProxy(slider)

    def tell() -> None:
        text = classes_text(slider.classes)
        slider.setAccessibleDescription(text)
        words.setText(text)
        # The steps say the rest themselves.
        words.setVisible(not slider.classes or slider.classes not in CLASS_STEPS)

    def moved(classes: int) -> None:
        tell()
        report(classes)

    def show(value: Any) -> None:
        slider.show_classes(value)
        tell()

    slider.chosen.connect(moved)
    return Editor(area, show)


def own_classes_editor(setting: Setting, name: str, report: Report) -> Editor:
    """Whether classes are inherited or one's own; inherited is None."""
    ways = QComboBox()
    named(ways, f"{name}.own", f"{setting.title}: inherit or own")
    well_behaved(ways)
    ways.addItem(tr("Inherit"), INHERITED)
    ways.addItem(tr("Own level"), OWN)
    ways.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    last = [USUAL_CLASSES]

    def entered(classes: int) -> None:
        last[0] = classes
        report(classes)

    own = classes_editor(setting, name, entered)

    def chosen() -> None:
        is_own = ways.currentData() == OWN
        own.widget.setVisible(is_own)
        own.show(last[0])
        report(last[0] if is_own else None)

    def show(value: Any) -> None:
        ways.setCurrentIndex(ways.findData(INHERITED if value is None else OWN))
        own.widget.setVisible(value is not None)
        if value is not None:
            last[0] = value
            own.show(value)

    ways.activated.connect(chosen)
    return Editor(in_a_row(ways, own.widget), show)
