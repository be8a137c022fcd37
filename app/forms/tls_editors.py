"""Editors of what TLS is made of: a certificate by name, a list of ciphers, a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from app.forms.editor import Editor, Report, in_a_row, named, well_behaved
from app.forms.words import tr
from app.look.parts import button
from app.look.theme import space
from server_core.config.listening import CIPHERS_FOR_OLDER_DEVICES
from server_core.config.schema import Setting

RECOMMENDED, OLDER, OWN = "", CIPHERS_FOR_OLDER_DEVICES, "own"


class CertificatePicker(QComboBox):
    """Picks a certificate by name. Who knows which there are offers them."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self.offer(())

    def offer(self, certificates: Sequence[tuple[str, str]]) -> None:
        """Offer these beside the server's own: names, and what is said of each."""
        listed = [("", tr("The server's own")), *certificates]
        if listed != [(self.itemData(n), self.itemText(n)) for n in range(self.count())]:
            self.clear()
            for name, text in listed:
                self.addItem(text, name)
            self.pick(self._name)

    def pick(self, name: str) -> None:
        """Show this one; a name that is not offered is shown as missing."""
        self._name = name
        place = self.findData(name)
        if place < 0:
            self.addItem(tr("{name} (there is none of that name)").format(name=name), name)
            place = self.count() - 1
        self.setCurrentIndex(place)


def certificate_editor(setting: Setting, name: str, report: Report) -> Editor:
    """A certificate of the store, or the server's own."""
    picker = CertificatePicker()
    named(picker, name, setting.title)
    well_behaved(picker)
    picker.activated.connect(lambda place: report(picker.itemData(place)))
    return Editor(picker, picker.pick)


def ciphers_editor(setting: Setting, name: str, report: Report) -> Editor:
    """A profile of ciphers, or a list of one's own."""
    area, profiles, line = QWidget(), QComboBox(), QLineEdit()
    named(profiles, name, setting.title)
    named(line, f"{name}.own", f"{setting.title}: own list")
    line.setPlaceholderText(tr("In OpenSSL's words, like ECDHE+AESGCM:ECDHE+CHACHA20"))
    for widget in (profiles, line):
        well_behaved(widget)
    profiles.addItem(tr("Recommended"), RECOMMENDED)
    profiles.addItem(tr("Older devices"), OLDER)
    profiles.addItem(tr("Own list"), OWN)
    layout = QVBoxLayout(area)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(space("s"))
    layout.addWidget(profiles)
    layout.addWidget(line)
    area.setFocusProxy(profiles)

    def chosen(place: int) -> None:
        profile = profiles.itemData(place)
        line.setVisible(profile == OWN)
        if profile == OWN:
            line.setFocus()
        else:
            line.setText(profile)
            report(profile)

    def show(value: Any) -> None:
        own = value not in (RECOMMENDED, OLDER)
        typing = line.hasFocus() and profiles.currentData() == OWN
        if own or not typing:
            profiles.setCurrentIndex(profiles.findData(OWN if own else value))
        line.setVisible(own or typing)
        if line.text().strip() != value:
            line.setText(value)

    profiles.activated.connect(chosen)
    line.textEdited.connect(lambda text: report(text.strip()))
    return Editor(area, show)


def file_editor(setting: Setting, name: str, report: Report) -> Editor:
    """The path of a file, typed or chosen."""
    line = QLineEdit()
    named(line, name, setting.title)
    well_behaved(line)
    choose = button(
        tr("Browse…"), f"{name}.browse", accessible=f"{tr(setting.title)}: {tr('browse')}"
    )

    def show(value: Any) -> None:
        if line.text().strip() != value:
            line.setText(value)

    def browse() -> None:
        dialog = QFileDialog(choose.window(), tr(setting.title))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(report)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    choose.clicked.connect(browse)
    line.textEdited.connect(lambda text: report(text.strip()))
    return Editor(in_a_row(line, choose, wide=line), show)
