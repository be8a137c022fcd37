"""Which columns a table shows: a menu on its header, and in its own menu for the keyboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.look.tables import TableView


def offer_columns(table: TableView, resort: Callable[[], object]) -> QMenu:
    """Let a person choose columns, and have the rows sorted at once; the first column stays."""
    menu = QMenu(QCoreApplication.translate("Tables", "Columns"), table)
    again = QAction(QCoreApplication.translate("Tables", "Sort again now"), menu)
    again.triggered.connect(resort)

    def fill() -> None:
        menu.clear()
        menu.addAction(again)
        menu.addSeparator()
        header, model = table.horizontalHeader(), table.model()
        for section in range(1, header.count()):
            title = str(model.headerData(section, Qt.Orientation.Horizontal))
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(section))
            action.toggled.connect(
                lambda shown, section=section: table.show_column(section, shown=shown)
            )

    menu.aboutToShow.connect(fill)
    fill()
    header = table.horizontalHeader()
    header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    header.customContextMenuRequested.connect(
        lambda place: menu.popup(header.viewport().mapToGlobal(place))
    )
    table.addAction(menu.menuAction())
    return menu
