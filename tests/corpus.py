"""Messages to test with: a small deterministic corpus of our own, and the sample mails if present.

``as_served`` says what must come out of a server for what was put in.
"""

from __future__ import annotations

import base64
import os
import random
import re
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "eml"


def as_served(message: bytes) -> bytes:
    """The message with every line end as CRLF, the last line's included; nothing else changes."""
    lines = re.sub(rb"\r\n|\r", b"\n", message)
    return lines.removesuffix(b"\n").replace(b"\n", b"\r\n") + b"\r\n"


def corpus() -> dict[str, bytes]:
    """Our own messages by name, ordinary and at the edges of the standards; always the same."""
    return {
        "ordinary": _message("Minutes of Monday", "Dear Ann,\r\n\r\nhere they are.\r\n\r\nTim\r\n"),
        "dots": _message("Dots", ".\r\n..\r\n...\r\n.leading\r\n. \r\nmiddle.\r\n.\r\n"),
        "dot-at-the-end": _message("Last line a dot", "the next line is one dot\r\n."),
        "no-last-line-end": _message("Cut short", "no line end after this"),
        "empty-body": _message("Nothing to say", ""),
        "blank-lines": _message("Blank lines", "\r\n\r\ntext\r\n\r\n\r\n\r\n"),
        "blanks-at-line-ends": _message(
            "Blanks", "trailing blank \r\ntab\t\r\n \r\n-- \r\nTim\r\n"
        ),
        "unix-line-ends": _message("Unix", "one\ntwo\n\nthree\n").replace(b"\r\n", b"\n"),
        "from-lines": _message("From", "From here on\r\n>From there\r\nFrom - Mon Jan  1\r\n"),
        "long-line": _message("Longest legal line", "x" * 998 + "\r\nshort\r\n"),
        "longer-line": _message("Longer than legal", "word " * 800 + "\r\nshort\r\n"),
        "folded-header": _message(
            "Folded",
            "body\r\n",
            "References: <1@example.com>\r\n\t<2@example.com>\r\n  <3@x.org>\r\n",
        ),
        "long-header": _message(
            "Many",
            "body\r\n",
            "To: " + ",\r\n ".join(f"p{i}@example.com" for i in range(300)) + "\r\n",
        ),
        "status-headers": _message("Seen", "body\r\n", "Status: RO\r\nX-Status: A\r\n"),
        "latin-1": _message("Gruesse", "").replace(b"Gruesse", b"Gr\xfc\xdfe") + b"Stra\xdfe\r\n",
        "utf-8": _message("Grüße ✓", "Žluťoučký kůň, 你好, 🐴\r\n"),
        "header-without-end": b"From: tim@example.com\r\nSubject: it never ends\r\n",
        "body-without-header": b"\r\nonly a body, without any header\r\n",
        "multipart": _multipart(),
        "large": _message("Large", "".join(_prose(lines=5000))),
    }


def sample_mail() -> Path | None:
    """The folder of sample mails, from POSTROOM_SAMPLE_MAIL or beside the project; None without."""
    named = os.environ.get("POSTROOM_SAMPLE_MAIL")
    folder = Path(named) if named else _BESIDE
    return folder if folder.is_dir() else None


def sample_messages() -> dict[str, bytes]:
    """The sample mails by name; empty when they are absent."""
    folder = sample_mail()
    if folder is None:
        return {}
    files = sorted(folder.rglob("*.eml"))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def _message(subject: str, body: str, more: str = "") -> bytes:
    header = (
        "Return-Path: <tim@example.com>\r\n"
        "Received: from mail.example.com by mx.example.org; Mon, 6 Jan 2025 09:00:00 +0100\r\n"
        "From: Tim <tim@example.com>\r\nTo: ann@example.org\r\n"
        f"Subject: {subject}\r\nDate: Mon, 6 Jan 2025 09:00:00 +0100\r\n"
        f"Message-ID: <{len(body)}.{sum(subject.encode())}@example.com>\r\n"
    )
    return f"{header}{more}\r\n{body}".encode()


def _multipart() -> bytes:
    attachment = base64.encodebytes(random.Random(1939).randbytes(40_000)).decode()
    parts = (
        "This is a multi-part message in MIME format.\r\n"
        "--=_b1\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nSee the attachment.\r\n"
        '--=_b1\r\nContent-Type: application/pdf; name="plan.pdf"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
        + attachment.replace("\n", "\r\n")
        + "--=_b1--\r\nepilogue\r\n"
    )
    kind = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_b1"\r\n'
    return _message("The plan", parts, kind)


def _prose(lines: int) -> list[str]:
    words = ["the", "office", "fetches", ".", "every", "minute", "its", "mail", "..finds"]
    dice = random.Random(2449)
    return [" ".join(dice.choices(words, k=dice.randint(0, 12))) + "\r\n" for _ in range(lines)]
