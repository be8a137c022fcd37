"""The tabs of the account editor that are forms: whose it is, how often, and from where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.bridge.services import Services
from app.forms.form import Form, Note, scrolled
from app.forms.words import spoken, tr
from app.look.parts import column, label, muted
from app.look.theme import space
from app.panels.account_editor_fields import listeners_editor, methods_editor, paragraph_editor
from server_core.config.account_terms import AccountBasics, AccountTerms
from server_core.config.schema import Section, settings_of
from server_core.config.signing_in import SignInLimits

# The dot for changed fields, and what parts it from the label.
BEFORE_LABELS = 22


class FormsTab(QWidget):
    """Some forms below each other; ``edited`` carries new values by the names of settings."""

    edited = Signal(dict)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.forms: list[Form] = []
        self._inside = QWidget()
        self.body: QVBoxLayout = column(self._inside, gap="s")
        self.body.setContentsMargins(0, space("m"), space("m"), 0)
        column(self).addWidget(scrolled(self._inside))

    def show_values(self, values: Mapping[str, Any], changed: Collection[str]) -> None:
        """Display these values, with a dot at those that differ from the server's."""
        for form in self.forms:
            form.show_values(values)
            form.mark_changed(name for name in form.names() if name in changed)

    def show_notes(self, notes: Iterable[Note]) -> None:
        """Say what is to be said about fields; what is about other tabs is not said here."""
        told = list(notes)
        for form in self.forms:
            form.show_notes(note for note in told if note.field in form.names())

    def names(self) -> list[str]:
        """The settings on this tab."""
        return [name for form in self.forms for name in form.names()]

    def field(self, name: str) -> QWidget:
        """The widget that edits a setting."""
        return next(form for form in self.forms if name in form.names()).field(name)

    def add_form(self, model: type[Section], *names: str, **editors: Any) -> Form:
        """One more form with these settings; the labels of all line up."""
        form = Form(self.services.theme, model, "account", names, editors=editors)
        form.edited.connect(lambda name, value: self.edited.emit({name: value}))
        self.forms.append(form)
        self.body.addWidget(form)
        width = max(each.label_width for each in self.forms)
        for each in self.forms:
            each.align(width)
        return form


class GeneralTab(FormsTab):
    """Whose the account is, what it is called, and how long it is there."""

    def __init__(self, services: Services, account: str) -> None:
        super().__init__(services)
        name = QHBoxLayout()
        self.body.addLayout(name)
        self.add_form(AccountBasics, "full_name")
        self.add_form(AccountTerms, "aliases")
        self.add_form(AccountBasics, "enabled")
        self.add_form(AccountTerms, "expires", "notes", notes=paragraph_editor)
        self.body.addStretch(1)
        self._name_line(name, account)

    def _name_line(self, line: QHBoxLayout, account: str) -> None:
        """The sign-in name, which stays as it is for the life of the account."""
        title = label(self.services.theme, tr("Sign-in name"))
        title.setFixedWidth(max(form.label_width for form in self.forms))
        name = label(self.services.theme, account, bold=True)
        name.setObjectName("account.name")
        name.setAccessibleName(tr("Sign-in name: {name}").format(name=account))
        name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line.setContentsMargins(BEFORE_LABELS, 0, 0, space("s"))
        line.setSpacing(space("m"))
        line.addWidget(title)
        line.addWidget(name, 1)


class LimitsTab(FormsTab):
    """How many sessions, how often; beside each what the server says of all accounts."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._inherited: dict[str, QLabel] = {}
        self.add_form(AccountTerms, "connections", "delay")
        for name in self.forms[0].names():
            self._inherited[name] = muted(services.theme)
            self._inherited[name].setObjectName(f"account.{name}.inherited")
            self.forms[0].put_beside(name, self._inherited[name])
        self.body.addStretch(1)

    def show_values(self, values: Mapping[str, Any], changed: Collection[str]) -> None:
        super().show_values(values, changed)
        server = self.services.service.config.pop3.accounts
        for declared in settings_of(SignInLimits):
            if declared.name in self._inherited:
                text = spoken(declared, getattr(server, declared.name))
                told = self._inherited[declared.name]
                told.setText(tr("Server setting: {value}").format(value=text))
                told.setVisible(values[declared.name] is None)


class AccessTab(FormsTab):
    """The server's settings, or the only methods, networks and listeners the account has."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._own = False
        self._before: dict[str, Any] = {}
        self._values: Mapping[str, Any] = {}
        self.inherit = QCheckBox(tr("Use server settings"))
        self.inherit.setObjectName("account.server_settings")
        self.inherit.setAccessibleName(self.inherit.text())
        self._told = muted(
            services.theme,
            tr(
                "The account is signed in to by every method that is switched on, from every "
                "address that may connect, at every listener."
            ),
        )
        self._told.setWordWrap(True)
        self.body.addWidget(self.inherit)
        self.body.addWidget(self._told)
        self.body.addSpacing(space("s"))
        self.add_form(
            AccountTerms,
            *("methods", "networks", "listeners"),
            methods=methods_editor(services.theme),
            listeners=listeners_editor(services.theme, self._known),
        )
        self.body.addStretch(1)
        self.inherit.toggled.connect(self._toggled)

    def show_values(self, values: Mapping[str, Any], changed: Collection[str]) -> None:
        super().show_values(values, changed)
        self._values = values
        self._own = self._own or any(values[name] for name in self.names())
        with QSignalBlocker(self.inherit):
            self.inherit.setChecked(not self._own)
        self._told.setVisible(not self._own)
        self.forms[0].setVisible(self._own)

    def _toggled(self, inherits: bool) -> None:
        """Put the account's own terms away, or bring them back."""
        self._own = not inherits
        if inherits:
            self._before = {name: self._values[name] for name in self.names()}
        before = {} if inherits else self._before
        self.edited.emit({name: before.get(name, []) for name in self.names()})

    def _known(self) -> list[tuple[str, str]]:
        listeners = self.services.service.config.pop3.listeners
        return [(listener.name, listener.address) for listener in listeners]
