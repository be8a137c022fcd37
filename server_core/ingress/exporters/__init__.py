"""Writers of foreign mail formats, and the table of them."""

from __future__ import annotations

from functools import partial

from server_core.ingress.exporters import eml, maildir, mbox
from server_core.ingress.exporters.exporter import Exporter
from server_core.ingress.mbox_dialects import DIALECTS

EXPORTERS = {
    "eml": Exporter(eml.write, folder=True),
    "mbox": Exporter(partial(mbox.write, dialect=DIALECTS["mboxrd"]), folder=False),
    "mboxo": Exporter(partial(mbox.write, dialect=DIALECTS["mboxo"]), folder=False),
    "mboxrd": Exporter(partial(mbox.write, dialect=DIALECTS["mboxrd"]), folder=False),
    "mboxcl": Exporter(partial(mbox.write, dialect=DIALECTS["mboxcl"]), folder=False),
    "mboxcl2": Exporter(partial(mbox.write, dialect=DIALECTS["mboxcl2"]), folder=False),
    "maildir": Exporter(maildir.write, folder=True),
}
"""By format name; ``mbox`` is mboxrd, the one that loses nothing and needs no counting."""
