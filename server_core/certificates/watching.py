"""Certificate files elsewhere that others keep up to date, as an ACME client does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(slots=True)
class WatchedFiles:
    """Where a certificate and its key come from, and what was last seen of the files."""

    certificate: Path
    key: Path
    _taken: Stamp | None = None
    _seen: Stamp | None = None

    def changed(self) -> bool:
        """Whether they are other than when last ``taken``, and lie still.

        Two files cannot be replaced at once: a change counts when the next look finds it the same.
        """
        stamp = (_stamp(self.certificate), _stamp(self.key))
        still, self._seen = stamp == self._seen, stamp
        return still and stamp != self._taken

    def taken(self) -> None:
        """They were read, and used or refused."""
        self._taken = self._seen = (_stamp(self.certificate), _stamp(self.key))

    def read(self) -> tuple[bytes, bytes]:
        """Certificate and key; the second is empty when one file holds both."""
        certificate = self.certificate.read_bytes()
        return certificate, b"" if self.key == self.certificate else self.key.read_bytes()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
