"""Octets from strangers: any of them, in any pieces, and the engine keeps its promises."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server_core.config.model import DeletedMessages
from server_core.protocol.actions import StartTls
from server_core.protocol.commands import COMMANDS
from server_core.protocol.engine import INPUT_LIMIT, SEND_LIMIT
from server_core.protocol.sasl import MECHANISMS
from tests.dialogues.world import sized, with_mail
from tests.protocol.chunks import chunked, cuts
from tests.protocol.conversation import Conversation

CANARY = b"c4n4ry"

_verbs = st.sampled_from([*COMMANDS, b"HELP", b"auth", b"Pass", b""])
_WORDS = (
    b"1|2|3|0|99|ann|secret|=|*|\xff|AGFubgBzZWNyZXQ=|YW5u|c2VjcmV0|biwsbj1hbm4scj14|\0||\x16\x03"
)
_MECHANISMS = [name.encode() for name in MECHANISMS]
_words = st.sampled_from([*_WORDS.split(b"|"), *_MECHANISMS, b"x" * 300])
_arguments = st.lists(_words, max_size=3)
_lines = st.builds(lambda verb, words: b" ".join([verb, *words]), _verbs, _arguments)
_ends = st.sampled_from([b"\r\n", b"\r\n", b"\n", b"\r", b""])
_sign_in = st.sampled_from([b"", b"USER ann\r\nPASS secret\r\n"])
_talk = st.builds(
    lambda start, lines: start + b"".join(line + end for line, end in lines),
    _sign_in,
    st.lists(st.tuples(_lines, _ends), max_size=30),
)
_modes = st.sampled_from(list(DeletedMessages))


def _hold(chunks: list[bytes], mode: DeletedMessages = DeletedMessages.AXIGEN) -> Conversation:
    """Send the chunks as a session would: no more while no more is wanted."""
    world = with_mail(
        sized(50), sized(60), sized(70), server={"deleted_messages": mode}, pop3={"max_errors": 50}
    )
    talk = Conversation(world)
    talk.engine.transcript = []
    for chunk in chunks:
        if talk.engine.wants_data:
            talk.send_octets(chunk)
        assert len(talk.engine._input) < INPUT_LIMIT + len(chunk)
        assert talk.engine._output_size == 0
    talk.engine.receive_eof()
    talk.advance()
    return talk


@given(st.binary(max_size=2000), cuts)
def test_any_octets_are_survived(octets: bytes, where: list[int]) -> None:
    talk = _hold(chunked(octets, where))
    assert talk.engine.crash is None
    assert talk.closed is not None
    assert all(len(sent) <= SEND_LIMIT for sent in talk.sends)


@settings(max_examples=300)
@given(_talk, cuts, _modes)
def test_any_conversation_is_survived(
    octets: bytes, where: list[int], mode: DeletedMessages
) -> None:
    talk = _hold(chunked(octets, where), mode)
    assert talk.engine.crash is None
    assert talk.closed is not None
    for line in b"".join(talk.sends).splitlines(keepends=True):
        assert len(line) <= 512
        assert line.endswith(b"\r\n")


@given(_talk, cuts)
def test_any_chunking_gives_the_same_conversation(octets: bytes, where: list[int]) -> None:
    # Octets behind STLS are thrown away or obeyed by when they come: that is its point.
    octets = octets.replace(b"STLS", b"NOOP")
    whole, pieces = _hold([octets]), _hold(chunked(octets, where))
    assert b"".join(pieces.sends) == b"".join(whole.sends)
    assert pieces.actions == whole.actions
    assert pieces.engine.transcript == whole.engine.transcript


@given(_talk, st.integers(0, 40))
def test_nothing_sent_in_clear_behind_stls_is_obeyed(injected: bytes, cut: int) -> None:
    talk = Conversation(with_mail(sized(50)))
    talk.stops.add(StartTls)
    talk.send_octets(b"STLS\r\n" + injected[:cut])
    talk.send_octets(injected[cut:])
    assert talk.answer() == b""
    assert talk.engine.session.discarded == len(injected)
    assert [type(action) for action in talk.actions] == [StartTls]
    assert talk.send(b"USER ann", b"PASS secret").endswith(
        b"+OK Mailbox has 1 messages (50 octets)\r\n"
    )


@given(
    st.sampled_from(
        [
            *(b"PASS ", b"pass ", b"Pass", b" PASS ", b"APOP ann ", b"AUTH ", b"AUTH X ", b""),
            *(b"AUTH " + name + between for name in _MECHANISMS for between in (b" ", b"\r\n")),
        ]
    ),
    st.binary(max_size=300),
    cuts,
)
def test_no_secret_reaches_the_transcript(before: bytes, noise: bytes, where: list[int]) -> None:
    line = before + CANARY + noise.replace(b"\n", b"") + b"\r\n"
    talk = _hold(chunked(line, where))
    assert CANARY.decode() not in str(talk.engine.transcript).lower()
    assert CANARY.decode() not in repr(talk.actions)
