"""Readers of foreign mail formats, and the table of them."""

from __future__ import annotations

from functools import partial

from server_core.ingress.importers import eml, maildir, mbox
from server_core.ingress.importers.importer import Importer
from server_core.ingress.mbox_dialects import DIALECTS

IMPORTERS: dict[str, Importer] = {
    "eml": eml.read,
    "mbox": partial(mbox.read, dialect=None),
    "mboxo": partial(mbox.read, dialect=DIALECTS["mboxo"]),
    "mboxrd": partial(mbox.read, dialect=DIALECTS["mboxrd"]),
    "mboxcl": partial(mbox.read, dialect=DIALECTS["mboxcl"]),
    "mboxcl2": partial(mbox.read, dialect=DIALECTS["mboxcl2"]),
    "maildir": partial(maildir.read, subfolders=False),
    "maildir++": partial(maildir.read, subfolders=True),
}
"""By format name; ``mbox`` finds the dialect out, ``maildir++`` takes subfolders along."""
