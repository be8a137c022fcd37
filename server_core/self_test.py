"""The self-test: proof that an installation is whole, without touching anybody's home or mail.

It tries what breaks when a program was packed badly: compiled parts, files and what is loaded by
name.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import platform
import secrets
import sqlite3
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from queue import Empty, Queue

from server_core import __version__
from server_core.accounts.credential_store import NoCredentialStore, credential_store
from server_core.accounts.keys import KeysUnusable
from server_core.accounts.sealing import KEY_OCTETS
from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security, Server
from server_core.config.signing_in import KeyPlace, Secrets
from server_core.events.views import SecretsState
from server_core.home import Home
from server_core.protocol.languages import LANGUAGES
from server_core.service import MailService

PACKED = bool(getattr(sys, "frozen", False))
"""Whether this is a packed program, which has to bring everything itself."""

_KEYRING_SECONDS = 20.0
_USER = "self-test@postroom.invalid"


class Verdict(StrEnum):
    """How a check ended; a warning is about something the program can do without."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"


class Faulty(Exception):
    """The installation is not whole; the text says what is wrong."""


class Lacking(Exception):
    """Something is not here that one can do without."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to."""

    name: str
    verdict: Verdict
    found: str


Check = tuple[str, Callable[[], str]]
"""A name, and what looks: it gives what it found, or raises Lacking, or anything when it failed."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the self-test, which every program has."""
    parser.add_argument(
        "--self-test", action="store_true", help="try whether this installation is whole, and quit"
    )
    parser.add_argument(
        "--self-test-out",
        type=Path,
        metavar="FILE",
        help="the same, with the result in a file: a window has no console to write it to",
    )


def asked_for(options: argparse.Namespace) -> bool:
    """Whether one of those options was given."""
    return bool(options.self_test or options.self_test_out)


def run_self_test(program: str, checks: Iterable[Check], out: Path | None) -> int:
    """Perform the checks, tell as JSON how they went; the exit status, 0 when none failed."""
    findings = [_perform(name, look) for name, look in checks]
    passed = all(finding.verdict is not Verdict.FAILED for finding in findings)
    report = {
        "program": program,
        "version": __version__,
        "packed": PACKED,
        "passed": passed,
        "checks": [asdict(finding) for finding in findings],
    }
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    try:
        if out is not None:
            out.write_text(text, encoding="utf-8")
        elif sys.stdout is not None:
            sys.stdout.write(text)
    except OSError as problem:
        print(f"{program}: the result cannot be written: {problem}", file=sys.stderr)
        return 1
    return 0 if passed else 1


def _perform(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, Verdict.PASSED, look())
    except Lacking as lack:
        return Finding(name, Verdict.WARNING, str(lack))
    except Faulty as fault:
        return Finding(name, Verdict.FAILED, str(fault))
    except Exception as problem:  # noqa: BLE001 - whatever a broken installation leads to
        return Finding(name, Verdict.FAILED, f"{type(problem).__name__}: {problem}")


def _python() -> str:
    kind = "packed" if PACKED else "from source"
    return f"{platform.python_version()} {kind} on {platform.platform()}"


def _sqlite() -> str:
    with closing(sqlite3.connect(":memory:")) as connection:
        (version,) = connection.execute("select sqlite_version()").fetchone()
    return str(version)


def _languages() -> str:
    empty = [language.tag for language in LANGUAGES[2:] if not language.texts]
    if empty:
        raise Faulty(f"no replies in {', '.join(empty)}")
    return ", ".join(language.tag for language in LANGUAGES)


def _kerberos() -> str:
    needed = ("spnego",) if sys.platform == "win32" else ("spnego", "gssapi", "krb5")
    try:
        for name in needed:
            importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name not in needed:
            raise
        raise Lacking(f"{missing.name} is not installed, so nobody signs in with it") from None
    return f"{', '.join(needed)} can be loaded"


def _folders() -> str:
    """Where the home of who runs this would be; it is looked at, never made."""
    root = Home.locate().root
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        raise Lacking(f"{root}, but this user may not write in {there}")
    return f"{root}, {'which exists' if there == root else 'which can be made'}"


def _conversation() -> str:
    """A mail program's whole visit: greeting, STLS with a fresh certificate, sign-in, QUIT."""
    with tempfile.TemporaryDirectory(prefix="postroom-self-test-") as folder:
        return asyncio.run(_visit(Home(Path(folder))))


async def _visit(home: Home) -> str:
    listener = Listener(name="self-test", address="127.0.0.1:0", security=Security.STARTTLS)
    # What is thrown away leaves nothing in anybody's keyring.
    pop3 = Pop3(listeners=(listener,), secrets=Secrets(key_in=KeyPlace.FILE))
    await asyncio.to_thread(home.prepare)
    await asyncio.to_thread(save, home.config_file, Config(server=Server(), pop3=pop3))
    service = MailService(home)
    password = secrets.token_urlsafe(16)
    try:
        await service.open()
        await service.add_account(_USER, password)
        await service.start()
        loop = service.status().session_loop
        steps = await service.try_listener(listener.name, _USER, password)
    finally:
        await service.stop(grace=0.0)
    wrong = [f"{step.name}: {step.words}" for step in steps if not step.passed]
    if wrong:
        raise Faulty("; ".join(wrong))
    if loop == "asyncio" and PACKED:
        raise Faulty("the fast session loop was left out of this package")
    shown = next(step.words for step in steps if step.name == "Handshake")
    return f"session loop {loop}, {len(steps)} steps, {shown}, {ssl.OPENSSL_VERSION}"


def _credentials() -> str:
    """A secret is written, read and deleted; a store that waits for a person gets some seconds."""
    answers: Queue[str | Exception] = Queue()

    def ask() -> None:
        try:
            answers.put(_round_trip())
        except Exception as problem:  # noqa: BLE001 - raised again by who waits
            answers.put(problem)

    threading.Thread(target=ask, daemon=True, name="credential store").start()
    try:
        answer = answers.get(timeout=_KEYRING_SECONDS)
    except Empty:
        raise _without_store("the credential store waits for somebody to unlock it") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _round_trip() -> str:
    name, key = f"self-test/{secrets.token_hex(8)}", secrets.token_bytes(KEY_OCTETS)
    try:
        store = credential_store()
        store.add(name, key)
        read = store.read([name])
        store.remove(name)
    except NoCredentialStore as missing:
        raise _without_store(str(missing)) from None
    except KeysUnusable as unusable:
        if unusable.state is SecretsState.LOCKED:
            raise _without_store(str(unusable)) from None
        raise Faulty(str(unusable)) from None
    if read != {name: key} or store.read([name]):
        raise Faulty(f"{store.words} gives back something else than it was given")
    return f"{store.name}: written, read and deleted"


def _without_store(why: str) -> Exception:
    """Servers on Linux often have none and keep their key in a file; elsewhere there is one."""
    return Lacking(why) if sys.platform == "linux" else Faulty(why)


CORE_CHECKS: tuple[Check, ...] = (
    ("Python", _python),
    ("SQLite", _sqlite),
    ("reply languages", _languages),
    ("data folder", _folders),
    ("conversation", _conversation),
    ("Kerberos", _kerberos),
    ("credential store", _credentials),
)
