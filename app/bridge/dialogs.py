"""Questions to the person without a second event loop: a dialog is opened and awaited."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QDialog, QMessageBox, QWidget


async def ask(dialog: QDialog) -> int:
    """Open the dialog and return its result once it is closed; the dialog is deleted after that."""
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not answer.done():
            answer.set_result(result)

    dialog.finished.connect(finished)
    try:
        dialog.open()
        return await answer
    finally:
        dialog.close()
        dialog.deleteLater()


async def confirm(
    parent: QWidget, *, title: str, text: str, action: str, cancel: str, details: str = ""
) -> bool:
    """Ask before something that affects people; ``action`` is a verb, Escape and Enter cancel."""
    box = QMessageBox(parent)
    box.setObjectName("confirm")
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(details)
    box.setIcon(QMessageBox.Icon.Question)
    go_on = box.addButton(action, QMessageBox.ButtonRole.AcceptRole)
    go_on.setObjectName("confirm.action")
    stay = box.addButton(cancel, QMessageBox.ButtonRole.RejectRole)
    stay.setObjectName("confirm.cancel")
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    chosen = False

    def clicked(button: object) -> None:
        nonlocal chosen
        chosen = button is go_on

    # A finished box is deleted before its caller goes on; what was chosen is noted as it happens.
    box.buttonClicked.connect(clicked)
    await ask(box)
    return chosen
