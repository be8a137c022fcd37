"""A store on a fresh folder, and short ways to put mail in and see what is there."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server_core.store.backend import Incoming, StoredMessage
from server_core.store.file_store import FileStore

ANN = "ann"


def incoming(*texts: bytes) -> list[Incoming]:
    """Messages to deliver."""
    return [Incoming(io.BytesIO(text)) for text in texts]


def deliver(store: FileStore, *texts: bytes) -> list[StoredMessage]:
    """Put these texts into Ann's mailbox."""
    return store.deliver(ANN, incoming(*texts))


def content(store: FileStore, uid: int) -> bytes:
    """All stored octets of one of Ann's messages."""
    reader = store.message(ANN, uid)
    try:
        return reader.read(0, reader.stored)
    finally:
        reader.close()


def contents(store: FileStore) -> list[bytes]:
    """All of Ann's mail in order of arrival."""
    return [content(store, row.uid) for row in store.messages(ANN)]


def files(folder: Path) -> list[str]:
    """Every message file and every leftover below a mail folder."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.parent not in (folder, folder / ANN)
    )


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once it is so; fail after ten seconds."""
    pause = threading.Event()
    for _ in range(1_000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come about")


@pytest.fixture
def problems() -> list[str]:
    """What the store's background thread had to say."""
    return []


@pytest.fixture
def store(tmp_path: Path, problems: list[str]) -> Iterator[FileStore]:
    """A store that must not complain behind the scenes."""
    store = FileStore(tmp_path / "mail", cached_mailboxes=8, on_problem=problems.append)
    yield store
    store.close()
    assert problems == []
