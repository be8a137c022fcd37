"""What is known of one session, open or ended, field by field in words."""

from __future__ import annotations

import time
from textwrap import wrap

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QWidget

from app.dashboard.history_model import reason_of
from app.dashboard.session_filter import host_of, port_of
from app.dashboard.session_model import doing_of, errors_of, idle_of, messages_of
from app.look.parts import label, muted
from app.look.theme import Theme, space
from app.look.words import date_and_time, duration, number, octets, security, session_state
from server_core.events.session_views import SessionFacts
from server_core.events.views import CertificateView, ClosedSession, MeterView, SessionView

Fields = list[tuple[str, str]]


def open_fields(view: SessionView, facts: SessionFacts | None = None) -> Fields:
    """The fields of an open session."""
    tr = QCoreApplication.translate
    patience = duration(view.idle_timeout) if view.idle_timeout else tr("Sessions", "no limit")
    return [
        (tr("Sessions", "State"), session_state(view.state)[2]),
        (tr("Sessions", "Account"), view.user or "–"),
        (tr("Sessions", "Address"), host_of(view.peer)),
        (tr("Sessions", "Port"), port_of(view.peer)),
        (tr("Sessions", "Listener"), view.listener),
        (tr("Sessions", "Let in by"), view.rule or "–"),
        (tr("Sessions", "Security"), security(view.secure)),
        (tr("Sessions", "Method"), view.method.upper() or "–"),
        (tr("Sessions", "Doing"), doing_of(view)),
        *([(tr("Sessions", "Client hint"), hint_of(facts) or "–")] if facts is not None else []),
        (tr("Sessions", "Last command"), view.command or "–"),
        (tr("Sessions", "Messages"), messages_of(view) or "–"),
        (tr("Sessions", "Marked for deletion"), number(view.marked)),
        (tr("Sessions", "Sent"), octets(view.sent_octets)),
        (tr("Sessions", "Received"), octets(view.received_octets)),
        (tr("Sessions", "Connected since"), date_and_time(view.opened)),
        (tr("Sessions", "Silent for"), duration(time.time() - view.active)),
        (tr("Sessions", "Idle limit"), patience),
        (tr("Sessions", "Ends when silent"), idle_of(view) if view.idle_timeout else "–"),
        (tr("Sessions", "Errors"), errors_of(view)),
        *_limit_fields(facts),
        (tr("Sessions", "Session"), str(view.session)),
    ]


def closed_fields(row: ClosedSession, facts: SessionFacts | None = None) -> Fields:
    """The fields of an ended session; ``facts`` where it was looked at while it was open."""
    tr = QCoreApplication.translate
    return [
        (tr("Sessions", "Why it ended"), reason_of(row)),
        *([(tr("Sessions", "What went wrong"), row.problem)] if row.problem else []),
        (tr("Sessions", "Account"), row.user or "–"),
        (tr("Sessions", "Address"), host_of(row.peer)),
        (tr("Sessions", "Port"), port_of(row.peer)),
        (tr("Sessions", "Listener"), row.listener),
        *([(tr("Sessions", "Let in by"), facts.rule)] if facts is not None else []),
        (tr("Sessions", "Security"), security(row.secure)),
        (tr("Sessions", "Method"), row.method.upper() or "–"),
        (tr("Sessions", "Fetched"), number(row.retrieved)),
        (tr("Sessions", "Removed"), number(row.removed)),
        (tr("Sessions", "Sent"), octets(row.sent_octets)),
        (tr("Sessions", "Received"), octets(row.received_octets)),
        (tr("Sessions", "Connected"), date_and_time(row.opened)),
        (tr("Sessions", "Ended"), date_and_time(row.closed)),
        (tr("Sessions", "Lasted"), duration(row.closed - row.opened)),
        (tr("Sessions", "Session"), str(row.session)),
    ]


def encryption_fields(
    secure: str, facts: SessionFacts | None, certificate: CertificateView | None
) -> Fields:
    """How a session is encrypted; without facts only as far as its row tells."""
    tr = QCoreApplication.translate
    fields = [(tr("Sessions", "Version"), security(secure))]
    if facts is None or not facts.cipher:
        return fields
    fields += [
        (tr("Sessions", "Cipher"), facts.cipher),
        (tr("Sessions", "Server name asked for"), facts.asked_for or tr("Sessions", "none")),
    ]
    fingerprint = tr("Sessions", "Fingerprint"), "\n".join(wrap(facts.fingerprint, 24))
    if certificate is None:
        replaced = tr("Sessions", "one that was replaced since")
        return [
            *fields,
            (tr("Sessions", "Certificate"), replaced),
            fingerprint,
        ]
    return [
        *fields,
        (tr("Sessions", "Certificate"), certificate.name),
        (tr("Sessions", "Made out to"), ", ".join(certificate.names) or "–"),
        (tr("Sessions", "Signed by"), certificate.issuer),
        (tr("Sessions", "Valid until"), date_and_time(certificate.not_after)),
        fingerprint,
    ]


def hint_of(facts: SessionFacts) -> str:
    """What the program at the other end tells of itself, which is little; empty for nothing."""
    tr = QCoreApplication.translate
    told = []
    if facts.cipher and facts.asked_for:
        told.append(tr("Sessions", "connects to {name}").format(name=facts.asked_for))
    elif facts.cipher:
        told.append(tr("Sessions", "gives no server name"))
    if facts.language:
        told.append(tr("Sessions", "wants replies in {language}").format(language=facts.language))
    return ", ".join(told)


def _limit_fields(facts: SessionFacts | None) -> Fields:
    if facts is None:
        return []
    tr = QCoreApplication.translate
    fields = []
    if facts.most_failed_sign_ins:
        used = _used(facts.failed_sign_ins, facts.most_failed_sign_ins)
        fields.append((tr("Sessions", "Failed sign-ins"), used))
    return fields + [(_limit_title(limit), _limit_value(limit)) for limit in facts.limits]


def _limit_title(limit: MeterView) -> str:
    """Shorter than the titles of the settings, which stand in wider columns."""
    tr = QCoreApplication.translate
    return {
        "max_connections": tr("Sessions", "Open sessions"),
        "max_connections_per_peer": tr("Sessions", "From its address"),
        "max_new": tr("Sessions", "New lately"),
        "max_new_per_peer": tr("Sessions", "New, its address"),
    }.get(limit.limit, limit.limit)


def _limit_value(limit: MeterView) -> str:
    return f"{_used(limit.used, limit.allowed)} ({limit.scope})"


def _used(used: int, allowed: int) -> str:
    text = QCoreApplication.translate("Sessions", "{used} of {allowed}")
    return text.format(used=number(used), allowed=number(allowed))


class FieldsView(QScrollArea):
    """Fields under each other; texts can be selected."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self._values: list[QLabel] = []
        self._titles: list[str] = []
        content = QWidget()
        self._form = QFormLayout(content)
        self._form.setContentsMargins(0, 0, space("s"), 0)
        self._form.setHorizontalSpacing(space("m"))
        self._form.setVerticalSpacing(space("s"))
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.setAccessibleName(title)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)

    def show_fields(self, fields: Fields) -> None:
        """Show these fields."""
        titles = [title for title, _ in fields]
        if titles != self._titles:
            self._lay_out(titles)
        for shown, (title, value) in zip(self._values, fields, strict=True):
            if shown.text() != value:
                shown.setText(value)
                shown.setAccessibleName(f"{title}: {value}")

    def text(self) -> str:
        """All fields, one a line, as they are copied."""
        pairs = zip(self._titles, self._values, strict=True)
        return "\n".join(f"{title}\t{value.text()}" for title, value in pairs)

    def _lay_out(self, titles: list[str]) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._titles, self._values = titles, []
        for title in titles:
            value = label(self._theme)
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            shown = muted(self._theme, title)
            # Beside a value of several lines it stands at the first of them.
            shown.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._form.addRow(shown, value)
            self._values.append(value)
