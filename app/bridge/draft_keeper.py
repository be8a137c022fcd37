"""The draft of the configuration, shared by all pages: edited, undone, applied, kept up to date."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from server_core.config.draft import Change, Draft, Problem, changes_between
from server_core.config.model import Config
from server_core.config.schema import Effect
from server_core.events.ring import Batch
from server_core.events.types import ConfigApplied, ConfigChangedOutside

STEPS_KEPT = 200
ORIGIN, FROM_FILE = "window", "file"
_CONFIGURING = (ConfigApplied, ConfigChangedOutside)


class Configured(Protocol):
    """What the keeper needs of the server; ``MailService`` has it."""

    hold_outside_edits: bool

    @property
    def config(self) -> Config:
        """What runs."""

    def draft(self) -> Draft:
        """A fresh draft over what runs."""

    async def apply(self, draft: Draft, *, origin: str) -> object:
        """Make the draft run and write it down."""

    async def read_file(self) -> Config:
        """What the file says now."""

    async def use_file(self) -> object:
        """Run what the file says now."""

    async def keep_running_config(self) -> None:
        """Write what runs over the file."""


class DraftKeeper(QObject):
    """Holds the draft for the whole window; lives on the control loop.

    ``changed`` follows every edit, undo, rebase and apply; ``applied`` an apply of this window;
    ``rebased`` whenever what runs is another configuration; ``outside_changed`` when the file was
    edited by somebody else, or that was dealt with; ``file_used`` when what it says now runs.
    """

    changed = Signal()
    applied = Signal()
    rebased = Signal()
    outside_changed = Signal()
    file_used = Signal()

    def __init__(self, service: Configured, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self.draft = service.draft()
        self._earlier: list[Draft] = []
        self._later: list[Draft] = []
        self._last_path = ""
        self._outside: ConfigChangedOutside | None = None
        self.changes: tuple[Change, ...] = ()
        self.problems: tuple[Problem, ...] = ()

    @property
    def config(self) -> Config:
        """What runs, without the draft."""
        return self._service.config

    @property
    def outside(self) -> ConfigChangedOutside | None:
        """The edit of the file by somebody else that waits for a decision."""
        return self._outside

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._earlier)

    @property
    def can_redo(self) -> bool:
        """Whether an edit was taken back."""
        return bool(self._later)

    @property
    def at_once(self) -> bool:
        """Whether every change takes effect now, so that no review has to come first."""
        return all(change.effect is Effect.NOW for change in self.changes)

    def set(self, path: str, value: object, *, joins: bool = True) -> None:
        """Edit a setting or add an entry.

        Typing on in one field is a single step to undo, unless it does not join what came before.
        """
        self._edit(path, lambda draft: draft.set(path, value), joins=joins)

    def set_all(self, values: Mapping[str, object]) -> None:
        """Edit several settings, by path, in one step to undo."""

        def edit(draft: Draft) -> None:
            for path, value in values.items():
                draft.set(path, value)

        self._edit("", edit, joins=False)

    def remove(self, path: str) -> None:
        """Take an entry away."""
        self._edit(path, lambda draft: draft.remove(path), joins=False)

    def undo(self) -> None:
        """Take the last edit back."""
        if self._earlier:
            self._later.append(self.draft)
            self._show(self._earlier.pop())

    def redo(self) -> None:
        """Do the edit again that was taken back last."""
        if self._later:
            self._earlier.append(self.draft)
            self._show(self._later.pop())

    def discard(self) -> None:
        """Forget all edits."""
        self._forget_steps()
        self._show(self._service.draft())

    async def apply(self) -> None:
        """Make the draft run; ConfigRejected or Refused leave draft and server as they were."""
        await self._service.apply(copy.deepcopy(self.draft), origin=ORIGIN)
        self._settle(drop_draft=False)
        self.applied.emit()

    async def use_file(self) -> None:
        """Drop the draft and run what the file says; ConfigRejected when it cannot be used."""
        await self._service.use_file()
        self._settle(drop_draft=True)

    async def keep_mine(self) -> None:
        """Write what runs over the edited file; the draft stays a draft."""
        await self._service.keep_running_config()
        self._settle(drop_draft=False)

    async def file_changes(self) -> tuple[Change, ...]:
        """How the edited file differs from what runs; ConfigRejected when it cannot be read."""
        return changes_between(self._service.config, await self._service.read_file())

    def take(self, batch: Batch) -> None:
        """Follow a batch of events; the slot of ``EventPump.batch``."""
        if batch.types.isdisjoint(_CONFIGURING):
            return
        for event in batch.events:
            match event:
                case ConfigApplied():
                    self._settle(drop_draft=False)
                    if event.origin == FROM_FILE:
                        self.file_used.emit()
                # Without a draft to lose the server takes a good file by itself.
                case ConfigChangedOutside() if event.problem or self.draft.edits:
                    self._outside = event
                    self.outside_changed.emit()

    def _edit(self, path: str, edit: Callable[[Draft], None], *, joins: bool = True) -> None:
        before = copy.deepcopy(self.draft)
        edit(self.draft)
        if self.draft.edits == before.edits:
            return
        if not (joins and path == self._last_path and self._earlier):
            self._earlier = [*self._earlier[-STEPS_KEPT:], before]
        self._later.clear()
        self._last_path = path
        self._show(self.draft)

    def _settle(self, *, drop_draft: bool) -> None:
        """What runs is another configuration: continue over it."""
        if drop_draft:
            self.draft = self._service.draft()
        else:
            self.draft.rebase(self._service.config)
        self._forget_steps()
        self._outside = None
        self._show(self.draft)
        self.rebased.emit()
        self.outside_changed.emit()

    def _forget_steps(self) -> None:
        self._earlier.clear()
        self._later.clear()
        self._last_path = ""

    def _show(self, draft: Draft) -> None:
        if draft is not self.draft:
            self._last_path = ""
        self.draft = draft
        self._service.hold_outside_edits = bool(draft.edits)
        self.changes = draft.changes()
        self.problems = draft.problems()
        self.changed.emit()
