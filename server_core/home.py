"""A home: the one folder that holds configuration, accounts, mail, logs and run files."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_VARIABLE = "POSTROOM_HOME"
_ADVICE = "Make it writable for the person who runs Postroom, or name another folder with --home."
# Far behind the pid, so that other processes can read it while the octet is locked on Windows.
_LOCKED_OCTET = 1 << 20


class HomeUnusable(Exception):
    """The folder cannot serve as a home; the text says why and what to do."""


class HomeInUse(Exception):
    """Another process owns the home. ``pid`` is its number, 0 when it could not be read."""

    def __init__(self, root: Path, pid: int) -> None:
        owner = f"process {pid}" if pid else "another process"
        super().__init__(f"{root} is in use by {owner}; stop that one first")
        self.pid = pid


class HomeLock:
    """Proof of owning a home; the kernel gives it back when the process dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the home back; releasing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


@dataclass(frozen=True)
class Home:
    """Where everything of one server lies. Nothing exists before ``prepare``."""

    root: Path

    @classmethod
    def locate(cls, option: Path | None = None) -> Home:
        """The home at ``option``, else at $POSTROOM_HOME, else in this person's data folder."""
        chosen = option or os.environ.get(_VARIABLE)
        folder = Path(chosen) if chosen else platformdirs.user_data_path("Postroom", False)
        return cls(folder.expanduser().absolute())

    @property
    def config_file(self) -> Path:
        """What the person decided."""
        return self.root / "config.toml"

    @property
    def accounts_file(self) -> Path:
        """Who may sign in."""
        return self.root / "accounts.sqlite3"

    @property
    def key_file(self) -> Path:
        """The key of kept passwords, where no credential store has it."""
        return self.root / "vault.key"

    @property
    def key_names_file(self) -> Path:
        """Which keys this home has made; no secret."""
        return self.root / "vault.json"

    @property
    def history_file(self) -> Path:
        """Sessions of the past."""
        return self.root / "history.jsonl"

    @property
    def counters_file(self) -> Path:
        """What the server did, for charts."""
        return self.root / "counters.json"

    @property
    def bans_file(self) -> Path:
        """Who is kept out for a while, and what led to it."""
        return self.root / "bans.json"

    @property
    def mail(self) -> Path:
        """One folder per account."""
        return self.root / "mail"

    @property
    def certificates(self) -> Path:
        """Certificates and their keys."""
        return self.root / "certificates"

    @property
    def logs(self) -> Path:
        """Log files."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What only means something while a server runs."""
        return self.root / "run"

    @property
    def lock_file(self) -> Path:
        """Held locked by the process that owns the home; its pid is in it."""
        return self.run / "postroom.lock"

    def is_made(self) -> bool:
        """Whether this folder is a home already; HomeUnusable when one may not even look."""
        try:
            return self.run.is_dir()
        except OSError as error:
            raise _unusable(self.root, error) from None

    def prepare(self) -> None:
        """Make the folders, for their owner only, and prove that they can be written."""
        self._make_root()
        for folder in (self.mail, self.certificates, self.logs, self.run):
            _make(folder)
            _close_to_others(folder)
        for folder in (self.root, self.mail, self.certificates, self.logs, self.run):
            _prove_writable(folder)

    def lock(self) -> HomeLock:
        """Own this prepared home until released; HomeInUse when another process does."""
        try:
            descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(self.run, error) from None
        try:
            _lock(descriptor)
        except OSError as error:
            pid = _pid_in(descriptor)
            os.close(descriptor)
            if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise HomeInUse(self.root, pid) from None
            raise _unusable(self.run, error) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return HomeLock(descriptor)

    def _make_root(self) -> None:
        """Make the folder; one that is there is only closed to others when it is a home."""
        fresh = not self.root.exists()
        _make(self.root)
        try:
            ours = fresh or self.config_file.exists() or not any(self.root.iterdir())
        except OSError as error:
            raise _unusable(self.root, error) from None
        if ours:
            _close_to_others(self.root)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from None


def _close_to_others(folder: Path) -> None:
    try:
        folder.chmod(0o700)
    except OSError as error:
        raise _unusable(folder, error) from None


def _prove_writable(folder: Path) -> None:
    probe = folder / f".probe-{os.getpid()}"
    try:
        with probe.open("wb") as file:
            file.write(b"written\n")
        probe.unlink()
    except OSError as error:
        raise _unusable(folder, error) from None


def _unusable(folder: Path, error: OSError) -> HomeUnusable:
    if isinstance(error, FileExistsError | NotADirectoryError):
        way_out = "Move that file away, or name another folder with --home."
        return HomeUnusable(f"The folder {folder} cannot be used: a file is in its way. {way_out}")
    reason = (error.strerror or str(error)).lower()
    return HomeUnusable(f"The folder {folder} cannot be used: {reason}. {_ADVICE}")


def _lock(descriptor: int) -> None:
    """Lock without waiting; OSError when it is taken. Closing the descriptor unlocks."""
    if sys.platform == "win32":
        os.lseek(descriptor, _LOCKED_OCTET, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _pid_in(descriptor: int) -> int:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 20).strip()
    return int(text) if text.isdigit() else 0
