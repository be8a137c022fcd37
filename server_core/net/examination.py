"""A close look at one session, on its session loop."""

from __future__ import annotations

from server_core.events.session_views import MaildropEntry, MaildropView, SessionFacts
from server_core.events.types import printable
from server_core.net.gate import Gate, Pass
from server_core.net.record import Record
from server_core.protocol import languages
from server_core.protocol.session_state import Pop3Session
from server_core.store.backend import OpenMailbox


def facts_of(record: Record, ticket: Pass, gate: Gate) -> SessionFacts:
    """What is known of a session beside its picture."""
    conversation = record.pop3
    language = conversation.language
    limits = gate.limits_of(ticket, record.door.name)
    return SessionFacts(
        session=record.number,
        rule=ticket.decision.words,
        limits=limits,
        errors=conversation.errors,
        most_errors=conversation.policy.max_errors,
        failed_sign_ins=conversation.auth_errors,
        most_failed_sign_ins=conversation.policy.max_auth_errors,
        version=record.secure,
        cipher=record.cipher,
        fingerprint=record.fingerprint,
        asked_for=printable(record.asked_for),
        language="" if language is languages.DEFAULT else language.name,
    )


def maildrop_of(conversation: Pop3Session, mailbox: OpenMailbox, most: int) -> MaildropView:
    """A session's maildrop as its client sees it, the newest ``most`` messages of it."""
    snapshot = conversation.snapshot
    numbers = range(max(1, mailbox.count - most + 1), mailbox.count + 1)
    entries = (
        MaildropEntry(
            number=number,
            octets=snapshot.size(number),
            unique_id=snapshot.unique_id(number),
            seen=mailbox.is_seen(number),
            marked=snapshot.is_marked(number),
            gone=mailbox.is_gone(number),
        )
        for number in numbers
    )
    return MaildropView(mailbox.count, snapshot.stat()[1], tuple(entries))
