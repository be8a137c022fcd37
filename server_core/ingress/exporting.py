"""Export: a mailbox goes into files of a foreign format, with what they cannot say beside them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from server_core.ingress import sidecar
from server_core.ingress.exporters import EXPORTERS
from server_core.ingress.exporters.exporter import Outgoing, flush
from server_core.ingress.progress import Progress
from server_core.store.backend import MailStore, MessageReader, StoredMessage, StoreError
from server_core.store.wire_format import WireDecoder

_BLOCK = 262_144

EXPORT_FORMATS = tuple(EXPORTERS)


class ExportProblem(Exception):
    """Nothing was exported to there; the text is a sentence for a person."""


def export_mail(
    store: MailStore,
    store_id: str,
    destination: Path,
    format: str = "eml",  # noqa: A002
    *,
    progress: Progress | None = None,
) -> int:
    """Write all messages of a mailbox to a new file or folder; gives how many. Waits.

    ExportProblem when something is there already, cannot be written or ``progress`` was stopped,
    StoreError when a message cannot be read; nothing is left behind then. Under its own name the
    export is always whole.
    """
    if format not in EXPORTERS:
        choices = ", ".join(EXPORT_FORMATS)
        raise ExportProblem(f"There is no mail format {format}; choose one of {choices}.")
    exporter, destination = EXPORTERS[format], destination.absolute()
    beside = sidecar.beside(destination, folder=exporter.folder)
    unfinished = destination.with_name(f".{destination.name}.unfinished-{os.getpid()}")
    unfinished_beside = sidecar.beside(unfinished, folder=exporter.folder)
    exported: list[StoredMessage] = []
    try:
        _refuse_what_is_there(destination, beside, folder=exporter.folder)
        outgoing = _outgoing(store, store_id, exported, progress or Progress())
        exporter.write(unfinished, outgoing)
        _write_sidecar(unfinished_beside, format, exported)
        if not exporter.folder:
            unfinished_beside.rename(beside)
        elif destination.exists():
            destination.rmdir()
        unfinished.rename(destination)
    except BaseException as problem:
        _clear_away(unfinished, unfinished_beside)
        if isinstance(problem, OSError) and not isinstance(problem, StoreError):
            reason = problem.strerror or str(problem)
            raise ExportProblem(f"{destination} cannot be written: {reason}.") from problem
        raise
    return len(exported)


def _refuse_what_is_there(destination: Path, beside: Path, *, folder: bool) -> None:
    """Refuse to write over anything; where a folder is written, an empty one is nothing."""
    if folder and destination.is_dir() and not any(destination.iterdir()):
        return
    for path in (destination, beside):
        if os.path.lexists(path):
            raise ExportProblem(f"{path} exists already; choose a new name.")
    if not destination.parent.is_dir():
        raise ExportProblem(f"There is no folder {destination.parent}.")


def _outgoing(
    store: MailStore, store_id: str, exported: list[StoredMessage], progress: Progress
) -> Iterator[Outgoing]:
    """Each message while it is open; notes those that the exporter is done with."""
    messages = store.messages(store_id)
    progress.note(0, len(messages))
    for number, message in enumerate(messages, start=1):
        if progress.is_stopped:
            raise ExportProblem("The export was stopped, and what it had written is removed.")
        reader = _open(store, store_id, message)
        if reader is not None:
            try:
                yield Outgoing(len(exported) + 1, message, partial(_chunks, reader))
            finally:
                reader.close()
            exported.append(message)
        progress.note(number, len(messages))


def _open(store: MailStore, store_id: str, message: StoredMessage) -> MessageReader | None:
    """The message, or None when somebody removed it meanwhile."""
    try:
        return store.message(store_id, message.uid)
    except StoreError:
        if any(still.uid == message.uid for still in store.messages(store_id)):
            raise
        return None


def _chunks(reader: MessageReader) -> Iterator[bytes]:
    decoder = WireDecoder()
    offset, rest = 0, b""
    while offset < reader.stored:
        block = reader.read(offset, min(_BLOCK, reader.stored - offset))
        offset += len(block)
        text = rest + decoder.feed(block)
        whole = len(text) - text.endswith(b"\r")  # what is handed on is never cut inside a CRLF
        rest = text[whole:]
        yield text[:whole]
    yield rest + decoder.finish()


def _write_sidecar(path: Path, format_name: str, exported: list[StoredMessage]) -> None:
    dialect = "mboxrd" if format_name == "mbox" else format_name
    with path.open("xb") as file:
        file.write(sidecar.to_json(dialect, exported).encode("utf-8"))
        flush(file)


def _clear_away(unfinished: Path, unfinished_beside: Path) -> None:
    if unfinished.is_dir():
        shutil.rmtree(unfinished, ignore_errors=True)
    else:
        unfinished.unlink(missing_ok=True)
        unfinished_beside.unlink(missing_ok=True)
