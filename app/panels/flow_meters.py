"""How much of a flow limit is used: a bar and three numbers beside the limit's field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtWidgets import QWidget

from app.forms.words import tr
from app.look.parts import column, muted
from app.look.share import Share
from app.look.theme import Theme
from app.look.words import number
from server_core.events.views import MeterView

Meters = Mapping[tuple[str, str], MeterView]


def listener_scope(name: str) -> str:
    """What the meters call a listener."""
    return f"listener '{name}'"


def by_limit(meters: Iterable[MeterView]) -> Meters:
    """The meters by scope and limit."""
    return {(meter.scope, meter.limit): meter for meter in meters}


def words_of(meter: MeterView) -> str:
    """``Now 12 · peak 40 · refused 3``."""
    return tr("Now {now} · peak {peak} · refused {refused}").format(
        now=number(meter.used), peak=number(meter.peak), refused=number(meter.refused)
    )


class LimitMeter(QWidget):
    """Beside the field of a limit; of limits for one address it shows the busiest address."""

    def __init__(self, theme: Theme, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._title = title
        self._bar = Share(theme)
        self._text = muted(theme, kind="small")
        body = column(self, gap="xs")
        body.addStretch(1)
        body.addWidget(self._text)
        body.addWidget(self._bar)
        body.addStretch(1)

    def show_meter(self, meter: MeterView | None) -> None:
        """Show how much is used; nothing while the server is stopped."""
        self._text.setText(words_of(meter) if meter is not None else "")
        allowed = meter.allowed if meter is not None else 0
        self._bar.setVisible(allowed > 0)
        if meter is not None and allowed:
            self._bar.show_share(meter.used / allowed)
        self.setAccessibleName(f"{self._title}: {self._text.text()}")

    def text(self) -> str:
        """The numbers shown."""
        return self._text.text()
