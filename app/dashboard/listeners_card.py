"""Every listener in a chip, and what clients should enter."""

from __future__ import annotations

from collections.abc import Iterable

from app.bridge.services import Services
from app.dashboard.listener_chips import ListenerChip, only_here
from app.dashboard.tab_order import in_order
from app.look.flow import Strip
from app.look.parts import Card, button, muted
from server_core.events.views import ListenerState, MeterView, ServerStatus

CHIP_WIDTH = 232


class ListenersCard(Card):
    """A strip of chips; a click on one opens its listener."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.theme, "")
        self.setObjectName("dashboard.listeners_card")
        self.setAccessibleName(self.tr("Listeners"))
        self._services = services
        self._advice = muted(services.theme)
        self._advice.setWordWrap(True)
        self._change = button(self.tr("Change listeners"), "dashboard.listeners", kind="link")
        self._change.clicked.connect(lambda: services.window.go("listeners"))
        self._strip = Strip(CHIP_WIDTH, fewest=3)
        self._chips: dict[str, ListenerChip] = {}
        self.heading.addWidget(self._advice, 1)
        self.heading.addWidget(self._change)
        self.body.addLayout(self.heading)
        self.body.addWidget(self._strip)

    def show_status(self, status: ServerStatus, meters: Iterable[MeterView]) -> None:
        """Show every listener as it is now."""
        self._advice.setText(self._client_advice(status))
        views = status.listeners
        names = [view.name for view in views]
        if names != list(self._chips):
            window, theme = self._services.window, self._services.theme
            self._chips = {
                name: self._chips.get(name) or ListenerChip(theme, window, name) for name in names
            }
            self._strip.show_parts(list(self._chips.values()))
            buttons = [part for chip in self._chips.values() for part in chip.buttons]
            in_order(self._change, *buttons)
        limits = {meter.scope: meter.allowed for meter in meters if meter.limit == LIMIT}
        for view in views:
            self._chips[view.name].show_view(view, limits.get(f"listener '{view.name}'", 0))

    def _client_advice(self, status: ServerStatus) -> str:
        up = [view for view in status.listeners if view.state is ListenerState.LISTENING]
        if not up:
            return self.tr("No listener takes connections.")
        if all(only_here(view) for view in up):
            return self.tr(
                "Mail programs on this computer can use these addresses. Other devices cannot "
                "connect yet: every listener is for this computer only."
            )
        return self.tr("In the mail program choose POP3 and enter one of these addresses.")


LIMIT = "max_connections"
