"""UTF8 and LANG: what is asked for, what follows from it, and what stays as it is."""

from __future__ import annotations

import pytest

from server_core.config.model import Security
from server_core.protocol.languages import DEFAULT, LANGUAGES, find_language
from server_core.protocol.languages.language import Language
from server_core.protocol.replies import Code
from server_core.protocol.session_state import State
from tests.dialogues.world import World, sized, with_mail
from tests.protocol.conversation import Conversation


@pytest.mark.parametrize(
    ("asked", "tag"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("de-Latn-AT-1901", "de"),
        ("de-x-office", "de"),
        ("en-GB", "en"),
        ("i-default", "i-default"),
        ("I-Default", "i-default"),
        ("*", "i-default"),
        ("i", None),
        ("i-klingon", None),
        ("deu", None),
        ("sv", None),
        ("x-de", None),
    ],
)
def test_a_language_is_found_by_what_its_range_begins_with(asked: str, tag: str | None) -> None:
    found = find_language(asked)
    assert (found.tag if found else None) == tag


@pytest.mark.parametrize("asked", ["", "-", "de-", "-de", "d_e", "de--at", "überall", "abcdefghi"])
def test_what_is_no_language_range_is_a_protocol_error(asked: str) -> None:
    with pytest.raises(ValueError, match="range"):
        find_language(asked)
    if asked:
        talk = Conversation()
        assert talk.send(b"LANG " + asked.encode()).startswith(b"-ERR A language range")
        assert talk.engine.session.errors == 1


def test_a_language_that_is_not_there_changes_nothing_and_is_no_error() -> None:
    talk = Conversation()
    talk.send(b"LANG de")
    assert talk.send(b"LANG sv") == "-ERR Diese Sprache ist nicht verfügbar\r\n".encode()
    assert talk.engine.session.language.tag == "de"
    assert talk.engine.session.errors == 0


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_the_reply_to_lang_is_in_the_language_and_the_session_goes_on_in_it(
    language: Language,
) -> None:
    talk = Conversation()
    first = talk.send(b"LANG " + language.tag.encode()).decode()
    assert first.startswith(f"+OK {language.tag} ")
    words = language.texts.get("Unknown command", "Unknown command")
    assert talk.send(b"HUH") == f"-ERR {words}\r\n".encode()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_what_machines_read_is_the_same_in_every_language(language: Language) -> None:
    talk = Conversation(with_mail(sized(100), sized(50)))
    talk.send(b"LANG " + language.tag.encode())
    wrong = talk.send(b"USER ann", b"PASS wrong").splitlines()[-1]
    assert wrong.startswith(b"-ERR [AUTH] ")
    talk.sign_in()
    assert talk.send(b"STAT", b"LIST 2", b"UIDL 2") == b"+OK 2 150\r\n+OK 2 50\r\n+OK 2 1.2\r\n"
    assert talk.send(b"RETR 1").startswith(b"+OK 100 octets\r\n")
    listing = b"".join(talk.send(b"LIST").splitlines(keepends=True)[1:])
    assert listing == b"1 100\r\n2 50\r\n.\r\n"
    assert b"\r\nPIPELINING\r\n" in talk.send(b"CAPA")


@pytest.mark.parametrize("character", ["x", "ü", "漢", "𐍈"])
@pytest.mark.parametrize("shift", range(4))
def test_a_text_too_long_is_cut_behind_a_whole_character(character: str, shift: int) -> None:
    talk = Conversation()
    talk.send(b"LANG de")
    text = "a" * shift + character * 600
    talk.engine.abandon(text, Code.LOGIN_DELAY)
    line = talk.advance()
    assert len(line) <= 512
    assert line.endswith(b"\r\n") and line.count(b"\r\n") == 1
    said = line.removesuffix(b"\r\n").decode().removeprefix("-ERR [LOGIN-DELAY] ")
    assert text.startswith(said) and len(said.encode()) > 475


def test_a_language_chosen_in_clear_is_forgotten_with_tls() -> None:
    talk = Conversation()
    talk.send(b"LANG de", b"STLS")
    assert talk.engine.session.language is DEFAULT


def test_the_transcript_shows_replies_in_their_language() -> None:
    talk = Conversation()
    transcript: list[tuple[bool, str]] = []
    talk.engine.transcript = transcript
    talk.send(b"LANG fr", b"QUIT now")
    assert transcript[1] == (False, "+OK fr Les réponses sont maintenant en français")
    assert transcript[-1] == (False, "-ERR Aucun argument attendu")


# --- UTF8 -----------------------------------------------------------------------------------------


def test_utf8_ends_stls_for_this_connection_only() -> None:
    talk, other = Conversation(), Conversation()
    assert talk.send(b"UTF8") == b"+OK UTF-8 is understood\r\n"
    assert talk.send(b"STLS") == b"-ERR TLS is not available\r\n"
    assert talk.engine.session.errors == 1
    assert b"STLS" not in talk.send(b"CAPA")
    assert b"STLS\r\n" in other.send(b"CAPA")


def test_utf8_is_forgotten_by_nobody_who_has_tls_already() -> None:
    talk = Conversation(World(security=Security.TLS))
    assert talk.send(b"UTF8", b"UTF8").count(b"+OK ") == 2
    assert talk.engine.session.terms in talk.engine.session.policy.under_tls.values()


def test_utf8_is_for_those_who_have_not_signed_in() -> None:
    talk = Conversation()
    talk.sign_in()
    assert talk.send(b"UTF8").startswith(b"-ERR Command not valid")
    assert talk.engine.session.errors == 1
    assert b"UTF8 USER\r\n" in talk.send(b"CAPA")


@pytest.mark.parametrize("before", [(), (b"UTF8",)])
def test_names_and_passwords_are_utf8_whether_it_was_asked_for_or_not(
    before: tuple[bytes, ...],
) -> None:
    talk = Conversation(World(accounts={"jürgen@example.com": "pässwörd"}))
    talk.send(*before)
    assert talk.send(b"USER J\xfcrgen", b"PASS p\xe4ssw\xf6rd").count(b"[AUTH]") == 1
    assert talk.send("USER JÜRGEN".encode(), "PASS pässwörd".encode()).endswith(b"octets)\r\n")
    assert talk.engine.session.state is State.TRANSACTION
