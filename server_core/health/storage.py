"""Whether mail and log can be kept: a message there and back, room, indexes, destinations."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from server_core.accounts.account import Account
from server_core.health.check import Place, Seen, Subject, attention, fine, named, problem
from server_core.store.backend import Incoming, StoreError
from server_core.store.file_store import FileStore
from server_core.wording import counted

LITTLE_OCTETS = 1_000_000_000
NO_OCTETS = 200_000_000
_TRIED = ".health"  # no account's folder can be called so
_MAILBOX = "trial-1"
_LETTER = b"Subject: Postroom tries its storage\r\n\r\n.A line that begins with a dot.\r\n"
_MAILBOXES, _MESSAGES = 20, 50


def written(subject: Subject) -> Iterator[Seen]:
    """A message is stored, listed and read back beside the mailboxes, never in one."""
    folder, begun = subject.home.mail / _TRIED, time.perf_counter()
    try:
        shutil.rmtree(folder, ignore_errors=True)
        wrong = _there_and_back(folder)
    except OSError as error:
        wrong = str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if wrong:
        yield problem(f"A message could not be stored and read back: {wrong}")
        return
    spent = (time.perf_counter() - begun) * 1_000
    yield fine(f"A message was stored, listed and read back in {spent:.0f} ms, outside mailboxes.")


def room(subject: Subject) -> Iterator[Seen]:
    """How much room the disk of the mail has left."""
    yield room_words(shutil.disk_usage(subject.home.mail).free)


def room_words(free: int) -> Seen:
    """What so many free octets mean."""
    text = f"{free / 1e9:.1f} GB are free."
    if free < NO_OCTETS:
        return problem(f"{text} New mail will soon be refused; make room.")
    if free < LITTLE_OCTETS:
        return attention(f"{text} Make room before mail fills it.")
    return fine(text)


def indexes(subject: Subject) -> Iterator[Seen]:
    """Whether the newest messages of the mailboxes used last are where the index says."""
    known = [record.account for record in subject.records]
    latest = sorted(known, key=lambda one: one.last_sign_in or one.created, reverse=True)
    most = min(_MAILBOXES, max(1, subject.config.storage.cached_mailboxes // 2))
    looked, wrong = 0, []
    for account in latest[:most]:
        found, damage = _newest(subject.store, account)
        looked += found
        wrong += damage
    if wrong:
        names = named(sorted({name for name, _ in wrong}))
        text = f"Mail is damaged or missing: {names}. postroomctl check tells more and can mend it."
        details = tuple(f"{name}: {what}" for name, what in wrong[:100])
        yield problem(text, Place(page="accounts", target=wrong[0][0]), details=details)
    elif latest:
        boxes = min(len(latest), most)
        yield fine(f"The newest messages are in order: {looked} in {boxes} mailboxes.")


def log_places(subject: Subject) -> Iterator[Seen]:
    """Whether every destination of the log takes its entries."""
    for view in subject.log_places:
        place = Place(view.name, "logging")
        if view.problem:
            waiting = counted(view.waiting, "entry waits", "entries wait")
            yield attention(f"{view.problem}; {waiting}.", place)
        elif view.lost:
            yield attention(f"{counted(view.lost, 'entry was', 'entries were')} lost.", place)
        else:
            yield fine(f"{counted(view.written, 'entry was', 'entries were')} written.", place)


def _there_and_back(folder: Path) -> str:
    store = FileStore(folder, cached_mailboxes=1)
    try:
        stored = store.deliver(_MAILBOX, [Incoming(io.BytesIO(_LETTER))])
        if [one.uid for one in store.messages(_MAILBOX)] != [one.uid for one in stored]:
            return "it is not in the list."
        reader = store.message(_MAILBOX, stored[0].uid)
        try:
            octets = reader.read(0, reader.stored)
        finally:
            reader.close()
        return "" if octets.replace(b"\n..", b"\n.") == _LETTER else "it came back changed."
    finally:
        store.close()


def _newest(store: FileStore, account: Account) -> tuple[int, list[tuple[str, str]]]:
    """How many messages were looked at, and what is wrong with which mailbox."""
    try:
        newest = store.messages(account.store_id)[-_MESSAGES:]
    except StoreError as error:
        return 0, [(account.name, str(error))]
    wrong = []
    for message in newest:
        try:
            store.message(account.store_id, message.uid).close()
        except StoreError as error:
            # One that was removed since the list was read is no damage.
            if message.uid in {one.uid for one in store.messages(account.store_id)}:
                wrong.append((account.name, str(error)))
    return len(newest), wrong
