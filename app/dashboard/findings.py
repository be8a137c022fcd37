"""What needs a look: each finding with its severity, a sentence, and the page that mends it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from app.dashboard.figures import SOON_DAYS, days_left
from app.dashboard.health_rows import page_for
from app.forms.bound_form import sentence
from server_core.events.health import Finding as Check
from server_core.events.health import FindingState
from server_core.events.views import CertificateKind, CertificateView, ServerStatus

LOG, LOG_PLACE = "log: ", "log, "


class Severity(StrEnum):
    """How grave a finding is; the values are roles of colour and mark."""

    PROBLEM = "problem"
    ATTENTION = "attention"


_GRAVE = {
    FindingState.PROBLEM: Severity.PROBLEM,
    FindingState.ATTENTION: Severity.ATTENTION,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. ``page`` and ``target`` are where its button leads."""

    severity: Severity
    sentence: str
    page: str
    target: str = ""


def severity_word(severity: Severity) -> str:
    """The word beside the mark."""
    tr = QCoreApplication.translate
    return {
        Severity.PROBLEM: tr("Findings", "Problem"),
        Severity.ATTENTION: tr("Findings", "Attention"),
    }[severity]


def findings_of(
    status: ServerStatus, certificates: Sequence[CertificateView], checks: Sequence[Check] = ()
) -> tuple[Finding, ...]:
    """All findings, problems first; what is known now goes before what a check found once."""
    found = [*_of_status(status), *_of_certificates(certificates)]
    known = {(each.page, each.target) for each in found}
    found += (
        finding
        for check, finding in _of_checks(checks)
        if (finding.page, check.subject or check.target) not in known
    )
    return tuple(sorted(found, key=lambda each: list(Severity).index(each.severity)))


def _of_status(status: ServerStatus) -> Iterator[Finding]:
    """What the server itself calls a problem."""
    of_listeners = {f"{view.name}: {view.sentence}": view.name for view in status.listeners}
    for problem in status.problems:
        told = sentence(problem)
        if problem in of_listeners:
            yield Finding(Severity.PROBLEM, problem, "listeners", of_listeners[problem])
        elif problem.startswith(LOG_PLACE):
            place = problem.removeprefix(LOG_PLACE).partition(": ")[0]
            yield Finding(Severity.ATTENTION, told, "logging", place)
        elif problem.startswith(LOG):
            yield Finding(Severity.ATTENTION, told, "logging")
        else:
            yield Finding(Severity.ATTENTION, told, "auth", "pop3.secrets.keep_for")


def _of_checks(checks: Sequence[Check]) -> Iterator[tuple[Check, Finding]]:
    for check in checks:
        if check.state in _GRAVE:
            named = not check.subject or check.subject in check.sentence
            told = check.sentence if named else f"{check.subject}: {check.sentence}"
            page = page_for(check) or "health"
            yield check, Finding(_GRAVE[check.state], told, page, check.target)


def _of_certificates(certificates: Sequence[CertificateView]) -> Iterator[Finding]:
    tr = QCoreApplication.translate
    for each in certificates:
        if not each.used_by or each.kind is CertificateKind.AUTHORITY:
            continue
        days = days_left(each, time.time())
        if each.problem:
            yield Finding(Severity.PROBLEM, f"{each.name}: {each.problem}", "certs", each.name)
        elif days < 0:
            text = tr("Findings", "The certificate {name} has ended; clients refuse it.")
            yield Finding(Severity.PROBLEM, text.format(name=each.name), "certs", each.name)
        elif days < SOON_DAYS and not each.renews:
            text = tr("Findings", "The certificate {name} ends in {days} days.")
            told = text.format(name=each.name, days=days)
            yield Finding(Severity.ATTENTION, told, "certs", each.name)
