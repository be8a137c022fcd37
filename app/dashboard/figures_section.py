"""The tiles of the Dashboard, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from app.bridge.services import Services
from app.dashboard.figures import FigureKind, Seen, figure_kinds, trend_of
from app.dashboard.tiles import Tile
from app.look.flow import Strip
from server_core.events.log_views import Sample

TILE_WIDTH = 190


class FiguresSection(Strip):
    """One tile for each kind of figure."""

    def __init__(self, services: Services) -> None:
        super().__init__(TILE_WIDTH, even=True)
        self.setObjectName("dashboard.figures")
        self._services = services
        self._seen: Seen | None = None
        self._tiles: list[tuple[FigureKind, Tile]] = []
        for kind in figure_kinds():
            tile = Tile(services.theme, f"dashboard.{kind.id}", kind.title)
            tile.clicked.connect(lambda _=False, kind=kind: self._open(kind))
            self._tiles.append((kind, tile))
        self.show_parts([tile for _, tile in self._tiles])

    def show_seen(self, seen: Seen, minutes: Sequence[Sample], now: float) -> None:
        """Show what is seen now; ``minutes`` are what trends are made of."""
        self._seen = seen
        for kind, tile in self._tiles:
            figure = kind.show(seen)
            tile.show_figure(figure.value, figure.note, figure.mark)
            tile.show_trend(trend_of(kind, minutes, now))

    def _open(self, kind: FigureKind) -> None:
        target = kind.target(self._seen) if self._seen is not None else ""
        self._services.window.go(kind.page, target)
