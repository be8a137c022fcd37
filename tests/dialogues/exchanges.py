"""The example exchanges of the RFCs on signing in, with the nonces they were printed with."""

from __future__ import annotations

from base64 import b64decode

from server_core.config.model import Security
from server_core.config.signing_in import Method
from tests.dialogues.dialogue import Dialogue
from tests.dialogues.world import World


def _world(domain: str, user: str, password: str, *methods: Method, **more: object) -> World:
    """One account in a domain, and the methods of connections in clear and under TLS."""
    account = f"{user}@{domain}"
    return World(
        accounts={account: password},
        server={"primary_domain": domain},
        pop3={
            "greeting": "POP3 server ready %U" if Method.APOP in methods else "POP3 server ready",
            "plain_methods": tuple(x for x in methods if x is not Method.EXTERNAL),
            "secure_methods": methods,
        },
        **more,  # type: ignore[arg-type]
    )


EXCHANGES = (
    Dialogue(
        "RFC 1939 section 7, APOP",
        _world("dbc.mtview.ca.us", "mrose", "tanstaaf", Method.APOP, unique="1896.697170952"),
        """
        S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
        S: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
    Dialogue(
        "RFC 2195 section 2, CRAM-MD5",
        _world(
            "postoffice.reston.mci.net",
            "tim",
            "tanstaaftanstaaf",
            Method.CRAM_MD5,
            nonces=("1896.697170952",),
        ),
        """
        S: +OK POP3 server ready
        C: AUTH CRAM-MD5
        S: + PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+
        C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw
        S: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
    Dialogue(
        "RFC 5034 section 6, DIGEST-MD5 with the digests of RFC 2831",
        _world(
            "elwood.innosoft.com",
            "chris",
            "secret",
            Method.DIGEST_MD5,
            nonces=("OA6MG9tEQGm2hh",),
        ),
        """
        S: +OK POP3 server ready
        C: AUTH DIGEST-MD5
        S: + «realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",
              algorithm=md5-sess,charset=utf-8»
        C: «charset=utf-8,username="chris",realm="elwood.innosoft.com",
            nonce="OA6MG9tEQGm2hh",nc=00000001,cnonce="OA6MHXh6VqTrRk",
            digest-uri="pop/elwood.innosoft.com",
            response=b0d56d2f054c24b62072322106468db9,qop=auth»
        S: + cnNwYXV0aD0wYjk3MTQ2MmNlZjVlOGY5MzBkYjlhMzNiMDJmYzlhMA==
        C:
        S: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
    Dialogue(
        "RFC 5034 section 6, PLAIN with and without an initial response",
        _world("example.com", "test", "test", Method.PLAIN),
        """
        S: +OK POP3 server ready
        C: STLS
        S: +OK Begin TLS negotiation
        <TLS handshake>
        C: AUTH PLAIN
        S: +␠
        C: *
        S: -ERR Authentication cancelled
        C: AUTH PLAIN dGVzdAB0ZXN0AHRlc3Q=
        S: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
    Dialogue(
        "RFC 5802 section 5, SCRAM-SHA-1",
        _world(
            "example.com",
            "user",
            "pencil",
            Method.SCRAM_SHA_1,
            nonces=("3rfcNHYJY1ZVvWVs7j",),
            salt=b64decode("QSXCR+Q6sek8bf92"),
        ),
        """
        S: +OK POP3 server ready
        C: AUTH SCRAM-SHA-1 «n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL»
        S: + «r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096»
        C: «c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=»
        S: + «v=rmF9pqV8S7suAoZWja4dJRkFsKQ=»
        C:
        S: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
    Dialogue(
        "RFC 7677 section 3, SCRAM-SHA-256, here without an initial response",
        _world(
            "example.com",
            "user",
            "pencil",
            Method.SCRAM_SHA_256,
            nonces=("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",),
            salt=b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="),
        ),
        """
        S: +OK POP3 server ready
        C: AUTH SCRAM-SHA-256
        S: +␠
        C: «n,,n=user,r=rOprNGfwEbeRWgbNEkqO»
        S: + «r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,
              s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096»
        C: «c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,
            p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=»
        S: + «v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=»
        C:
        S: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
    Dialogue(
        "RFC 4422 appendix A, EXTERNAL with and without a name to act as",
        _world(
            "example.com",
            "fred",
            "secret",
            Method.EXTERNAL,
            security=Security.STARTTLS,
            certificate=("fred@example.com",),
        ),
        """
        S: +OK POP3 server ready
        C: AUTH EXTERNAL =
        S: -ERR Mechanism not available
        C: STLS
        S: +OK Begin TLS negotiation
        <TLS handshake>
        C: AUTH EXTERNAL
        S: +␠
        C: «ann@example.com»
        S: -ERR [AUTH] Invalid user name or password
        C: AUTH EXTERNAL «fred@example.com»
        S: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
    Dialogue(
        "an empty response instead of a name is a response too",
        _world("example.com", "fred", "secret", Method.EXTERNAL, certificate=("fred@example.com",)),
        """
        S: +OK POP3 server ready
        C: STLS
        S: +OK Begin TLS negotiation
        <TLS handshake>
        C: CAPA
        S: +OK …
        S: TOP
        S: UIDL
        S: SASL EXTERNAL
        S: UTF8 USER
        S: LANG
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: .
        C: AUTH EXTERNAL =
        S: +OK Mailbox has 0 messages (0 octets)
        """,
    ),
)
