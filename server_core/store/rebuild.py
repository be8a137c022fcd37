"""A new index for a mailbox whose index is lost, from the message files alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from server_core.store.files import (
    SHARD_BITS,
    MailboxFolder,
    flush_file,
    flush_folder,
    new_uidvalidity,
    read_chunks,
    write_durably,
)
from server_core.store.index import Index, Row
from server_core.store.wire_format import WireDecoder, measure_stored
from server_core.wording import counted


def rebuild_index(folder: MailboxFolder, recovered: Path) -> str:
    """Put a new index in place, keeping the old one aside; says what was done.

    Unique-ids that messages brought from elsewhere and Seen flags are lost with the index; all
    other unique-ids stay the same, so clients do not fetch their mail again.
    """
    folder.prepare()
    fresh = folder.index.with_name("index.rebuilt.sqlite3")
    _remove_database(fresh)
    validity = _uidvalidity(folder)
    # Every uid of a started message folder may have been given out.
    next_uid = max((shard + 1 << SHARD_BITS for shard in folder.shards()), default=1)
    index = Index(fresh)
    try:
        index.create(validity, next_uid, _rows(folder, recovered))
        count = index.count()
    finally:
        index.close()
    aside = _put_aside(folder)
    fresh.replace(folder.index)
    flush_folder(folder.root)
    return f"The index was rebuilt with {counted(count, 'message')}{aside}."


def set_aside(path: Path, recovered: Path) -> Path:
    """Move a file out of the mailbox; what is left is a mail without byte-stuffing."""
    recovered.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = recovered / f"{path.stem}.eml"
    count = 1
    while target.exists():
        count += 1
        target = recovered / f"{path.stem}-{count}.eml"
    decoder = WireDecoder()
    with target.open("xb") as file:
        for chunk in read_chunks(path):
            file.write(decoder.feed(chunk))
        file.write(decoder.finish())
        file.flush()
        flush_file(file.fileno())
    flush_folder(recovered)
    path.unlink()
    return target


def _rows(folder: MailboxFolder, recovered: Path) -> Iterator[Row]:
    for uid in sorted(folder.uids()):
        path = Path(folder.message(uid))
        size = measure_stored(read_chunks(path))
        if size is None:
            set_aside(path, recovered)
            continue
        yield Row(
            uid,
            size.octets,
            size.stored,
            size.header_length,
            size.sha256,
            path.stat().st_mtime,
            False,
            None,
        )


def _uidvalidity(folder: MailboxFolder) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int(folder.uidvalidity.read_text("ascii"), 16)
    validity = new_uidvalidity()
    write_durably(folder.uidvalidity, f"{validity:x}\n")
    return validity


def _put_aside(folder: MailboxFolder) -> str:
    if not folder.index.exists():
        return ""
    stem = f"index.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000_000:09}"
    # The log first: without it the old index is older, with a foreign one the new is wrong.
    for suffix in ("-wal", ""):
        part = folder.index.with_name(folder.index.name + suffix)
        if part.exists():
            part.replace(folder.index.with_name(f"{stem}.sqlite3{suffix}"))
    return f"; the old one was kept as {stem}.sqlite3"


def _remove_database(path: Path) -> None:
    for suffix in ("", "-wal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
