"""Delivery: messages become whole files on the disk, then, many at a time, part of a mailbox."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from io import FileIO
from pathlib import Path
from typing import Protocol

from server_core.store.backend import Incoming, StoredMessage, StoreError
from server_core.store.files import CHUNK, MailboxFolder, explained, flush_file
from server_core.store.index import Row
from server_core.store.wire_format import Measurement, WireEncoder

# One commit and one folder flush serve this many messages; each holds a file open until then.
BATCH_MESSAGES = 64
BATCH_OCTETS = 32 * 1024 * 1024


class Publisher(Protocol):
    """What delivery needs of a mailbox."""

    folder: MailboxFolder

    def publish(self, batch: Batch) -> list[StoredMessage]:
        """Make the batch part of the mailbox; durable on return, or StoreError."""


class Draft:
    """A message that was written under a temporary name, not yet part of a mailbox."""

    def __init__(self, path: Path, file: FileIO, size: Measurement, incoming: Incoming) -> None:
        self.path = path
        self.unique_id = incoming.unique_id
        self.stored = size.stored
        self._file = file
        self._size = size
        self._seen = incoming.seen
        self._received = time.time() if incoming.received is None else incoming.received

    def flush(self) -> None:
        """Return once the contents are on the disk."""
        with self._file:
            flush_file(self._file.fileno())

    def discard(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def row(self, uid: int, unique_id: str | None) -> Row:
        """What the index keeps of it."""
        size = self._size
        return Row(
            uid,
            size.octets,
            size.stored,
            size.header_length,
            size.sha256,
            self._received,
            self._seen,
            unique_id,
        )


class Batch:
    """Messages that become part of the mailbox together or not at all."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._stored: list[StoredMessage] | None = None
        self._problem: StoreError | None = None
        self._octets = 0

    def add(self, draft: Draft) -> None:
        """Take another message along."""
        self.drafts.append(draft)
        self._octets += draft.stored

    @property
    def is_full(self) -> bool:
        """Whether it is time to publish."""
        return len(self.drafts) >= BATCH_MESSAGES or self._octets >= BATCH_OCTETS

    @property
    def is_decided(self) -> bool:
        """Whether it was published or failed."""
        return self._stored is not None or self._problem is not None

    def flush(self) -> None:
        """Bring all contents to the disk."""
        for draft in self.drafts:
            draft.flush()

    def succeed(self, stored: list[StoredMessage]) -> None:
        """It is part of the mailbox now."""
        self._stored = stored

    def fail(self, problem: StoreError) -> None:
        """It is not, and never will be."""
        self._problem = problem

    def result(self) -> list[StoredMessage]:
        """What was stored; raises what went wrong."""
        if self._problem is not None:
            # Batches of several threads may share one problem, so each raises its own.
            raise type(self._problem)(str(self._problem)) from self._problem
        return self._stored or []

    def discard(self) -> None:
        """Leave nothing behind of what was not published."""
        for draft in self.drafts:
            draft.discard()


class Delivery:
    """One run of messages into one mailbox; bounded memory however many there are."""

    def __init__(self, mailbox: Publisher) -> None:
        self._mailbox = mailbox
        self._batch = Batch()
        self.stored: list[StoredMessage] = []

    def run(self, messages: Iterable[Incoming]) -> None:
        """Store all; StoreError names in ``delivered`` what is stored when one cannot be."""
        try:
            for incoming in messages:
                self._batch.add(write_draft(self._mailbox.folder, incoming))
                if self._batch.is_full:
                    self._publish()
            self._publish()
        except OSError as problem:
            failure = explained(problem, "The message cannot be stored")
            # Those before the failing one are whole: they still get their chance.
            with contextlib.suppress(OSError):
                self._publish()
            failure.delivered = tuple(self.stored)
            raise failure from problem.__cause__
        finally:
            self._batch.discard()

    def _publish(self) -> None:
        batch, self._batch = self._batch, Batch()
        if batch.drafts:
            try:
                self.stored += self._mailbox.publish(batch)
            except BaseException:
                batch.discard()
                raise


def write_draft(folder: MailboxFolder, incoming: Incoming) -> Draft:
    """Write a message in wire format under a temporary name."""
    path = folder.new_incoming()
    file = FileIO(path, "xb")
    try:
        encoder = WireEncoder()
        while chunk := incoming.source.read(CHUNK):
            _write_all(file, encoder.feed(chunk))
        _write_all(file, encoder.finish())
        return Draft(path, file, encoder.measurement(), incoming)
    except BaseException:
        file.close()
        path.unlink(missing_ok=True)
        raise


def _write_all(file: FileIO, octets: bytes) -> None:
    rest = memoryview(octets)
    while rest:
        rest = rest[file.write(rest) or 0 :]
