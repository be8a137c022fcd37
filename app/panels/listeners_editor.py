"""The editor of one listener: a tab for each part of it; every edit goes to the draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.bridge.services import Services
from app.forms.bound_form import Advise, BoundForm
from app.forms.form import Form, scrolled
from app.forms.table_editor import Entry
from app.forms.tls_editors import CertificatePicker
from app.forms.words import tr
from app.look.parts import Card, column, tab_bar
from app.look.theme import space
from app.panels import listeners_advice
from app.panels.certificates_table import days_text
from app.panels.flow_meters import LimitMeter
from app.panels.listeners_activity import AccessTab, ActivityTab, InheritedLimits
from app.panels.listeners_facts import Facts
from app.panels.listeners_table import LISTENERS
from server_core.config.admission import FlowOverride
from server_core.config.listening import Proxy, Tls
from server_core.config.model import Listener
from server_core.config.schema import Kind, Section, settings_of
from server_core.events.views import CertificateKind, CertificateView

GENERAL, ENCRYPTION, LIMITS, ACCESS, PROXY, ACTIVITY = range(6)
TITLES = ("General", "Encryption", "Limits", "Access", "Proxy", "Activity")


@dataclass(frozen=True)
class Part:
    """A form on a tab: a section of the listener (or itself), and which settings of it."""

    tab: int
    section: str
    model: type[Section]
    names: tuple[str, ...]


def _all(section: type[Section]) -> tuple[str, ...]:
    return tuple(setting.name for setting in settings_of(section))


GENERAL_SETTINGS = ("name", "address", "security", "idle_timeout", "domain", "log_classes")
# Whether a listener is on is switched in the table, at once.
PARTS = (
    Part(GENERAL, "", Listener, GENERAL_SETTINGS),
    Part(ENCRYPTION, "", Listener, ("certificate",)),
    Part(ENCRYPTION, "tls", Tls, _all(Tls)),
    Part(LIMITS, "flow", FlowOverride, _all(FlowOverride)),
    Part(PROXY, "proxy", Proxy, _all(Proxy)),
)


class ListenerEditor(Card):
    """Shows the listener it is told to follow. ``advise`` knows warnings about its own settings."""

    def __init__(self, services: Services, advise: Advise) -> None:
        super().__init__(services.theme)
        self.setAccessibleName(tr("Settings of the selected listener"))
        self._services = services
        titles = (tr(title) for title in TITLES)
        self.tabs = tab_bar("listeners.tabs", tr("Parts of the listener"), *titles)
        self._stack = QStackedWidget()
        self._bound: list[tuple[Part, Form, BoundForm]] = []
        self._inherited = InheritedLimits(services)
        self._meters: dict[str, LimitMeter] = {}
        self._entry: Entry | None = None
        self.access, self.activity = AccessTab(services), ActivityTab(services)
        advisers: Mapping[str, Advise] = {
            "": advise,
            "tls": listeners_advice.tls_advice,
            "proxy": listeners_advice.proxy_advice,
        }
        for part in PARTS:
            prefix = f"listeners.{part.section}" if part.section else "listeners"
            form = Form(services.theme, part.model, prefix, part.names)
            bound = BoundForm(form, services.keeper, advise=advisers.get(part.section))
            self._bound.append((part, form, bound))
            if part.tab == LIMITS:
                self._add_meters(form)
        self._build()

    def follow(self, entry: Entry | None) -> None:
        """Edit this listener from now on."""
        self._entry = entry
        place = f"{LISTENERS}.{entry.key}" if entry is not None else ""
        for part, _, bound in self._bound:
            bound.follow(f"{place}.{part.section}" if place and part.section else place)
        self._inherited.show_limits()
        self._show_access()

    def show_facts(self, known: Facts | None) -> None:
        """Show what is known of the listener beside its settings."""
        self.activity.show_facts(known)
        for name, meter in self._meters.items():
            meter.show_meter(known.meter(name) if known is not None else None)

    def offer(self, certificates: Iterable[CertificateView], now: float) -> None:
        """Offer these certificates for the choice of one."""
        picker = self.field("certificate")
        assert isinstance(picker, CertificatePicker)
        picker.offer(
            [
                (each.name, f"{each.name} ({days_text(each.not_after, now)})")
                for each in certificates
                if each.kind is not CertificateKind.AUTHORITY
            ]
        )

    def names(self) -> list[str]:
        """All settings that are edited here, as paths below the listener."""
        return [_path(part, name) for part, form, _ in self._bound for name in form.names()]

    def field(self, path: str) -> QWidget:
        """The widget that edits a setting, named by its path below the listener."""
        part, form = self._home_of(path)
        return form.field(path.removeprefix(f"{part.section}."))

    def show_field(self, path: str) -> None:
        """Put the cursor into the field of a setting; its section alone opens the tab."""
        if path in self.names():
            self.tabs.setCurrentIndex(self._home_of(path)[0].tab)
            self.field(path).setFocus()
            return
        tab = next((part.tab for part in PARTS if part.section and part.section == path), None)
        self.tabs.setCurrentIndex(ACCESS if path == "access" else tab or GENERAL)

    def _turned(self, tab: int) -> None:
        self._stack.setCurrentIndex(tab)
        self._show_access()

    def _show_access(self) -> None:
        """Long lists of rules take a moment to look through: only while in sight."""
        if self._entry is not None and self.tabs.currentIndex() == ACCESS:
            self.access.show_entry(self._entry)

    def _home_of(self, path: str) -> tuple[Part, Form]:
        return next(
            (part, form)
            for part, form, _ in self._bound
            if path in [_path(part, name) for name in form.names()]
        )

    def _build(self) -> None:
        for tab in range(len(TITLES)):
            self._stack.addWidget(scrolled(self._content(tab)))
        self.tabs.currentChanged.connect(self._turned)
        edge = space("l")
        self.body.setContentsMargins(edge, space("xs"), edge, edge)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self._stack, 1)

    def _add_meters(self, form: Form) -> None:
        for setting in settings_of(FlowOverride):
            if setting.kind is Kind.LIMIT:
                name = f"listeners.meter.{setting.name}"
                meter = LimitMeter(self._services.theme, name, tr(setting.title))
                form.put_beside(setting.name, meter)
                self._meters[setting.name] = meter

    def _content(self, tab: int) -> QWidget:
        if tab == ACCESS:
            return self.access
        if tab == ACTIVITY:
            return self.activity
        content = QWidget()
        body = column(content, gap="s")
        if tab == LIMITS:
            body.addWidget(self._inherited)
        forms = [form for part, form, _ in self._bound if part.tab == tab]
        widest = max(form.label_width for form in forms)
        for form in forms:
            form.align(widest)
            body.addWidget(form)
        return content


def _path(part: Part, name: str) -> str:
    return f"{part.section}.{name}" if part.section else name
