"""The state of one conversation that command handlers work on (RFC 1939 section 3)."""

from __future__ import annotations

from enum import Enum

from server_core.events.reasons import CloseReason
from server_core.protocol import languages
from server_core.protocol.actions import Protection
from server_core.protocol.languages.language import Language
from server_core.protocol.maildrop import Maildrop
from server_core.protocol.replies import Values
from server_core.protocol.session_policy import SessionPolicy, Terms
from server_core.protocol.snapshot_view import SnapshotView


class State(Enum):
    """RFC 1939's states of a session."""

    AUTHORIZATION = "AUTHORIZATION"
    TRANSACTION = "TRANSACTION"
    UPDATE = "UPDATE"


class Pop3Session:
    """Who is there, what was said so far, and what the snapshot looks like by now.

    ``user`` is what USER said, until the next command; ``timestamp`` what the greeting gave APOP to
    work with (RFC 1939 section 7), if anything. ``discarded`` counts octets that came in clear
    behind STLS, ``language`` is what LANG asked for. A handler that sets ``closing`` ends the
    conversation after its reply.
    """

    __slots__ = (
        "_snapshot",
        "account",
        "auth_errors",
        "closing",
        "command",
        "discarded",
        "errors",
        "language",
        "method",
        "policy",
        "retrieved",
        "state",
        "terms",
        "timestamp",
        "tls_active",
        "user",
    )

    terms: Terms

    def __init__(self, policy: SessionPolicy, *, tls_active: bool, unique: str) -> None:
        self.policy = policy
        self.tls_active = tls_active
        self.terms = policy.terms(Protection() if tls_active else None)
        self.timestamp = f"<{unique}>" if self.terms.apop else ""
        self.state = State.AUTHORIZATION
        self.language: Language = languages.DEFAULT
        self.user: bytes | None = None
        self.account: str | None = None
        self.method = ""
        self.command = ""
        self.errors = 0
        self.auth_errors = 0
        self.retrieved = 0
        self.discarded = 0
        self.closing: CloseReason | None = None
        self._snapshot: SnapshotView | None = None

    @property
    def snapshot(self) -> SnapshotView:
        """The open maildrop as the client sees it; only there once signed in."""
        if self._snapshot is None:
            raise RuntimeError("no maildrop is open")
        return self._snapshot

    @property
    def messages(self) -> int:
        """How many messages the snapshot holds, 0 before sign-in."""
        return 0 if self._snapshot is None else self._snapshot.total

    @property
    def marked(self) -> int:
        """How many messages are marked for deletion."""
        return 0 if self._snapshot is None else self._snapshot.marked

    def secure(self, protection: Protection) -> None:
        """TLS is active from here on; what was said in clear is forgotten, errors are not."""
        self.tls_active = True
        self.terms = self.policy.terms(protection)
        self.language = languages.DEFAULT
        self.user = None

    def forgo_tls(self) -> None:
        """The client may not ask for STLS any more (RFC 6856 section 2.1)."""
        self.terms = self.terms.without_stls()

    def words(self, text: str, values: Values = ()) -> str:
        """A text of ours in the client's language, with its values."""
        text = self.language.texts.get(text, text)
        return text % values if values else text

    def enter_transaction(self, account: str, method: str, maildrop: Maildrop) -> None:
        """The client is signed in and its maildrop open."""
        self.account = account
        self.method = method
        self._snapshot = SnapshotView(maildrop, self.policy.deleted_messages)
        self.state = State.TRANSACTION
