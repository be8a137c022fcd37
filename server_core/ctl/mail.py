"""postroomctl import, export, mailbox, check: the mail itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from server_core.ctl.door import ask
from server_core.ctl.outcome import Failed, moment, show_json, show_table
from server_core.ctl.verbs import add_json, add_verb
from server_core.events.mail_views import MessageView
from server_core.home import Home
from server_core.ingress import EXPORT_FORMATS, IMPORT_FORMATS, ImportReport
from server_core.store.backend import Finding
from server_core.wording import counted

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs


def add_to(verbs: Verbs) -> None:
    """Add the verbs."""
    bring = add_verb(verbs, "import", _import, "Bring mail into a mailbox.")
    take = add_verb(verbs, "export", _export, "Write a mailbox out.")
    mailbox = add_verb(verbs, "mailbox", _mailbox, "List the messages of a mailbox.")
    check = add_verb(verbs, "check", _check, "Compare the mailboxes with their indexes.")
    for parser in (bring, take, mailbox):
        parser.add_argument("account", metavar="ACCOUNT")
    bring.add_argument("path", type=Path, metavar="PATH", help="a file or a folder")
    bring.add_argument("--format", choices=IMPORT_FORMATS, default="auto")
    take.add_argument("destination", type=Path, metavar="DEST", help="a new file or folder")
    take.add_argument("--format", choices=EXPORT_FORMATS, default="eml")
    check.add_argument("--repair", action="store_true", help="mend what can be mended")
    add_json(mailbox)


def _import(home: Home, options: argparse.Namespace) -> int:
    report: ImportReport = ask(
        home,
        "import_mail",
        account=options.account,
        path=options.path.absolute(),
        format=options.format,
    )
    for skipped in report.skipped:
        print(f"left out {skipped.where}: {skipped.why}", file=sys.stderr)
    if report.found and not report.delivered:
        raise Failed(f"none of {counted(report.found, 'message')} could be imported")
    print(
        f"imported {report.delivered} of {counted(report.found, 'message')}, {report.octets} octets"
    )
    return 0


def _export(home: Home, options: argparse.Namespace) -> int:
    messages: int = ask(
        home,
        "export_mail",
        account=options.account,
        destination=options.destination.absolute(),
        format=options.format,
    )
    print(f"exported {counted(messages, 'message')}")
    return 0


def _mailbox(home: Home, options: argparse.Namespace) -> int:
    views: tuple[MessageView, ...] = ask(home, "messages", account=options.account)
    if options.json:
        show_json(views)
        return 0
    show_table(
        ("NUMBER", "UID", "UNIQUE-ID", "OCTETS", "SEEN", "RECEIVED"),
        (
            (
                *(view.number, view.uid, view.unique_id, view.octets),
                *("yes" if view.seen else "no", moment(view.received)),
            )
            for view in views
        ),
    )
    return 0


def _check(home: Home, options: argparse.Namespace) -> int:
    findings: tuple[Finding, ...] = ask(home, "check", repair=options.repair)
    for finding in findings:
        done = "mended" if finding.repaired else "would be" if not options.repair else "left"
        print(f"{finding.account}: {finding.fault}: {finding.what} ({done}: {finding.remedy})")
    left = sum(not finding.repaired for finding in findings)
    if left:
        advice = "" if options.repair else "; mend with: postroomctl check --repair"
        raise Failed(f"{counted(left, 'problem')} found{advice}")
    if not findings:
        print("all mailboxes are in order")
    return 0
