"""The keys of the whole window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

_USES_SPACE = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit)


class Keys(QObject):
    """Ctrl+1 … for pages, Alt+Left and Right, Ctrl+F, F5, Space, F6, Ctrl+W and Ctrl+Q."""

    def __init__(self, window: MainWindow, pages: Sequence[str]) -> None:
        super().__init__(window)
        self._window = window
        for place, page in enumerate(pages[:9], start=1):
            self._on(f"Ctrl+{place}", lambda page=page: window.open_page(page))  # type: ignore[misc]
        self._on("Alt+Left", lambda: window.step(-1))
        self._on("Alt+Right", lambda: window.step(1))
        self._on("Ctrl+F", self._focus_filter)
        self._on("F5", self._refresh)
        self._on("F6", lambda: self._next_region(1))
        self._on("Shift+F6", lambda: self._next_region(-1))
        self._on("Ctrl+W", window.close)
        self._on("Ctrl+Q", window.close)
        self._space = self._on("Space", self._toggle_live)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)

    def _focus_filter(self) -> None:
        self._window.page.focus_filter()

    def _refresh(self) -> None:
        self._window.page.look_again()

    def _toggle_live(self) -> None:
        self._window.page.toggle_live()

    def _on(self, keys: str, act: Callable[[], object]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self._window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(act)
        return shortcut

    def _focus_moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        # A field takes the space as text, a button as a press; elsewhere it is the page's.
        self._space.setEnabled(not isinstance(now, _USES_SPACE))

    def _next_region(self, distance: int) -> None:
        regions = self._window.regions()
        focused = self._window.focusWidget()
        here = next(
            (
                place
                for place, region in enumerate(regions)
                if focused is not None and (region is focused or region.isAncestorOf(focused))
            ),
            -1 if distance > 0 else 0,
        )
        for step in range(1, len(regions) + 1):
            region = regions[(here + distance * step) % len(regions)]
            if _focus_first(region):
                return


def _focus_first(region: QWidget) -> bool:
    """Put the focus on the first part of a region that takes it."""
    for part in tab_stops(region):
        if part.isVisible() and part.isEnabled():
            part.setFocus(Qt.FocusReason.TabFocusReason)
            return True
    return False


def tab_stops(region: QWidget) -> list[QWidget]:
    """The parts of a region that Tab stops at, visible or not."""
    every = [region, *region.findChildren(QWidget)]
    return [part for part in every if part.focusPolicy() & Qt.FocusPolicy.TabFocus]
