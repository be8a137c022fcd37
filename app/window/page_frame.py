"""What the window puts around a page: title, purpose, margins."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bridge.services import PageWidget, Services
from app.look.parts import PageHeading, column
from app.look.theme import space
from app.panels.page import Page


class PageFrame(QWidget):
    """A page as the window shows it."""

    def __init__(self, page: Page, services: Services) -> None:
        super().__init__()
        self.page = page
        self.content: PageWidget = page.make(services)
        self.setAccessibleName(page.title)
        heading = PageHeading(services.theme, page.title, page.purpose)
        for button in self.content.title_buttons():
            heading.buttons.addWidget(button)
        body = column(self, gap="l")
        below = 0 if self.content.scrolls else space("l")
        body.setContentsMargins(space("xl"), space("xl"), space("xl"), below)
        body.addWidget(heading)
        body.addWidget(self.content, 1)
