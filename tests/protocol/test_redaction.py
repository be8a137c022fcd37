"""What may be shown of a command line: never a word that could be a secret."""

from __future__ import annotations

import pytest

from server_core.protocol.redaction import HIDDEN, shown


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"PASS tanstaaf", f"PASS {HIDDEN}"),
        (b"APOP tim c4c9334bac560ecc979e58001b3e22fb", f"APOP tim {HIDDEN}"),
        (b"AUTH PLAIN", "AUTH PLAIN"),
        (b"auth plain  AHRpbQ==", f"AUTH PLAIN {HIDDEN}"),
        (b"AUTH tanstaaf", f"AUTH {HIDDEN}"),
        (b"AUTH PLAIN\tAHRpbQ==", f"AUTH {HIDDEN}"),
        (b"AUTH  ", f"AUTH {HIDDEN}"),
        (b"tanstaaf", HIDDEN),
    ],
)
def test_a_line_is_shown_without_its_secrets(line: bytes, text: str) -> None:
    assert shown(line) == text
