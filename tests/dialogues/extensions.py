"""Dialogues of the extensions: UTF8 and LANG, LOGIN-DELAY, and who gets a mailbox in use."""

from __future__ import annotations

from server_core.config.account_terms import AccountTerms
from server_core.config.model import Security
from server_core.config.signing_in import Method
from tests.dialogues.dialogue import Dialogue
from tests.dialogues.world import World, sized, with_mail

_METHODS = (Method.USER_PASS, Method.PLAIN, Method.LOGIN)
_THREE_METHODS = {"plain_methods": _METHODS, "secure_methods": _METHODS}
_RAW_HEADER = "Subject: Grüße\r\nFrom: jürgen@example.com\r\n\r\nTschüß\r\n".encode()

EXTENSIONS = (
    Dialogue(
        "RFC 6856 section 3.2, a language is chosen and unknown ones change nothing",
        with_mail(sized(100)),
        """
        S: +OK …
        C: LANG
        S: +OK Language listing follows
        S: i-default English
        S: en English
        S: de Deutsch
        S: fr Français
        S: es Español
        S: it Italiano
        S: .
        C: LANG es
        S: +OK es Las respuestas ahora están en español
        C: LANG uga
        S: -ERR Este idioma no está disponible
        C: LANG not/a/tag
        S: -ERR Se espera una etiqueta de idioma, por ejemplo en o de-AT
        C: LANG fr de
        S: -ERR Número de argumentos incorrecto
        C: USER ann
        S: +OK Envíe PASS
        C: PASS wrong
        S: -ERR [AUTH] Nombre de usuario o contraseña incorrectos
        C: LANG de-AT-1901
        S: +OK de Antworten sind jetzt auf Deutsch
        C: USER ann
        S: +OK PASS senden
        C: PASS secret
        S: +OK Nachrichten im Postfach: 1 (100 Oktette)
        C: STAT
        S: +OK 1 100
        C: LIST 1
        S: +OK 1 100
        C: UIDL 1
        S: +OK 1 <uid>
        C: LIST
        S: +OK Nachrichten: 1 (100 Oktette)
        S: 1 100
        S: .
        C: RETR 1
        S: +OK 100 octets
        S: <message 1>
        C: TOP 1 0
        S: +OK Anfang der Nachricht folgt
        S: Subject: x
        S:
        S: .
        C: DELE 1
        S: +OK Nachricht 1 gelöscht
        C: RETR 1
        S: -ERR Nachricht 1 ist gelöscht
        C: LANG FR
        S: +OK fr Les réponses sont maintenant en français
        C: RSET
        S: +OK Messages dans la boîte : 1 (100 octets)
        C: LANG it-CH
        S: +OK it Le risposte ora sono in italiano
        C: LANG *
        S: +OK i-default Replies are in English now
        C: QUIT
        S: +OK Bye (1 messages left)
        S: <closed>
        """,
    ),
    Dialogue(
        "a language chosen in clear is forgotten by STLS",
        World(),
        """
        S: +OK …
        C: LANG it
        S: +OK it …
        C: NOOP
        S: -ERR Comando non valido in questo stato
        C: STLS
        S: +OK Iniziare la negoziazione TLS
        <TLS handshake>
        C: NOOP
        S: -ERR Command not valid in this state
        C: QUIT
        S: +OK Bye
        S: <closed>
        """,
    ),
    Dialogue(
        "RFC 6856 section 2.1, UTF8 comes before sign-in and ends STLS",
        World(
            accounts={"jürgen@example.com": "pässwörd", "ann@example.com": "secret"},
            mail={"ann@example.com": (_RAW_HEADER,)},
            pop3=_THREE_METHODS,
        ),
        """
        S: +OK …
        C: UTF8 USER
        S: -ERR No argument expected
        C: UTF8
        S: +OK UTF-8 is understood
        C: STLS
        S: -ERR TLS is not available
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
        C: UTF8
        S: +OK UTF-8 is understood
        C: USER jürgen
        S: +OK Send PASS
        C: PASS pässwörd
        S: +OK Mailbox has 0 messages (0 octets)
        C: UTF8
        S: -ERR Command not valid in this state
        C: QUIT
        S: +OK …
        S: <closed>
        """,
    ),
    Dialogue(
        "a message with a raw header goes out as it came, with UTF8 and without",
        with_mail(_RAW_HEADER),
        f"""
        S: +OK …
        C: USER ann
        S: +OK …
        C: PASS secret
        S: +OK …
        C: RETR 1
        S: +OK {len(_RAW_HEADER)} octets
        S: <message 1>
        C2: UTF8
        S2: +OK …
        S2: +OK UTF-8 is understood
        C2: USER ann
        S2: +OK …
        C2: PASS secret
        S2: +OK …
        C2: LIST 1
        S2: +OK 1 {len(_RAW_HEADER)}
        C2: RETR 1
        S2: +OK {len(_RAW_HEADER)} octets
        S2: <message 1>
        C2: QUIT
        S2: +OK …
        S2: <closed>
        """,
    ),
    Dialogue(
        "RFC 2449 section 6.5, the time between sign-ins with some forgiven",
        World(
            pop3={"accounts": {"delay": 60, "padding": 1}, **_THREE_METHODS},
            security=Security.NONE,
        ),
        """
        S: +OK …
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
        S: LOGIN-DELAY 60
        S: .
        C: USER ann
        S: +OK …
        C: PASS secret
        S: +OK …
        S2: +OK …
        C2: USER ann
        S2: +OK …
        C2: PASS secret
        S2: +OK …
        S3: +OK …
        C3: AUTH PLAIN AGFubgBzZWNyZXQ=
        S3: -ERR [LOGIN-DELAY] Signed in too soon, try again in 60 seconds
        <59 seconds pass>
        C3: AUTH PLAIN AGFubgBzZWNyZXQ=
        S3: -ERR [LOGIN-DELAY] Signed in too soon, try again in 1 seconds
        <1 seconds pass>
        C3: AUTH PLAIN AGFubgB3cm9uZw==
        S3: -ERR [AUTH] Invalid user name or password
        C3: AUTH PLAIN AGFubgBzZWNyZXQ=
        S3: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
    Dialogue(
        "strangers hear the longest time between sign-ins, those who signed in their own",
        World(
            accounts={"ann@example.com": "secret", "bob@example.com": "secret"},
            terms={"ann@example.com": AccountTerms(delay=10)},
            pop3={"accounts": {"delay": 60}, **_THREE_METHODS},
            security=Security.TLS,
        ),
        """
        <TLS handshake>
        S: +OK …
        C: CAPA
        S: +OK …
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
        S: LOGIN-DELAY 60 USER
        S: .
        C: USER ann
        S: +OK …
        C: PASS secret
        S: +OK …
        C: CAPA
        S: +OK …
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
        S: IMPLEMENTATION Postroom
        S: LOGIN-DELAY 10
        S: .
        C: QUIT
        S: +OK …
        S: <closed>
        """,
    ),
    Dialogue(
        "one session more than the account may have is told that it is in use",
        World(pop3={"accounts": {"connections": 2}}),
        """
        S: +OK …
        C: USER ann
        S: +OK …
        C: PASS secret
        S: +OK …
        S2: +OK …
        C2: USER ann
        S2: +OK …
        C2: PASS secret
        S2: +OK …
        S3: +OK …
        C3: LANG de
        S3: +OK de …
        C3: USER ann
        S3: +OK …
        C3: PASS secret
        S3: -ERR [IN-USE] Zu viele Verbindungen für diesen Benutzer
        C3: PASS secret
        S3: -ERR Zuerst USER senden
        """,
    ),
    Dialogue(
        "one session for each mailbox, until it was silent for too long",
        with_mail(sized(100), sized(200), server={"exclusive_lock": True, "takeover_after": 60}),
        """
        S: +OK …
        C: USER ann
        S: +OK …
        C: PASS secret
        S: +OK Mailbox has 2 messages (300 octets)
        C: DELE 1
        S: +OK Message 1 deleted
        S2: +OK …
        C2: USER ann
        S2: +OK …
        C2: PASS secret
        S2: -ERR [IN-USE] Mailbox is in use
        <59 seconds pass>
        C2: USER ann
        S2: +OK …
        C2: PASS secret
        S2: -ERR [IN-USE] Mailbox is in use
        <1 seconds pass>
        C2: USER ann
        S2: +OK …
        C2: PASS secret
        S2: +OK Mailbox has 2 messages (300 octets)
        S: <closed>
        C2: QUIT
        S2: +OK Bye (2 messages left)
        S2: <closed>
        """,
    ),
)
