"""Why something ended or was refused: ids shared by sessions, log, counters and texts."""

from enum import StrEnum


class CloseReason(StrEnum):
    """Why a session is over."""

    QUIT = "quit"
    CLIENT_CLOSED = "client_closed"
    IDLE_TIMEOUT = "idle_timeout"
    TOO_MANY_ERRORS = "too_many_errors"
    TOO_MANY_FAILED_LOGINS = "too_many_failed_logins"
    LINE_TOO_LONG = "line_too_long"
    DISCONNECTED_BY_ADMIN = "disconnected_by_admin"
    ACCOUNT_DISABLED = "account_disabled"
    BANNED = "banned"
    TAKEN_OVER = "taken_over"
    TLS_FAILED = "tls_failed"
    SHUTDOWN = "shutdown"
    INTERNAL_ERROR = "internal_error"


class RefusalReason(StrEnum):
    """Why a connection never became a session."""

    RULE_DENIED = "rule_denied"
    BANNED = "banned"
    MAX_CONNECTIONS = "max_connections"
    MAX_PER_ADDRESS = "max_per_address"
    RATE_LISTENER = "rate_listener"
    RATE_ADDRESS = "rate_address"
    PROXY_HEADER = "proxy_header"


class Scope(StrEnum):
    """Whose rule or limit decided."""

    GLOBAL = "global"
    SERVICE = "service"
    LISTENER = "listener"
    RULE = "rule"


class SignInReason(StrEnum):
    """How an attempt to sign in ended; the client only learns yes or no."""

    OK = "ok"
    UNKNOWN_USER = "unknown_user"
    WRONG_PASSWORD = "wrong_password"
    NO_PASSWORD = "no_password"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_EXPIRED = "account_expired"
    ACCOUNT_LOCKED = "account_locked"
    METHOD_BARRED = "method_barred"
    NETWORK_BARRED = "network_barred"
    LISTENER_BARRED = "listener_barred"
    NO_SECRET = "no_secret"
    SECRET_UNREADABLE = "secret_unreadable"
    NOT_AUTHORIZED = "not_authorized"
    CHANNEL_MISMATCH = "channel_mismatch"
    TICKET_REFUSED = "ticket_refused"
    CERTIFICATE_UNKNOWN = "certificate_unknown"
    MALFORMED = "malformed"
    NOT_ALLOWED = "not_allowed"


class UseReason(StrEnum):
    """Why somebody who signed in rightly does not get the maildrop now."""

    TOO_MANY = "too_many"
    EXCLUSIVE = "exclusive"
    TOO_SOON = "too_soon"


class ListenerProblem(StrEnum):
    """Why a listener could not start."""

    ADDRESS_IN_USE = "address_in_use"
    NO_PERMISSION = "no_permission"
    ADDRESS_MISSING = "address_missing"
    CERTIFICATE_UNUSABLE = "certificate_unusable"
    OTHER = "other"


CLOSE_TEXTS = {
    CloseReason.QUIT: "signed off",
    CloseReason.CLIENT_CLOSED: "the client closed the connection",
    CloseReason.IDLE_TIMEOUT: "idle for too long",
    CloseReason.TOO_MANY_ERRORS: "too many wrong commands",
    CloseReason.TOO_MANY_FAILED_LOGINS: "too many failed sign-ins",
    CloseReason.LINE_TOO_LONG: "sent a line without an end",
    CloseReason.DISCONNECTED_BY_ADMIN: "disconnected by the administrator",
    CloseReason.ACCOUNT_DISABLED: "the account was suspended",
    CloseReason.BANNED: "its address was banned",
    CloseReason.TAKEN_OVER: "silent for too long while another session wanted the mailbox",
    CloseReason.TLS_FAILED: "the encrypted connection could not be set up",
    CloseReason.SHUTDOWN: "the server stopped",
    CloseReason.INTERNAL_ERROR: "an internal error",
}

REFUSAL_TEXTS = {
    RefusalReason.RULE_DENIED: "an access rule keeps it out",
    RefusalReason.BANNED: "the address is banned",
    RefusalReason.MAX_CONNECTIONS: "too many connections at the same time",
    RefusalReason.MAX_PER_ADDRESS: "too many connections from this address",
    RefusalReason.RATE_LISTENER: "too many new connections",
    RefusalReason.RATE_ADDRESS: "too many new connections from this address",
    RefusalReason.PROXY_HEADER: "the proxy's header is missing or wrong",
}

SIGN_IN_TEXTS = {
    SignInReason.OK: "signed in",
    SignInReason.UNKNOWN_USER: "Account not found locally",
    SignInReason.WRONG_PASSWORD: "Invalid password",
    SignInReason.NO_PASSWORD: "Account has no password",
    SignInReason.ACCOUNT_DISABLED: "Account is suspended",
    SignInReason.ACCOUNT_LOCKED: "Account is locked for untrusted networks",
    SignInReason.ACCOUNT_EXPIRED: "Account has expired",
    SignInReason.METHOD_BARRED: "Account may not use this method",
    SignInReason.NETWORK_BARRED: "Account may not sign in from this network",
    SignInReason.LISTENER_BARRED: "Account may not use this listener",
    SignInReason.NO_SECRET: "Nothing is kept for this method; set the password again",
    SignInReason.SECRET_UNREADABLE: "The kept password cannot be opened; see the server's problems",
    SignInReason.NOT_AUTHORIZED: "May not act for somebody else",
    SignInReason.CHANNEL_MISMATCH: "The encrypted connection is not the one the client means",
    SignInReason.TICKET_REFUSED: "The Kerberos ticket is not valid here",
    SignInReason.CERTIFICATE_UNKNOWN: "The client's certificate names no account",
    SignInReason.MALFORMED: "Malformed sign-in data",
    SignInReason.NOT_ALLOWED: "Method not allowed on this connection",
}

USE_TEXTS = {
    UseReason.TOO_MANY: "too many sessions of this account at the same time",
    UseReason.EXCLUSIVE: "another session has it open",
    UseReason.TOO_SOON: "too soon after the last sign-in",
}
