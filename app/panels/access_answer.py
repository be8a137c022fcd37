"""What would happen to a connection, as a sentence: who decides, and how much of limits is used."""

from __future__ import annotations

from collections.abc import Iterable

from app.forms.words import tr
from app.look.words import number
from server_core.events.reasons import REFUSAL_TEXTS, RefusalReason
from server_core.events.views import MeterView, Trial

# How the server's words begin when no rule but a last row decided.
REST = "everything else"
LIMITS = {
    "max_connections_per_peer": "{used} of {limit} connections from this address",
    "max_connections": "{used} of {limit} connections in all",
    "max_new_per_peer": "{used} of {limit} new ones from this address",
    "max_new": "{used} of {limit} new ones in all",
}


def answer(trial: Trial) -> str:
    """``Allowed by rule 3 of POP3: allow 192.0.2.0/24 (Office). Limits: …``."""
    if trial.rule.startswith(REST) and trial.reason in (None, RefusalReason.RULE_DENIED):
        verdict = tr("Allowed") if trial.admitted else tr("Refused")
        said = tr("{verdict}, for no rule names it; {rule}.").format(
            verdict=verdict, rule=trial.rule
        )
    elif trial.reason is None:
        said = tr("Allowed by {rule}.").format(rule=trial.rule)
    elif trial.reason is RefusalReason.RULE_DENIED:
        said = tr("Refused by {rule}.").format(rule=trial.rule)
    else:
        why = tr(REFUSAL_TEXTS[trial.reason])
        said = tr("Refused: {why} ({what}).").format(why=why, what=trial.rule)
    used = ", ".join(_used(trial.limits))
    return f"{said} {tr('Limits: {used}.').format(used=used)}" if used else said


def _used(meters: Iterable[MeterView]) -> list[str]:
    """Of each limit what is nearest to its end; what inherits a limit would say it twice."""
    nearest: dict[str, MeterView] = {}
    for meter in meters:
        known = nearest.get(meter.limit)
        if known is None or meter.allowed - meter.used < known.allowed - known.used:
            nearest[meter.limit] = meter
    return [
        tr(text).format(used=number(nearest[name].used), limit=number(nearest[name].allowed))
        for name, text in LIMITS.items()
        if name in nearest
    ]
