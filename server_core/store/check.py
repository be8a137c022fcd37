"""Proof that a mailbox's index and files agree, and repair where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from server_core.store.backend import Fault, Finding, MailboxDamaged, StoredMessage, StoreError
from server_core.store.files import read_chunks
from server_core.store.mailbox import Mailbox
from server_core.store.rebuild import rebuild_index, set_aside
from server_core.store.wire_format import measure_stored


def check_mailbox(mailbox: Mailbox, recovered: Path, *, repair: bool) -> Iterator[Finding]:
    """What is wrong in one mailbox; the server may be at work on it meanwhile.

    Repair never deletes mail: what cannot stay in the mailbox goes to the folder ``recovered``.
    """
    try:
        yield from _check(mailbox, recovered, repair=repair)
    except StoreError as problem:
        remedy = "The mailbox could not be checked; put this right, then check again."
        yield Finding(mailbox.account, Fault.INDEX_UNREADABLE, str(problem), remedy, False)


def _check(mailbox: Mailbox, recovered: Path, *, repair: bool) -> Iterator[Finding]:
    damage = _damage(mailbox)
    if damage:
        yield _repair_index(mailbox, recovered, damage, repair=repair)
    if damage and not repair:
        return
    for row in mailbox.messages():
        if _fault(mailbox, row) is not None:
            yield from _check_again(mailbox, row, recovered, repair=repair)
    yield from _leftovers(mailbox, repair=repair)
    yield from _unknown_files(mailbox, recovered, repair=repair)


def _damage(mailbox: Mailbox) -> str:
    try:
        mailbox.load()
        with mailbox.at_disk("The mailbox cannot be opened") as index:
            return "" if index.is_sound() else f"The index {mailbox.folder.index} is damaged."
    except MailboxDamaged as problem:
        return str(problem)


def _repair_index(mailbox: Mailbox, recovered: Path, damage: str, *, repair: bool) -> Finding:
    remedy = "Restore the mailbox from a backup, or have the index rebuilt from the message files."
    if repair:
        with mailbox.index_replaced():
            remedy = rebuild_index(mailbox.folder, recovered)
    return Finding(mailbox.account, Fault.INDEX_UNREADABLE, damage, remedy, repair)


def _fault(mailbox: Mailbox, row: StoredMessage) -> Fault | None:
    try:
        size = measure_stored(read_chunks(mailbox.folder.message(row.uid)))
    except FileNotFoundError:
        return Fault.FILE_MISSING
    except OSError:
        return Fault.FILE_DAMAGED
    if size is None or size.sha256 != row.sha256:
        return Fault.FILE_DAMAGED
    kept = (row.octets, row.stored, row.header_length)
    return None if kept == (size.octets, size.stored, size.header_length) else Fault.ROW_WRONG


def _check_again(
    mailbox: Mailbox, row: StoredMessage, recovered: Path, *, repair: bool
) -> Iterator[Finding]:
    """With everybody else held up, so that a message on its way out is no finding."""
    with mailbox.at_disk("The message cannot be checked"):
        fault = _fault(mailbox, row) if mailbox.holds(row.uid) else None
        if fault is not None:
            remedy = _mend(mailbox, row, fault, recovered) if repair else _REMEDIES[fault]
            what = f"message {row.uid} ({row.unique_id}), {mailbox.folder.message(row.uid)}"
            yield Finding(mailbox.account, fault, what, remedy, repair)


_REMEDIES = {
    Fault.FILE_MISSING: "Restore the file from a backup, or have the message taken out.",
    Fault.FILE_DAMAGED: "Restore the file from a backup, or have the message taken out "
    "and its remains set aside.",
    Fault.ROW_WRONG: "Have the row written anew from the message, which is whole.",
}


def _mend(mailbox: Mailbox, row: StoredMessage, fault: Fault, recovered: Path) -> str:
    path = Path(mailbox.folder.message(row.uid))
    if fault is Fault.ROW_WRONG:
        size = measure_stored(read_chunks(path))
        if size is None:
            return "The message changed meanwhile; check again."
        with mailbox.at_disk("The row cannot be written") as index:
            index.correct(row.uid, size.octets, size.stored, size.header_length)
            mailbox.read_rows(index)
        return "The row was written anew from the message."
    kept = f", its remains are {set_aside(path, recovered)}" if path.is_file() else ""
    mailbox.remove([row.uid])
    return f"The message was taken out of the mailbox{kept}."


def _leftovers(mailbox: Mailbox, *, repair: bool) -> Iterator[Finding]:
    for path in mailbox.folder.leftovers():
        if repair:
            path.unlink(missing_ok=True)
        remedy = "It was removed." if repair else "Never acknowledged; may be removed."
        yield Finding(mailbox.account, Fault.LEFTOVER, str(path), remedy, repair)


def _unknown_files(mailbox: Mailbox, recovered: Path, *, repair: bool) -> Iterator[Finding]:
    files = (path for path in mailbox.folder.messages.rglob("*") if not path.is_dir())
    for path in sorted(path for path in files if not _belongs(mailbox, path)):
        with mailbox.at_disk("The file cannot be set aside") as index:
            # With everybody else held up, so that a message on its way in is no finding.
            uid = mailbox.folder.uid_of(path)
            if _belongs(mailbox, path) or uid in index.doomed() or not path.exists():
                continue
            remedy = "It will not come back into the mailbox; may be set aside."
            if repair:
                remedy = f"It was set aside as {set_aside(path, recovered)}."
            yield Finding(mailbox.account, Fault.FILE_UNKNOWN, str(path), remedy, repair)


def _belongs(mailbox: Mailbox, path: Path) -> bool:
    uid = mailbox.folder.uid_of(path)
    return uid is not None and mailbox.holds(uid)
