"""UTF8 and LANG: names, passwords and replies beyond ASCII (RFC 6856)."""

from __future__ import annotations

from server_core.protocol.languages import LANGUAGES, find_language
from server_core.protocol.replies import CommandError, Reply
from server_core.protocol.session_state import Pop3Session

_LISTING = "".join(f"{language.tag} {language.name}\r\n" for language in LANGUAGES).encode()


def utf8(session: Pop3Session, argument: bytes) -> Reply:
    """From here on the client takes UTF-8, which is what it is given in any case; STLS is over."""
    session.forgo_tls()
    return Reply("UTF-8 is understood")


def lang(session: Pop3Session, argument: bytes) -> Reply:
    """Replies in another language from here on; the languages there are, without an argument."""
    if not argument:
        return Reply("Language listing follows", _LISTING)
    try:
        language = find_language(argument.decode("ascii"))
    except ValueError:
        raise CommandError(
            "A language range is expected, such as en or de-AT", counts=True
        ) from None
    if language is None:
        raise CommandError("This language is not available")
    session.language = language
    return Reply(f"{language.tag} {session.words('Replies are in English now')}")
