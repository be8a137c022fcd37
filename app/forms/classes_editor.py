"""The editor of log classes: a slider whose steps fill in as it moves (reference 11.1)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QLabel, QSlider

from app.forms.editor import Editor, Report, in_a_row, named, well_behaved
from app.forms.words import CLASS_STEPS, classes_text
from server_core.config.schema import Setting


def classes_editor(setting: Setting, name: str, report: Report) -> Editor:
    """From nothing to everything in six steps; a sum that no step has is shown as custom."""
    slider, words = QSlider(Qt.Orientation.Horizontal), QLabel()
    named(slider, name, setting.title)
    well_behaved(slider)
    slider.setRange(0, len(CLASS_STEPS) - 1)
    slider.setPageStep(1)
    slider.setTickPosition(QSlider.TickPosition.TicksBelow)
    slider.setFixedWidth(180)
    words.setMinimumWidth(220)

    def tell(classes: int) -> None:
        words.setText(classes_text(classes))
        slider.setAccessibleDescription(words.text())

    def moved(step: int) -> None:
        tell(CLASS_STEPS[step])
        report(CLASS_STEPS[step])

    def show(value: Any) -> None:
        with QSignalBlocker(slider):
            steps = [step for step, classes in enumerate(CLASS_STEPS) if classes <= value]
            slider.setValue(steps[-1] if steps else 0)
        tell(value)

    slider.valueChanged.connect(moved)
    return Editor(in_a_row(slider, words), show)
