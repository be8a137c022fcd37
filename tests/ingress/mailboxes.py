"""What the tests of import and export share: a store in a folder, and its mail as octets."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from server_core.ingress import Progress, export_mail, import_mail
from server_core.ingress.importing import ImportReport
from server_core.store.backend import Incoming, StoredMessage
from server_core.store.file_store import FileStore


class Noted(Progress):
    """Keeps every step, and is stopped after so many; the first is that nothing is done."""

    def __init__(self, *, stop_after: int | None = None) -> None:
        super().__init__()
        self.steps: list[tuple[int, int]] = []
        self._stop_after = stop_after

    def note(self, done: int, total: int) -> None:
        super().note(done, total)
        self.steps.append((done, total))
        if self._stop_after is not None and len(self.steps) > self._stop_after:
            self.stop()


class Post:
    """A store with as many mailboxes as a test names."""

    def __init__(self, folder: Path) -> None:
        self.store = FileStore(folder, cached_mailboxes=4)

    def close(self) -> None:
        self.store.close()

    def put(self, box: str, *texts: bytes, seen: Iterable[int] = (), received: float = 1.5) -> None:
        """Deliver messages; ``seen`` counts from 0, the times follow one another."""
        seen_ones = set(seen)
        self.store.deliver(
            box,
            [
                Incoming(io.BytesIO(text), received + place * 3600.25, place in seen_ones)
                for place, text in enumerate(texts)
            ],
        )

    def take_in(self, box: str, path: Path, format_name: str = "auto") -> ImportReport:
        return import_mail(self.store, box, path, format_name)

    def send_out(self, box: str, path: Path, format_name: str) -> int:
        return export_mail(self.store, box, path, format_name)

    def rows(self, box: str) -> list[StoredMessage]:
        return self.store.messages(box)

    def texts(self, box: str) -> list[bytes]:
        """The stored messages without byte-stuffing, by a decoder of this test's own."""
        texts = []
        for message in self.rows(box):
            reader = self.store.message(box, message.uid)
            stored = reader.read(0, reader.stored)
            reader.close()
            lines = stored.split(b"\r\n")
            texts.append(b"\r\n".join(line.removeprefix(b".") for line in lines))
        return texts


def wire(text: bytes) -> bytes:
    """Text with CRLF line ends, the last one too."""
    crlf = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return crlf if crlf.endswith(b"\r\n") else crlf + b"\r\n"
