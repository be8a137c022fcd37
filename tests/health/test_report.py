"""What the report leaves of names and addresses when it is to be handed on."""

from __future__ import annotations

import pytest

from server_core.events.health import Finding, FindingState, HealthGroup
from server_core.health.report import report


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("from 192.0.2.71 just now", "from 192.0.… just now"),
        ("from 2001:db8::7:1, twice", "from 2001:…, twice"),
        ("[fe80::1:2]:995", "[fe80:…]:995"),
        ("2001:db8:1:2:3:4:5:6", "2001:…"),
        ("at 20:04:05 and 7:30", "at 20:04:05 and 7:30"),
        ("on [::1]:1110 and 127.0.0.1", "on [::1]:1110 and 127.0.0.1"),
        ("ann.lee@mail.example.com", "a…@m…"),
        ("aa:bb:cc:dd is no address", "aa:bb:cc:dd is no address"),
    ],
)
def test_addresses_are_shortened_and_times_are_not(told: str, left: str) -> None:
    finding = Finding(
        id="x",
        group=HealthGroup.STORAGE,
        state=FindingState.OK,
        what="What",
        sentence=told,
        time=1_000_000.0,
    )
    last = report([finding], "/home/x", shortened=True).splitlines()[-1]
    assert last.startswith(f"  OK  What: {left} [") and last.endswith("]")
    assert last.count(":") == 1 + left.count(":") + 2, "the time is whole"
