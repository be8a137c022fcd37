"""neomutt on a terminal, its keys pressed by a macro; it stores the line ends of Unix."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from server_core.config.signing_in import Method
from tests.clients.conftest import HOST, PASSWORD, Box, Wire
from tests.clients.programs import SECONDS, environment, private_file, with_crlf

# A field, its continuation, or the separator of an mbox with its date.
_OF_A_HEADER = re.compile(rb"[^\s:]+:|[ \t]|From \S+ +\w{3} ")


class Neomutt:
    """Opens the mailbox by its URL and copies what is new; read messages it knows by unique-id."""

    program = "neomutt"
    # Of mechanisms it takes the best that it is shown, whichever of them is named.
    methods: Mapping[Method, str] = {
        Method.USER_PASS: "user",
        Method.PLAIN: "gsasl",
        Method.APOP: "apop",
        Method.CRAM_MD5: "gsasl",
        Method.DIGEST_MD5: "gsasl",
        Method.SCRAM_SHA_1: "gsasl",
        Method.SCRAM_SHA_256: "gsasl",
        Method.EXTERNAL: "gsasl",
    }

    def fetch(self, box: Box, *, keep: bool) -> list[bytes]:
        """Run it once, copying (or moving) all messages it has not seen into a fresh Maildir."""
        folder = box.new_folder()
        agent = box.state / "agent"
        agent.write_text(f"#!/bin/sh\nexec cat >{folder}/$$\n")
        agent.chmod(0o700)
        cache = box.state / "cache"
        cache.mkdir(exist_ok=True)
        delete = "" if keep else "<tag-prefix><delete-message>"
        # Without a match there is nothing tagged, and tag-prefix-cond ends the macro there.
        take = f"<tag-pattern>~N<enter><tag-prefix-cond><pipe-message>{agent}<enter>"
        keys = f"{take}{delete}<end-cond><quit>"
        settings = f"""
            set pop_user = "{box.account}"
            set pop_pass = "{PASSWORD}"
            set pop_authenticators = "{self.methods[box.method] if box.method else ""}"
            set ssl_client_cert = "{box.certificate or ""}"
            set ssl_starttls = {"yes" if box.wire is Wire.STLS else "no"}
            set ssl_force_tls = {"no" if box.wire is Wire.PLAIN else "yes"}
            set certificate_file = "{box.server.ca}"
            set message_cachedir = "{cache}"
            set header_cache = "{cache}"
            set folder = "{box.state}"
            set pipe_split = yes
            set pipe_sep = ""
            set delete = yes
            set quit = yes
            set sleep_time = 0
            set wait_key = no
            set pop_delete = {"no" if keep else "yes"}
            set mark_old = no
            push "{keys}"
        """
        rc = private_file(box.state / "muttrc", settings)
        scheme = "pops" if box.wire is Wire.TLS else "pop"
        url = f"{scheme}://{HOST}:{box.port}/"
        _on_a_terminal(["neomutt", "-n", "-F", str(rc), "-f", url], box.state)
        files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        return [with_crlf(file.read_bytes()) for file in files]

    def changed(self, message: bytes) -> bytes:
        """It writes the empty line that is missing where a line cannot belong to the header."""
        offset = 0
        for line in message.splitlines(keepends=True):
            if line == b"\r\n":
                return message
            if not _OF_A_HEADER.match(line):
                break
            offset += len(line)
        return message[:offset] + b"\r\n" + message[offset:]


def _on_a_terminal(command: list[str], home: Path) -> None:
    """Run a full-screen program to its end; what it showed is in the failure."""
    terminal, inner = _terminal()
    with subprocess.Popen(
        command,
        cwd=home,
        env=environment(home),
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    ) as process:
        os.close(inner)
        shown, ended = _follow(terminal)
        if not ended:
            process.kill()
    os.close(terminal)
    screen = shown.decode(errors="replace")
    assert ended, f"neomutt waits for a key: {screen}"
    assert process.returncode == 0, screen


def _terminal() -> tuple[int, int]:
    """Both sides of a new terminal."""
    if sys.platform == "win32":
        raise OSError("Windows has no terminal of this kind")
    else:  # noqa: RET506 - each platform's mypy reads one branch
        return os.openpty()


def _follow(terminal: int) -> tuple[bytes, bool]:
    """What was shown, and whether the program closed its terminal in time."""
    shown, deadline = b"", time.monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return shown, False
        try:
            chunk = os.read(terminal, 65_536)
        except OSError:  # how Linux says that the other side is gone
            return shown, True
        if not chunk:
            return shown, True
        shown += chunk
