"""What of a client's line may be shown to people: never a password, digest or SASL payload."""

from __future__ import annotations

from server_core.protocol.commands import COMMANDS
from server_core.protocol.sasl import MECHANISMS

HIDDEN = "***"


def shown(line: bytes) -> str:
    """A command line for the transcript.

    A line that is no command is hidden whole: it may be a password or a response of an exchange
    that the client believes in.
    """
    verb, _, argument = line.partition(b" ")
    command = COMMANDS.get(verb.upper())
    if command is None:
        return HIDDEN
    if not argument:
        return command.verb
    match command.verb:
        case "PASS":
            return f"PASS {HIDDEN}"
        case "APOP":
            return f"APOP {_printable(argument.split(b' ')[0])} {HIDDEN}"
        case "AUTH":
            return f"AUTH {_shown_exchange(argument)}"
    return f"{command.verb} {_printable(argument)}"


def _shown_exchange(argument: bytes) -> str:
    name, _, payload = argument.strip().partition(b" ")
    known = name.decode("ascii", "replace").upper()
    if known not in MECHANISMS:
        return HIDDEN
    return f"{known} {HIDDEN}" if payload else known


def _printable(octets: bytes) -> str:
    text = octets.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "?" for c in text)
