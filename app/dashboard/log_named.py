"""The menu of saved filters, and the question for a name."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QInputDialog, QMenu

from app.bridge.dialogs import ask
from app.bridge.services import Services
from app.dashboard.log_bar import LogBar
from app.dashboard.log_filter import LogFilter
from app.dashboard.log_saved import SavedFilters
from app.forms.words import tr
from app.look.parts import with_menu


class NamedFilters:
    """Fills the menu of the bar's button anew each time it is opened."""

    def __init__(self, services: Services, bar: LogBar) -> None:
        self._services, self._bar = services, bar
        self.saved = SavedFilters(services.settings)
        self._menu = QMenu(bar.saved)
        self._menu.setObjectName("log.saved_menu")
        self._menu.aboutToShow.connect(self.fill)
        with_menu(bar.saved, self._menu)

    def fill(self) -> None:
        """Show what there is now."""
        self._menu.clear()
        named = self.saved.named()
        for name, kept in named.items():
            self._menu.addAction(name.replace("&", "&&")).triggered.connect(
                partial(self._use, kept)
            )
        if named:
            self._menu.addSeparator()
            gone = self._menu.addMenu(tr("Forget"))
            for name in named:
                gone.addAction(name.replace("&", "&&")).triggered.connect(
                    partial(self._forget, name)
                )
        save = self._menu.addAction(tr("Save this filter…"))
        save.triggered.connect(lambda: self._services.tasks.start(self.ask_name()))

    def _use(self, kept: LogFilter, _checked: bool = False) -> None:
        self._bar.show_filter(kept)

    def _forget(self, name: str, _checked: bool = False) -> None:
        self.saved.forget(name)

    async def ask_name(self) -> None:
        """Ask for a name and keep the filter in use under it."""
        dialog = QInputDialog(self._bar.window())
        dialog.setObjectName("log.name_dialog")
        dialog.setWindowTitle(tr("Save filter"))
        dialog.setLabelText(tr("Name of the filter"))
        dialog.setOkButtonText(tr("Save"))
        wanted = self._bar.filter
        if await ask(dialog) and (name := dialog.textValue().strip()):
            self.saved.save(name[:60], wanted)
            self._services.window.say(tr("Filter saved."))
