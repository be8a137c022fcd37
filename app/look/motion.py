"""Whether anything may move or fade: people can ask the window or their system for none of it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QStyle

_REDUCED, _EFFECTS_BEFORE = "motion_reduced", "motion_effects_before"


def allowed() -> bool:
    """Whether neither the window nor the system was asked to leave animations out."""
    return not reduced() and bool(
        QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animate)
    )


def reduced() -> bool:
    """Whether this window was asked."""
    return bool(_application().property(_REDUCED))


def reduce(*, wanted: bool) -> None:
    """Leave animations out from now on, those of Qt's menus and boxes too, or allow them again."""
    if wanted == reduced():
        return
    _application().setProperty(_REDUCED, wanted)
    everything = Qt.UIEffect.UI_General
    if wanted:
        _application().setProperty(_EFFECTS_BEFORE, QApplication.isEffectEnabled(everything))
        QApplication.setEffectEnabled(everything, False)
    else:
        # What the system does not want stays off.
        before = bool(_application().property(_EFFECTS_BEFORE))
        QApplication.setEffectEnabled(everything, before)


def _application() -> QCoreApplication:
    application = QCoreApplication.instance()
    assert application is not None
    return application
