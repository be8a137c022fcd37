"""Import: messages of foreign formats go into a mailbox, in batches and with bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from server_core.ingress import sidecar as sidecars
from server_core.ingress.importers import IMPORTERS
from server_core.ingress.importers.detect import detect
from server_core.ingress.importers.importer import Found, ImportProblem, Reading, Skipped, why
from server_core.ingress.mbox_dialects import DIALECTS
from server_core.ingress.progress import Progress
from server_core.ingress.sidecar import Sidecar, SidecarUnreadable
from server_core.store.backend import Incoming, MailStore, StoredMessage, StoreError
from server_core.store.wire_format import WireEncoder

_IN_MEMORY = 1_048_576  # a larger message waits for its delivery in a temporary file
_BATCH_OCTETS = 8_388_608
_BATCH_MESSAGES = 256

IMPORT_FORMATS = ("auto", *IMPORTERS)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. ``found`` is ``delivered`` and all that was skipped; ``octets`` are
    those of the delivered messages, as RFC 1939 counts them. One that was ``stopped`` did not look
    at the rest.
    """

    found: int
    delivered: int
    skipped: tuple[Skipped, ...]
    octets: int
    stopped: bool = False


def import_mail(
    store: MailStore,
    store_id: str,
    path: Path,
    format: str = "auto",  # noqa: A002
    *,
    progress: Progress | None = None,
) -> ImportReport:
    """Deliver all mail found at a path; waits, so it belongs on a worker.

    What cannot be read or is empty is reported and skipped. ImportProblem when there is nothing
    to import at all. A StoreError (StoreFull above all) passes through; its ``delivered`` names
    every message of this import that is in the mailbox. Unique-ids, times and Seen flags of an
    export of ours come back for messages that nobody changed. Once ``progress`` is stopped, what
    was read by then is delivered and no more.
    """
    reading, sidecar, skipped = _open(path, format)
    progress = progress or Progress()
    progress.note(0, reading.size)
    run = _Run(store, store_id, sidecar, progress, skipped)
    stopped = False
    for item in _items(reading, path):
        if stopped := progress.is_stopped:
            break
        run.take(item)
    run.deliver()
    if not run.delivered and not stopped:
        raise ImportProblem(_nothing_found(path, run.skipped))
    return ImportReport(
        found=len(run.delivered) + len(run.skipped),
        delivered=len(run.delivered),
        skipped=tuple(run.skipped),
        octets=sum(message.octets for message in run.delivered),
        stopped=stopped,
    )


def _open(path: Path, format_name: str) -> tuple[Reading, Sidecar, list[Skipped]]:
    if format_name not in IMPORT_FORMATS:
        raise ImportProblem(
            f"There is no mail format {format_name}; choose one of {', '.join(IMPORT_FORMATS)}."
        )
    skipped: list[Skipped] = []
    try:
        path.stat()
        if format_name == "auto":
            format_name = detect(path)
        try:
            sidecar = sidecars.load(path)
        except SidecarUnreadable as problem:
            sidecar = Sidecar()
            where = sidecars.beside(path, folder=path.is_dir()).name
            skipped.append(Skipped(where, f"{problem}; unique-ids and Seen flags are not restored"))
        if format_name == "mbox" and sidecar.format in DIALECTS:
            format_name = sidecar.format
        return IMPORTERS[format_name](path), sidecar, skipped
    except FileNotFoundError as problem:
        raise ImportProblem(f"{path} does not exist.") from problem
    except OSError as problem:
        raise ImportProblem(f"{path} cannot be read: {why(problem)}.") from problem


def _items(reading: Reading, path: Path) -> Iterator[Found | Skipped]:
    try:
        yield from reading.items
    except OSError as problem:
        yield Skipped(path.name, f"the rest of it cannot be read: {why(problem)}")


def _nothing_found(path: Path, skipped: list[Skipped]) -> str:
    if not skipped:
        return f"No mail was found in {path}."
    first = skipped[0]
    return f"No mail was found in {path}; {len(skipped)} skipped, {first.where}: {first.why}."


@dataclass
class _Run:
    """One import on its way: gathers messages and delivers them batch by batch."""

    store: MailStore
    store_id: str
    sidecar: Sidecar
    progress: Progress
    skipped: list[Skipped]
    delivered: list[StoredMessage] = field(default_factory=list)
    _waiting: list[tuple[Found, BinaryIO]] = field(default_factory=list)
    _waiting_octets: int = 0

    def take(self, item: Found | Skipped) -> None:
        """Read one item of the source; deliver when enough has come together."""
        if isinstance(item, Skipped):
            self.skipped.append(item)
            return
        # Closed once it is delivered.
        spooled = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115
        try:
            for chunk in item.chunks():
                spooled.write(chunk)
        except OSError as problem:
            spooled.close()
            self.skipped.append(Skipped(item.where, why(problem)))
            return
        octets = spooled.tell()
        if octets == 0:
            spooled.close()
            self.skipped.append(Skipped(item.where, "it is empty"))
            return
        self._waiting.append((item, spooled))
        self._waiting_octets += octets
        if self._waiting_octets >= _BATCH_OCTETS or len(self._waiting) >= _BATCH_MESSAGES:
            self.deliver()

    def deliver(self) -> None:
        """Deliver what waits."""
        waiting, self._waiting, self._waiting_octets = self._waiting, [], 0
        with ExitStack() as sources:
            for _, spooled in waiting:
                sources.callback(spooled.close)
            try:
                self.delivered += self.store.deliver(self.store_id, self._incoming(waiting))
            except StoreError as problem:
                problem.delivered = (*self.delivered, *problem.delivered)
                raise
        done = self.progress.done + sum(found.size for found, _ in waiting)
        self.progress.note(done, self.progress.total)

    def _incoming(self, waiting: list[tuple[Found, BinaryIO]]) -> Iterator[Incoming]:
        for found, spooled in waiting:
            kept = None if self.sidecar.is_empty else self.sidecar.take(_sha256(spooled))
            spooled.seek(0)
            if kept is None:
                yield Incoming(spooled, found.received, found.seen)
            else:
                # A Status header may be the sender's; what we wrote down is certain.
                yield Incoming(spooled, kept.received, kept.seen, kept.unique_id)


def _sha256(source: BinaryIO) -> str:
    """The digest that the store will give this message."""
    source.seek(0)
    encoder = WireEncoder()
    while chunk := source.read(_IN_MEMORY):
        encoder.feed(chunk)
    encoder.finish()
    return encoder.measurement().sha256
