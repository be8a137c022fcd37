"""Every dialogue, held with the bare engine."""

from __future__ import annotations

import pytest

from tests.dialogues.dialogue import Dialogue
from tests.dialogues.exchanges import EXCHANGES
from tests.dialogues.player import play
from tests.dialogues.scripts import DIALOGUES
from tests.dialogues.world import World
from tests.protocol.conversation import hold


@pytest.mark.parametrize("dialogue", (*DIALOGUES, *EXCHANGES), ids=lambda dialogue: dialogue.title)
def test_the_dialogue_goes_as_printed(dialogue: Dialogue) -> None:
    hold(dialogue.text, dialogue.world)


@pytest.mark.parametrize(
    "wrong",
    [
        "S: +OK hello",
        "S: +OK …\nC: STAT\nS: +OK …",
        "S: +OK …\nC: QUIT\nS: +OK Bye\nS: +OK",
        "S: +OK …\nC: QUIT",
        "S: <word> Postroom <word> …",
    ],
)
def test_the_player_notices_when_a_dialogue_goes_another_way(wrong: str) -> None:
    with pytest.raises(AssertionError):
        hold(wrong, World())


def test_the_player_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="cannot say"):
        hold("S: +OK …\nX: what", World())


def test_a_dialogue_needs_no_engine_to_be_played() -> None:
    class Parrot:
        """Answers every line with itself."""

        def __init__(self) -> None:
            self.said: list[bytes] = []

        def say(self, line: bytes) -> None:
            self.said.append(line)

        def hear(self) -> bytes | None:
            return self.said.pop(0) if self.said else None

        def shake_hands(self) -> None:
            self.said.append(b"secure")

        def remove(self, number: int) -> None:
            self.said.append(b"removed %d" % number)

        def another(self) -> Parrot:
            return Parrot()

        def wait(self, seconds: int) -> None:
            self.said.append(b"%d later" % seconds)

    play(
        """
        C: one two
        S: one <word>
        <TLS handshake>
        S: secure
        <message 3 is removed elsewhere>
        S: removed 3
        <5 seconds pass>
        C2: three
        S: 5 later
        S2: three
        S: <closed>
        """,
        World(),
        Parrot(),
    )
