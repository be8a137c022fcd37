"""The navigation: the pages in their groups, with their counts, and which were changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from app.look.theme import Theme, size, space
from app.panels.page import Group, Page
from app.window.pages import group_title

PAGE_ROLE = 0x0110
BADGE_ROLE = 0x0111
ICON_ROLE = 0x0112
MEANING_ROLE = 0x0113
CHANGED_ROLE = 0x0114
DOT = 8
ENTRY_HEIGHT = 38
GROUP_HEIGHT = 34
SLIM_WIDTH = 60


class Navigation(QTreeWidget):
    """A tree of two levels, or a column of icons when there is little room."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, pages: Sequence[Page]) -> None:
        super().__init__()
        self._pages = {page.id: page for page in pages}
        self._items: dict[str, QTreeWidgetItem] = {}
        self.slim = False
        self.setObjectName("navigation")
        self.setAccessibleName(self.tr("Pages"))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setIndentation(0)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(_Entry(theme, self))
        self._fill()
        self.set_slim(False)
        self.currentItemChanged.connect(self._chosen)
        theme.changed.connect(self.viewport().update)

    def show_page(self, page: str) -> None:
        """Mark a page as the one shown."""
        self.setCurrentItem(self._items[page])

    def show_badge(self, page: str, text: str, meaning: str) -> None:
        """Show a count beside a page; ``meaning`` says it in words."""
        item = self._items[page]
        if item.data(0, BADGE_ROLE) == text:
            return
        item.setData(0, BADGE_ROLE, text)
        item.setData(0, MEANING_ROLE, meaning)
        self._put_into_words(page)

    def show_changed(self, pages: Collection[str]) -> None:
        """Put a dot on the pages with changes that are not applied, and on no others."""
        for page, item in self._items.items():
            if bool(item.data(0, CHANGED_ROLE)) != (page in pages):
                item.setData(0, CHANGED_ROLE, page in pages)
                self._put_into_words(page)

    def set_slim(self, slim: bool) -> None:
        """Show icons only, or icons with titles under group headings."""
        self.slim = slim
        self.setFixedWidth(SLIM_WIDTH if slim else size("navigation"))
        for place in range(self.topLevelItemCount()):
            heading = self.topLevelItem(place)
            if heading is not None:
                heading.setSizeHint(0, QSize(0, space("m") if slim else GROUP_HEIGHT))
        self.scheduleDelayedItemsLayout()

    def _fill(self) -> None:
        groups: dict[Group, QTreeWidgetItem] = {}
        for page in self._pages.values():
            if page.group not in groups:
                heading = QTreeWidgetItem(self, [group_title(page.group)])
                heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
                heading.setExpanded(True)
                groups[page.group] = heading
            item = QTreeWidgetItem(groups[page.group], [page.title])
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setData(0, PAGE_ROLE, page.id)
            item.setData(0, ICON_ROLE, page.icon)
            item.setSizeHint(0, QSize(0, ENTRY_HEIGHT))
            self._items[page.id] = item
            self._put_into_words(page.id)

    def _put_into_words(self, page: str) -> None:
        """Say in the accessible name and the tip what badge and dot show."""
        item, told = self._items[page], self._pages[page]
        changed = self.tr("Changes not applied yet") if item.data(0, CHANGED_ROLE) else ""
        spoken = (told.title, item.data(0, MEANING_ROLE), changed)
        name = ". ".join(filter(None, spoken))
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, name)
        item.setToolTip(0, "\n".join(filter(None, (told.purpose, changed))))

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, PAGE_ROLE):
            self.chosen.emit(item.data(0, PAGE_ROLE))


class _Entry(QStyledItemDelegate):
    """Paints headings small and quiet, the page shown as a soft pill in the accent colour."""

    def __init__(self, theme: Theme, tree: Navigation) -> None:
        super().__init__(tree)
        self._theme, self._tree = theme, tree

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(PAGE_ROLE) is None:
            self._paint_heading(painter, option, str(index.data()))
        else:
            self._paint_page(painter, option, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
        if self._tree.slim:
            return
        box = option.rect
        painter.setFont(self._theme.font("small", bold=True))
        painter.setPen(self._theme.color("muted"))
        painter.drawText(
            box.adjusted(space("xl") - 4, 0, 0, -4),
            Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft,
            text,
        )

    def _paint_page(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        color = self._theme.color
        slim = self._tree.slim
        # The column may be wider than what is seen of it.
        seen = QRect(option.rect)
        seen.setWidth(self._tree.viewport().width())
        box = seen.adjusted(space("s"), 2, -space("s"), -2)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent_soft" if selected else "raised"))
            painter.drawRoundedRect(box, 8, 8)
        if focused:
            painter.setPen(QPen(color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)
        edge = size("icon") + 2
        left = box.center().x() - edge // 2 if slim else box.left() + space("m")
        icon_box = QRect(left, box.center().y() - edge // 2, edge, edge)
        role = "accent" if selected else "muted"
        self._theme.icon(str(index.data(ICON_ROLE)), role).paint(painter, icon_box)
        if index.data(CHANGED_ROLE):
            self._paint_dot(painter, icon_box)
        if slim:
            return
        painter.setFont(self._theme.font("body", bold=selected))
        painter.setPen(color("accent" if selected else "text"))
        words = box.adjusted(space("m") + edge + space("m"), 0, -space("m"), 0)
        side = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, side | Qt.AlignmentFlag.AlignLeft, str(index.data()))
        if badge := index.data(BADGE_ROLE):
            self._paint_badge(painter, box, str(badge))

    def _paint_dot(self, painter: QPainter, icon_box: QRect) -> None:
        """At the icon's corner, where there is room for it beside any title and badge."""
        place = QRect(0, 0, DOT, DOT)
        place.moveCenter(icon_box.topRight())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        painter.drawEllipse(place)

    def _paint_badge(self, painter: QPainter, box: QRect, text: str) -> None:
        painter.setFont(self._theme.font("small", bold=True))
        width = max(22, painter.fontMetrics().horizontalAdvance(text) + 12)
        place = QRect(box.right() - width - space("s"), box.center().y() - 9, width, 19)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        painter.drawRoundedRect(place, 9.5, 9.5)
        painter.setPen(self._theme.color("on_accent"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
