"""The parts pages are made of: headings, cards, banners, empty states, buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.look.marks import Mark
from app.look.theme import Theme, size, space

ALERTS = {"ok": "circle", "info": "diamond", "attention": "triangle", "problem": "cross"}


def column(parent: QWidget | None = None, *, margin: str = "", gap: str = "m") -> QVBoxLayout:
    """A vertical layout with distances from the tokens."""
    layout = QVBoxLayout() if parent is None else QVBoxLayout(parent)
    edge = space(margin) if margin else 0
    layout.setContentsMargins(edge, edge, edge, edge)
    layout.setSpacing(space(gap))
    return layout


def row(parent: QWidget | None = None, *, gap: str = "s") -> QHBoxLayout:
    """A horizontal layout with distances from the tokens."""
    layout = QHBoxLayout() if parent is None else QHBoxLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(space(gap))
    return layout


def label(theme: Theme, text: str = "", *, kind: str = "body", bold: bool = False) -> QLabel:
    """A text in one of the theme's sizes; what it shows is never taken for markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(theme.font(kind, bold=bold))
    return made


def muted(theme: Theme, text: str = "", *, kind: str = "body") -> QLabel:
    """A text that stays in the background."""
    made = label(theme, text, kind=kind)
    made.setProperty("part", "muted")
    return made


def button(text: str, name: str, *, kind: str = "", accessible: str = "") -> QPushButton:
    """A push button; ``name`` is ``page.control``, ``kind`` primary, danger, link or plain."""
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAccessibleName(accessible or text)
    made.setProperty("kind", kind)
    if kind == "link":
        made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def with_menu(made: QPushButton, menu: QMenu) -> QPushButton:
    """The button, which opens a menu; an arrow with room of its own says so."""
    made.setMenu(menu)
    made.setProperty("opens", "menu")
    return made


def with_icon(made: QPushButton, theme: Theme, icon: str, role: str = "text") -> QPushButton:
    """The button, with an icon before its words that follows the theme."""

    def paint() -> None:
        made.setIcon(theme.icon(icon, role))

    paint()
    theme.changed.connect(paint)
    # Qt leaves hardly a gap between the two.
    made.setText(f" {made.text()}")
    return made


def tab_bar(name: str, accessible: str, *titles: str) -> QTabBar:
    """Tabs above what they choose from; ``name`` is ``page.tabs``."""
    made = QTabBar()
    made.setObjectName(name)
    made.setAccessibleName(accessible)
    made.setExpanding(False)
    made.setDrawBase(False)
    made.setUsesScrollButtons(False)
    for title in titles:
        made.addTab(title)
    return made


class IconButton(QToolButton):
    """A button that is only an icon; ``text`` is its tooltip and accessible name."""

    def __init__(self, theme: Theme, icon: str, text: str, name: str) -> None:
        super().__init__()
        self._theme, self._icon = theme, icon
        self.setObjectName(name)
        self.setProperty("kind", "quiet")
        self.setIconSize(QSize(size("icon"), size("icon")))
        self.show_icon(icon, text)
        theme.changed.connect(self._paint)

    def show_icon(self, icon: str, text: str) -> None:
        """Show another icon with its words."""
        self._icon = icon
        self.setAccessibleName(text)
        self.setToolTip(text)
        self._paint()

    def _paint(self) -> None:
        self.setIcon(self._theme.icon(self._icon))


class Card(QFrame):
    """A raised area with an optional heading; ``body`` is where its content goes."""

    def __init__(self, theme: Theme, title: str = "") -> None:
        super().__init__()
        self.setProperty("part", "card")
        self.body = column(self, margin="l", gap="m")
        self.heading = row()
        if title:
            self.setAccessibleName(title)
            heading = label(theme, title, kind="section", bold=True)
            self.heading.addWidget(heading)
            self.heading.addStretch(1)
            self.body.addLayout(self.heading)


class Banner(QFrame):
    """A condition, with one button to the place that mends it; hidden while there is none."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("part", "banner")
        self._told: tuple[str, str, str] | None = None
        self._mark = Mark(theme, 14)
        self._text = label(theme)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.action = button("", f"{name}.action")
        line = row(self, gap="m")
        line.setContentsMargins(space("m"), space("s"), space("m"), space("s"))
        line.addWidget(self._mark)
        line.addWidget(self._text, 1)
        line.addWidget(self.action)
        self.hide()

    def tell(self, state: str, text: str, action: str = "") -> None:
        """Show the condition; ``state`` is ok, info, attention or problem. No text hides it."""
        if (told := (state, text, action)) == self._told:
            return
        self._told = told
        self._mark.show_mark(ALERTS[state], state)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setProperty("state", state)
        self.style().unpolish(self)
        self.style().polish(self)
        self.action.setText(action)
        self.action.setAccessibleName(action)
        self.action.setVisible(bool(action))
        self.setVisible(bool(text))


class EmptyState(QWidget):
    """What a page shows when it has nothing: an icon, one sentence, the button that helps."""

    def __init__(self, theme: Theme, icon: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._theme, self._icon = theme, icon
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence = label(theme, kind="section")
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setWordWrap(True)
        self._sentence.setMinimumWidth(280)
        self.action = button("", f"{name}.action", kind="primary")
        body = column(self, margin="xl", gap="l")
        body.addStretch(1)
        body.addWidget(self._picture)
        body.addWidget(self._sentence)
        body.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        body.addStretch(1)
        theme.changed.connect(self._paint)
        self._paint()

    def tell(self, sentence: str, action: str = "") -> None:
        """Say what is missing and what the button does; no action, no button."""
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.action.setText(action)
        self.action.setAccessibleName(action)
        self.action.setVisible(bool(action))

    def _paint(self) -> None:
        self._picture.setPixmap(self._theme.icon(self._icon, "disabled").pixmap(48, 48))


class PageHeading(QWidget):
    """Title and purpose of a page; ``buttons`` is the row for its buttons."""

    def __init__(self, theme: Theme, title: str, purpose: str) -> None:
        super().__init__()
        self.title = label(theme, title, kind="title", bold=True)
        self.purpose = muted(theme, purpose)
        words = column(gap="xs")
        words.addWidget(self.title)
        words.addWidget(self.purpose)
        self.buttons = row()
        line = row(self, gap="l")
        line.addLayout(words, 1)
        line.addLayout(self.buttons)
        line.setAlignment(self.buttons, Qt.AlignmentFlag.AlignBottom)


def monospace(theme: Theme) -> QFont:
    """A font for what machines say: addresses, protocol lines."""
    font = theme.font("body")
    font.setFamilies(["Cascadia Mono", "SF Mono", "Menlo", "DejaVu Sans Mono", "monospace"])
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font
