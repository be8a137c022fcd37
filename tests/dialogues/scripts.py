"""The dialogues: RFC 1939's examples and the transcripts of the extensions, in our words."""

from __future__ import annotations

from server_core.config.model import DeletedMessages, Security
from server_core.config.signing_in import Method
from tests.dialogues.dialogue import Dialogue
from tests.dialogues.extensions import EXTENSIONS
from tests.dialogues.world import World, sized, with_mail

_DOTS = b"Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nplain\r\n"

DIALOGUES = (
    Dialogue(
        "RFC 1939 section 10, an example session",
        with_mail(sized(120), sized(200)),
        """
        S: +OK Postroom POP3 server on example.com ready <id>
        C: USER ann
        S: +OK Send PASS
        C: PASS secret
        S: +OK Mailbox has 2 messages (320 octets)
        C: STAT
        S: +OK 2 320
        C: LIST
        S: +OK 2 messages (320 octets)
        S: 1 120
        S: 2 200
        S: .
        C: RETR 1
        S: +OK 120 octets
        S: <message 1>
        C: DELE 1
        S: +OK Message 1 deleted
        C: RETR 2
        S: +OK 200 octets
        S: <message 2>
        C: DELE 2
        S: +OK Message 2 deleted
        C: QUIT
        S: +OK Bye (0 messages left)
        S: <closed>
        """,
    ),
    Dialogue(
        "RFC 1939 section 5, the examples of the basic commands",
        with_mail(sized(120), sized(200)),
        """
        S: +OK …
        C: USER ann
        S: +OK Send PASS
        C: PASS secret
        S: +OK …
        C: LIST 2
        S: +OK 2 200
        C: LIST 3
        S: -ERR No such message
        C: DELE 1
        S: +OK Message 1 deleted
        C: DELE 1
        S: -ERR Message 1 already deleted
        C: RSET
        S: +OK Mailbox has 2 messages (320 octets)
        C: NOOP
        S: +OK Nothing done
        C: QUIT
        S: +OK Bye (2 messages left)
        S: <closed>
        """,
    ),
    Dialogue(
        "RFC 1939 section 7, TOP and UIDL",
        with_mail(b"Subject: a\r\n\r\n1\r\n2\r\n3\r\n", sized(200)),
        """
        S: +OK …
        C: USER ann@example.com
        S: +OK …
        C: PASS secret
        S: +OK …
        C: TOP 1 2
        S: +OK Top of message follows
        S: Subject: a
        S:
        S: 1
        S: 2
        S: .
        C: TOP 100 3
        S: -ERR No such message
        C: UIDL
        S: +OK …
        S: 1 <first>
        S: 2 <second>
        S: .
        C: UIDL 2
        S: +OK 2 <second>
        C: UIDL 3
        S: -ERR No such message
        C: QUIT
        S: +OK …
        S: <closed>
        """,
    ),
    Dialogue(
        "an unknown name and a wrong password sound alike",
        World(),
        """
        S: +OK …
        C: USER frated
        S: +OK Send PASS
        C: PASS secret
        S: -ERR [AUTH] Invalid user name or password
        C: USER ann
        S: +OK Send PASS
        C: PASS wrong
        S: -ERR [AUTH] Invalid user name or password
        C: PASS secret
        S: -ERR Send USER first
        C: QUIT
        S: +OK Bye
        S: <closed>
        """,
    ),
    Dialogue(
        "STLS, PLAIN and zombies",
        with_mail(
            sized(1200),
            sized(740),
            sized(600),
            pop3={
                "plain_methods": (),
                "secure_methods": (Method.USER_PASS, Method.PLAIN, Method.LOGIN),
                "greeting": "Example POP3 server on mail.%D ready",
            },
        ),
        """
        S: +OK Example POP3 server on mail.example.com ready
        C: CAPA
        S: +OK Capability list follows
        S: TOP
        S: UIDL
        S: STLS
        S: UTF8 USER
        S: LANG
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: .
        C: USER ann@example.com
        S: -ERR Plaintext login is not allowed without TLS
        C: STLS
        S: +OK Begin TLS negotiation
        <TLS handshake>
        C: CAPA
        S: +OK Capability list follows
        S: TOP
        S: UIDL
        S: USER
        S: SASL PLAIN LOGIN
        S: UTF8 USER
        S: LANG
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: .
        C: AUTH PLAIN
        S: +␠
        C: AGFubkBleGFtcGxlLmNvbQBzZWNyZXQ=
        S: +OK Mailbox has 3 messages (2540 octets)
        C: LIST
        S: +OK 3 messages (2540 octets)
        S: 1 1200
        S: 2 740
        S: 3 600
        S: .
        C: DELE 2
        S: +OK Message 2 deleted
        C: LIST
        S: +OK 3 messages (1800 octets)
        S: 1 1200
        S: 2 0
        S: 3 600
        S: .
        C: RETR 2
        S: -ERR Message 2 is deleted
        C: RSET
        S: +OK Mailbox has 3 messages (2540 octets)
        C: QUIT
        S: +OK Bye (3 messages left)
        S: <closed>
        """,
    ),
    Dialogue(
        "an exchange is cancelled, a mechanism is not there",
        World(pop3={"plain_methods": (Method.PLAIN, Method.LOGIN)}),
        """
        S: +OK …
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: *
        S: -ERR Authentication cancelled
        C: AUTH EXTERNAL =
        S: -ERR Mechanism not available
        C: AUTH
        S: +OK …
        S: PLAIN
        S: LOGIN
        S: .
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: YW5u
        S: + UGFzc3dvcmQ6
        C: c2VjcmV0
        S: +OK Mailbox has 0 messages (0 octets)
        C: LIST
        S: +OK 0 messages (0 octets)
        S: .
        C: AUTH PLAIN
        S: -ERR Command not valid in this state
        C: QUIT
        S: +OK Bye (0 messages left)
        S: <closed>
        """,
    ),
    Dialogue(
        "nobody signs in before TLS where it is required",
        World(security=Security.STARTTLS_REQUIRED),
        """
        S: +OK …
        C: AUTH PLAIN AGFubgBzZWNyZXQ=
        S: -ERR Plaintext login is not allowed without TLS
        C: PASS secret
        S: -ERR Plaintext login is not allowed without TLS
        C: STLS
        S: +OK Begin TLS negotiation
        <TLS handshake>
        C: PASS secret
        S: -ERR Send USER first
        C: STLS
        S: -ERR TLS is already active
        C: AUTH PLAIN AGFubgBzZWNyZXQ=
        S: +OK …
        C: STLS
        S: -ERR Command not valid in this state
        C: QUIT
        S: +OK …
        S: <closed>
        """,
    ),
    Dialogue(
        "what others remove stays as a zombie",
        with_mail(sized(100), sized(200), sized(300)),
        """
        S: +OK …
        C: USER ann
        S: +OK …
        C: PASS secret
        S: +OK Mailbox has 3 messages (600 octets)
        C: UIDL 2
        S: +OK 2 <uid>
        <message 2 is removed elsewhere>
        C: STAT
        S: +OK 3 400
        C: LIST 2
        S: +OK 2 0
        C: UIDL 2
        S: +OK 2 <uid>
        C: RETR 2
        S: -ERR Message 2 is deleted
        C: TOP 2 0
        S: -ERR Message 2 is deleted
        C: DELE 2
        S: +OK Message 2 deleted
        C: RSET
        S: +OK Mailbox has 3 messages (400 octets)
        C: QUIT
        S: +OK Bye (2 messages left)
        S: <closed>
        """,
    ),
    Dialogue(
        "deleted messages vanish where RFC 1939 is kept to the letter",
        with_mail(sized(100), sized(200), server={"deleted_messages": DeletedMessages.RFC1939}),
        """
        S: +OK …
        C: USER ann
        S: +OK …
        C: PASS secret
        S: +OK …
        C: DELE 1
        S: +OK Message 1 deleted
        C: STAT
        S: +OK 1 200
        C: LIST
        S: +OK 1 messages (200 octets)
        S: 2 200
        S: .
        C: LIST 1
        S: -ERR Message 1 already deleted
        C: QUIT
        S: +OK Bye (1 messages left)
        S: <closed>
        """,
    ),
    Dialogue(
        "lines that begin with dots arrive as they are",
        with_mail(_DOTS),
        """
        S: +OK …
        C: USER ann
        S: +OK …
        C: PASS secret
        S: +OK …
        C: RETR 1
        S: +OK 40 octets
        S: Subject: dots
        S:
        S: ..
        S: ...
        S: ..hidden
        S: plain
        S: .
        C: QUIT
        S: +OK …
        S: <closed>
        """,
    ),
    *EXTENSIONS,
)
