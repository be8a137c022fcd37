"""Bans as a file for spreadsheets and firewalls: CSV with one ban a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

from server_core.events.views import BanView

HEADING = ("address", "kind", "why", "since", "until", "blocked", "evidence")


def written(bans: Iterable[BanView]) -> str:
    """The bans with times in UTC; a ban for ever has no end."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADING)
    for ban in bans:
        writer.writerow(
            (
                ban.address,
                ban.kind.value,
                ban.why,
                _moment(ban.since),
                _moment(ban.until) if ban.until else "",
                ban.blocked,
                "; ".join(ban.evidence),
            )
        )
    return text.getvalue()


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="seconds")
