"""What the self-test of the window's program adds: Qt, fonts, icons and the files in resources/."""

from __future__ import annotations

import importlib
import os
from functools import cache

import PySide6
from PySide6.QtCore import QSize, qVersion
from PySide6.QtGui import QFontDatabase, QFontInfo, QGuiApplication, QIcon, QImage
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.demo import PEOPLE
from app.headless import has_display
from app.look.theme import Choice, Theme
from app.resources import resource
from server_core.self_test import Check, Faulty

_EDGE = 48


@cache
def _application() -> QApplication:
    """The one there can be, on the real screen where there is one."""
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    running = QApplication.instance()
    return running if isinstance(running, QApplication) else QApplication(["postroom"])


def _qt() -> str:
    application = _application()
    Theme(application, Choice.LIGHT).apply()
    if not application.styleSheet():
        raise Faulty("the stylesheet is empty")
    platform, styles = QGuiApplication.platformName(), ", ".join(QStyleFactory.keys())
    return f"Qt {qVersion()}, PySide6 {PySide6.__version__}, platform {platform}, styles {styles}"


def _fonts() -> str:
    families = QFontDatabase.families()
    if not families:
        raise Faulty("no font can be found, so the window would show no letters")
    return f"{len(families)} families, {QFontInfo(_application().font()).family()} in use"


def _icons() -> str:
    """An SVG without the plugin that draws it is an empty picture, not an error."""
    _application()
    files = sorted(resource("icons").glob("*.svg")) + sorted(resource("style").glob("*.svg"))
    empty = [file.name for file in files if _is_empty(QIcon(str(file)))]
    if empty or not files:
        raise Faulty(f"cannot be drawn: {', '.join(empty) or 'there is no icon at all'}")
    return f"{len(files)} SVG icons drawn"


def _is_empty(icon: QIcon) -> bool:
    image = icon.pixmap(QSize(_EDGE, _EDGE)).toImage()
    if image.isNull():
        return True
    blank = QImage(image.size(), image.format())
    blank.setDevicePixelRatio(image.devicePixelRatio())
    blank.fill(0)
    return image == blank


def _demo() -> str:
    counts = {name: len(list(resource("demo", name).glob("*.eml"))) for name in PEOPLE}
    if not all(counts.values()):
        raise Faulty(f"sample mail is missing: {counts}")
    return ", ".join(f"{count} messages for {name}" for name, count in counts.items())


def _pages() -> str:
    """Everything the window is made of can be loaded."""
    importlib.import_module("app.bootstrap")
    return "the window and all its pages can be loaded"


WINDOW_CHECKS: tuple[Check, ...] = (
    ("Qt", _qt),
    ("fonts", _fonts),
    ("icons", _icons),
    ("sample mail", _demo),
    ("window", _pages),
)
