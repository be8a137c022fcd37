"""Which format mail is kept in, from what lies there."""

from __future__ import annotations

from pathlib import Path

from server_core.ingress.importers import eml, maildir, mbox
from server_core.ingress.importers.importer import ImportProblem, why


def detect(path: Path) -> str:
    """The name of the format; ImportProblem when a file is neither mbox nor a message."""
    if path.is_dir():
        return "maildir" if maildir.is_maildir(path) else "eml"
    if path.suffix.lower() == ".eml":
        return "eml"
    if not path.is_file():
        raise ImportProblem(f"{path} is neither a file nor a folder.")
    try:
        if mbox.starts_with_from_line(path):
            return "mbox"
        head = eml.head_of(path)
    except OSError as problem:
        raise ImportProblem(f"{path} cannot be read: {why(problem)}.") from problem
    if not head:
        raise ImportProblem(f"{path} is empty.")
    if eml.looks_like_message(head):
        return "eml"
    if path.suffix.lower() in (".mbox", ".mbx"):
        return "mbox"
    raise ImportProblem(f"{path} is neither a message nor an mbox file.")
