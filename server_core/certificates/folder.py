"""The folder of certificates: which files stand for what, and how they are written.

NAME.pem holds key and chain, NAME.previous.pem what it replaced, NAME.watch.json where it is copied
from. NAME.authority.pem and NAME.authority.key are an authority, whose key serves nobody.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server_core.certificates.bundle import (
    Bundle,
    CertificateProblem,
    chain_pem,
    key_pem,
    read_bundle,
)

_SERVING, _PREVIOUS, _WATCH = ".pem", ".previous.pem", ".watch.json"
_AUTHORITY, _AUTHORITY_KEY = ".authority.pem", ".authority.key"
_NAME = re.compile(r"\w(?:[\w .-]{0,62}\w)?")
# Endings that mean something here, and names that Windows keeps for devices.
_TAKEN = re.compile(
    r".*\.(previous|authority|watch|pem)|(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I
)


def checked_name(name: str) -> str:
    """A name that files can have on every system; CertificateProblem for others."""
    name = unicodedata.normalize("NFC", name.strip())
    if not _NAME.fullmatch(name):
        raise CertificateProblem(
            "A name has 1 to 64 letters, digits, spaces, dots and dashes, "
            "and begins and ends with a letter or digit."
        )
    if _TAKEN.fullmatch(name):
        raise CertificateProblem(f"The name {name} cannot be used. Choose another one.")
    return name


@contextmanager
def disk_problems(doing: str) -> Iterator[None]:
    """What the disk refuses becomes a CertificateProblem."""
    try:
        yield
    except OSError as error:
        raise CertificateProblem(f"{doing}: {error.strerror or error}.") from error


class CertificateFolder:
    """Reads and writes the files; knows no rules. Waits for the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """Names of certificates and authorities, sorted."""
        found = set()
        for file in self.path.glob("*" + _SERVING):
            name = file.name.removesuffix(_AUTHORITY).removesuffix(_SERVING)
            if not file.name.endswith(_PREVIOUS) and not name.startswith("."):
                found.add(unicodedata.normalize("NFC", name))
        return sorted(found, key=lambda name: (name.casefold(), name))

    def serving(self, name: str) -> Path:
        """The file that TLS is served with."""
        return self.path / (name + _SERVING)

    def is_authority(self, name: str) -> bool:
        """Whether the name belongs to an authority."""
        return (self.path / (name + _AUTHORITY)).exists()

    def has_previous(self, name: str) -> bool:
        """Whether what it replaced is kept."""
        return (self.path / (name + _PREVIOUS)).exists()

    def read(self, name: str) -> Bundle:
        """Key and chain of a certificate; CertificateProblem names the file."""
        path = self.serving(name)
        with disk_problems(f"The certificate file {path} cannot be read"):
            pem = path.read_bytes()
        try:
            return read_bundle(pem)
        except CertificateProblem as problem:
            raise CertificateProblem(
                f"The certificate file {path} is unusable. {problem}"
            ) from None

    def write(self, name: str, bundle: Bundle, *, keep: bool) -> None:
        """Put key and chain there; ``keep`` what was there before, to go back to."""
        path = self.serving(name)
        with self._prepared(path, bundle.pem()) as fresh:
            prove(fresh)
            if keep and path.exists():
                self._put(self.path / (name + _PREVIOUS), path.read_bytes())
            fresh.replace(path)

    def read_authority(self, name: str) -> Bundle:
        """Key and certificate of an authority."""
        path = self.path / (name + _AUTHORITY)
        with disk_problems(f"The authority {name} cannot be read"):
            key = (self.path / (name + _AUTHORITY_KEY)).read_bytes()
            return read_bundle(key + path.read_bytes())

    def authority_pem(self, name: str) -> bytes:
        """The certificate of an authority alone."""
        with disk_problems(f"The authority {name} cannot be read"):
            return (self.path / (name + _AUTHORITY)).read_bytes()

    def write_authority(self, name: str, bundle: Bundle) -> None:
        """Put an authority there; its key is in a file of its own."""
        for ending, data in (
            (_AUTHORITY_KEY, key_pem(bundle.key)),
            (_AUTHORITY, chain_pem(bundle.chain)),
        ):
            self._put(self.path / (name + ending), data)

    def swap(self, name: str) -> None:
        """Serve what was kept, and keep what was served."""
        path, previous = self.serving(name), self.path / (name + _PREVIOUS)
        with disk_problems(f"The certificate file {path} cannot be written"):
            current, kept = path.read_bytes(), previous.read_bytes()
        self._put(path, kept)
        self._put(previous, current)

    def sources(self) -> dict[str, tuple[Path, Path]]:
        """Of each watched certificate, the files it is copied from: certificate and key."""
        found = {}
        for file in sorted(self.path.glob("*" + _WATCH)):
            try:
                paths = json.loads(file.read_text("utf-8"))
                found[file.name.removesuffix(_WATCH)] = (
                    Path(paths["certificate"]),
                    Path(paths["key"]),
                )
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found

    def write_source(self, name: str, certificate: Path, key: Path) -> None:
        """Note where a certificate is copied from."""
        text = json.dumps({"certificate": str(certificate), "key": str(key)}, indent=1)
        self._put(self.path / (name + _WATCH), text.encode())

    def forget_source(self, name: str) -> None:
        """Copy it from nowhere any more."""
        with disk_problems("The folder of certificates cannot be written"):
            (self.path / (name + _WATCH)).unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Delete all files of a certificate or authority, what it replaced included."""
        with disk_problems(f"The certificate {name} cannot be deleted"):
            for ending in (_WATCH, _AUTHORITY, _AUTHORITY_KEY, _PREVIOUS, _SERVING):
                (self.path / (name + ending)).unlink(missing_ok=True)

    def _put(self, path: Path, data: bytes) -> None:
        with self._prepared(path, data) as fresh:
            fresh.replace(path)

    @contextmanager
    def _prepared(self, path: Path, data: bytes) -> Iterator[Path]:
        """A complete file, readable by its owner only, to be moved to ``path`` in the block."""
        with disk_problems(f"The certificate file {path} cannot be written"):
            descriptor, name = tempfile.mkstemp(dir=self.path, prefix=".new-")  # mode 0600
            fresh = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                yield fresh
                self._flush()
            finally:
                fresh.unlink(missing_ok=True)

    def _flush(self) -> None:
        if sys.platform != "win32":
            folder = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def prove(path: Path) -> None:
    """CertificateProblem unless OpenSSL itself would serve with the file."""
    try:
        # An empty passphrase, or OpenSSL would ask for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, password="")
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        raise CertificateProblem(
            f"TLS cannot be served with this certificate: {reason}."
        ) from error
