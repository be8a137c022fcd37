"""The theme: tokens from ``resources/style``, as palette, stylesheet, fonts and icons."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.resources import resource, text


class Choice(StrEnum):
    """Which theme the person wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@cache
def tokens() -> Mapping[str, Any]:
    """The token file."""
    return tomllib.loads(text("style", "tokens.toml"))


def space(name: str) -> int:
    """A distance: ``xs`` 4, ``s`` 8, ``m`` 12, ``l`` 16, ``xl`` 24, ``xxl`` 32."""
    return int(tokens()["space"][name])


def size(name: str) -> int:
    """A size of a part: ``row``, ``control``, ``navigation``, ``icon``."""
    return int(tokens()["size"][name])


class Theme(QObject):
    """The colours in use. ``changed`` says that whatever was painted must be painted again."""

    changed = Signal()

    def __init__(self, application: QApplication, choice: Choice = Choice.SYSTEM) -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        self._base = QFont(application.font())
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._known: dict[str, QColor] = {}
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def choice(self) -> Choice:
        """What the person chose."""
        return self._choice

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in use."""
        if self._choice is Choice.SYSTEM:
            scheme = QGuiApplication.styleHints().colorScheme()
            return scheme is Qt.ColorScheme.Dark
        return self._choice is Choice.DARK

    def choose(self, choice: Choice) -> None:
        """Use another theme from now on."""
        self._choice = choice
        self.apply()

    def apply(self) -> None:
        """Give the application its style, palette, font and stylesheet."""
        self._icons.clear()
        self._known.clear()
        self._application.setStyle("Fusion")
        self._application.setPalette(self._palette())
        self._application.setStyleSheet(self._stylesheet())
        self.changed.emit()

    def color(self, role: str) -> QColor:
        """A colour by its token, such as ``accent``, ``muted`` or ``problem``."""
        known = self._known.get(role)
        if known is None:
            known = self._known[role] = QColor(self._colors()[role])
        return QColor(known)

    def font(self, kind: str, *, bold: bool = False) -> QFont:
        """A font by its token: ``small``, ``body``, ``section``, ``title``, ``figure``."""
        font = QFont(self._base)
        font.setPointSizeF(self._base.pointSizeF() * float(tokens()["type"][kind]))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        # Digits of one width, so that numbers that change do not dance.
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def icon(self, name: str, role: str = "muted") -> QIcon:
        """An icon of ``resources/icons`` drawn in a colour of this theme."""
        key = (name, role)
        if key not in self._icons:
            self._icons[key] = self._draw(name, role)
        return self._icons[key]

    def _draw(self, name: str, role: str) -> QIcon:
        icon = QIcon()
        for mode, color in ((QIcon.Mode.Normal, role), (QIcon.Mode.Disabled, "disabled")):
            source = text("icons", f"{name}.svg").replace("currentColor", self._colors()[color])
            renderer = QSvgRenderer(QByteArray(source.encode()))
            for edge in (16, 18, 24, 32, 36, 48, 72, 96):
                pixmap = QPixmap(QSize(edge, edge))
                pixmap.fill(Qt.GlobalColor.transparent)
                painter = QPainter(pixmap)
                renderer.render(painter, QRectF(0, 0, edge, edge))
                painter.end()
                icon.addPixmap(pixmap, mode)
        return icon

    def _colors(self) -> Mapping[str, str]:
        colors: Mapping[str, str] = tokens()["dark" if self.dark else "light"]
        return colors

    def _follow_system(self) -> None:
        self._known.clear()
        if self._choice is Choice.SYSTEM:
            self.apply()

    def _palette(self) -> QPalette:
        palette = QPalette()
        for role, token in _ROLES.items():
            palette.setColor(role, self.color(token))
        for role in (
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.Text,
            QPalette.ColorRole.ButtonText,
        ):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("disabled"))
        return palette

    def _stylesheet(self) -> str:
        sheet = text("style", "postroom.qss")
        values: dict[str, str] = {**self._colors()}
        values["folder"] = resource("style").as_posix()
        values["scheme"] = "dark" if self.dark else "light"
        for group in ("space", "radius", "size"):
            values |= {f"{group}_{name}": f"{value}px" for name, value in tokens()[group].items()}
        for name, value in sorted(values.items(), key=lambda item: -len(item[0])):
            sheet = sheet.replace(f"@{name}", value)
        return sheet


_ROLES = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "alternate",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "problem",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Light: "surface",
    QPalette.ColorRole.Midlight: "raised",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "control_border",
    QPalette.ColorRole.Shadow: "border",
}
