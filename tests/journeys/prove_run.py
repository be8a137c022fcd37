#!/usr/bin/env python3
"""Proves ``python3 dev.py run`` from outside: the window comes up, a client fetches, it stops.

Standard library only, so that it runs anywhere: ``python3 tests/journeys/prove_run.py``. Bounded;
exit status 0 when everything it names was seen.
"""

from __future__ import annotations

import os
import poplib
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 900  # the first run also sets up
STOP_SECONDS = 30


class ProofFailed(Exception):
    """The demo did not do what the README says."""


class Demo:
    """``dev.py run`` as a person starts it, its lines read as they come."""

    def __init__(self, *arguments: str, platform: str) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": platform, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "dev.py"), "run", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def words(self, first: str, count: int) -> list[list[str]]:
        """The lines that begin with a word, split, as soon as there are so many of them."""
        deadline = time.monotonic() + READY_SECONDS
        with self._news:
            while True:
                found = [line.split() for line in self._lines if line.startswith(first + " ")]
                if len(found) >= count:
                    return found
                if not self._reader.is_alive() or time.monotonic() > deadline:
                    raise ProofFailed(f"no {count} lines {first!r} came:\n{self.output()}")
                self._news.wait(1)

    def output(self) -> str:
        """All that was printed so far."""
        return "".join(self._lines)

    def stop(self) -> int:
        """Ask it to end as a service manager would; gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise ProofFailed(f"still there {STOP_SECONDS} s after SIGTERM") from None

    def end(self) -> None:
        """Leave nothing behind, however the proof went."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(STOP_SECONDS)

    def _read(self) -> None:
        for line in self.process.stdout or ():
            print(f"  {line}", end="", flush=True)
            with self._news:
                self._lines.append(line)
                self._news.notify()


def main() -> int:
    """Prove the window, then the server without one."""
    try:
        prove("offscreen window", platform="offscreen")
        prove("headless", "--headless", platform="")
    except ProofFailed as problem:
        print(f"prove_run: {problem}", file=sys.stderr)
        return 1
    print("prove_run: the demo serves, and ends cleanly")
    return 0


def prove(what: str, *arguments: str, platform: str) -> None:
    """One run from start to end; ProofFailed says what was not as it should be."""
    print(f"prove_run: {what}", flush=True)
    demo = Demo(*arguments, platform=platform)
    try:
        accounts = demo.words("account", 2)
        listeners = demo.words("ready", 2)
        headless = "without one" in demo.output()
        if headless != bool(arguments):
            raise ProofFailed("a window was promised" if headless else "no window was promised")
        for _, name, password in accounts:
            for _, _, address, security in listeners:
                fetched = fetch(address, security, name, password)
                print(f"prove_run: {name} fetched {fetched} messages, {security}", flush=True)
        status = demo.stop()
        if status != 0:
            raise ProofFailed(f"ended with {status}:\n{demo.output()}")
    finally:
        demo.end()
    if "Traceback" in demo.output():
        raise ProofFailed(f"something went wrong on the way:\n{demo.output()}")


def fetch(address: str, security: str, name: str, password: str) -> int:
    """Fetch all mail as a client would; the number of messages."""
    host, _, port = address.rpartition(":")
    trust = ssl.create_default_context(cadata=certificate(host, int(port), security))
    client: poplib.POP3
    if security == "tls":
        client = poplib.POP3_SSL(host, int(port), timeout=30, context=trust)
    else:
        client = poplib.POP3(host, int(port), timeout=30)
        client.stls(trust)
    client.user(name)
    client.pass_(password)
    count, octets = client.stat()
    sizes = [client.retr(number)[2] for number in range(1, count + 1)]
    client.quit()
    if not count or sum(sizes) != octets:
        raise ProofFailed(f"{name} got {sum(sizes)} octets of {octets} in {count} messages")
    return count


def certificate(host: str, port: int, security: str) -> str:
    """The server's own certificate, as a person would accept it on first sight."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    client: poplib.POP3
    if security == "tls":
        client = poplib.POP3_SSL(host, port, timeout=30, context=blind)
    else:
        client = poplib.POP3(host, port, timeout=30)
        client.stls(blind)
    connection = client.sock
    assert isinstance(connection, ssl.SSLSocket)
    seen = connection.getpeercert(binary_form=True)
    client.quit()
    return ssl.DER_cert_to_PEM_cert(seen or b"")


if __name__ == "__main__":
    sys.exit(main())
