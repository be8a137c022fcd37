"""The table of commands: all a client may say, and when (RFC 1939, 2449, 2595, 5034, 6856)."""

from server_core.protocol.commands import authorization as a
from server_core.protocol.commands import international as i
from server_core.protocol.commands import transaction as t
from server_core.protocol.commands.capa import capa_of
from server_core.protocol.commands.command import (
    AUTHORIZATION,
    EVERYWHERE,
    TRANSACTION,
    Command,
    every_octet,
    no_argument,
    rest_of_line,
    words,
)

_one = words(1, 1)
_none_or_one = words(0, 1)

_ROWS = (
    Command("TOP", t.top, TRANSACTION, words(2, 2), capability=lambda session: "TOP"),
    Command("UIDL", t.uidl, TRANSACTION, _none_or_one, capability=lambda session: "UIDL"),
    Command("USER", a.user, AUTHORIZATION, rest_of_line, a.user_pass_allowed, a.announce_user),
    Command("PASS", a.pass_, AUTHORIZATION, every_octet, a.user_pass_allowed),
    Command("APOP", a.apop, AUTHORIZATION, words(2, 2), a.apop_allowed),
    Command("AUTH", a.auth, AUTHORIZATION, words(0, 2), capability=a.announce_sasl),
    Command("STLS", a.stls, AUTHORIZATION, no_argument, capability=a.announce_stls),
    Command("UTF8", i.utf8, AUTHORIZATION, no_argument, capability=lambda session: "UTF8 USER"),
    Command("LANG", i.lang, EVERYWHERE, _none_or_one, capability=lambda session: "LANG"),
    Command("STAT", t.stat, TRANSACTION, no_argument),
    Command("LIST", t.list_, TRANSACTION, _none_or_one),
    Command("RETR", t.retr, TRANSACTION, _one),
    Command("DELE", t.dele, TRANSACTION, _one),
    Command("NOOP", t.noop, TRANSACTION, no_argument),
    Command("RSET", t.rset, TRANSACTION, no_argument),
    Command("QUIT", t.quit_, EVERYWHERE, no_argument),
)

COMMANDS: dict[bytes, Command] = {
    row.verb.encode(): row
    for row in (*_ROWS, Command("CAPA", capa_of(_ROWS), EVERYWHERE, no_argument))
}
