"""What is lost or cut short when the window is closed, and the question before that."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bridge.dialogs import confirm
from app.bridge.draft_keeper import DraftKeeper
from app.forms.words import tr
from app.panels.account_editor import AccountEditor
from app.panels.mail_work import MailWork
from app.window.change_bar import changes_text


def what_is_lost(keeper: DraftKeeper, window: QWidget) -> tuple[str, ...]:
    """A sentence for the draft, each account changed and not saved, each import and export."""
    draft = (tr("{changes}.").format(changes=changes_text(keeper)),) if keeper.changes else ()
    editors = (
        editor.what_is_unsaved()
        for editor in window.findChildren(AccountEditor)
        if editor.isVisible() and editor.has_changes
    )
    works = (work.what_is_cut_short() for work in window.findChildren(MailWork) if work.is_working)
    return *draft, *editors, *works


async def agrees_to_lose(window: QWidget, lost: tuple[str, ...]) -> bool:
    """Whether the person wants to leave all the same."""
    return await confirm(
        window,
        title=tr("Quit"),
        text=tr("Quit all the same?"),
        details="\n".join(lost),
        action=tr("Quit without it"),
        cancel=tr("Go on"),
    )
