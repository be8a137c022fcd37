"""What is lost when the window is closed, and the question before that."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bridge.dialogs import confirm
from app.bridge.draft_keeper import DraftKeeper
from app.forms.words import tr
from app.panels.account_editor import AccountEditor
from app.window.change_bar import changes_text


def what_is_lost(keeper: DraftKeeper, window: QWidget) -> tuple[str, ...]:
    """A sentence for the draft and for each account that was changed and not saved."""
    draft = (tr("{changes}.").format(changes=changes_text(keeper)),) if keeper.changes else ()
    return *draft, *(
        editor.what_is_unsaved()
        for editor in window.findChildren(AccountEditor)
        if editor.isVisible() and editor.has_changes
    )


async def agrees_to_lose(window: QWidget, lost: tuple[str, ...]) -> bool:
    """Whether the person wants to leave all the same."""
    return await confirm(
        window,
        title=tr("Quit"),
        text=tr("Quit without what you changed?"),
        details="\n".join(lost),
        action=tr("Quit without it"),
        cancel=tr("Go on editing"),
    )
