"""Text in the order that people put it in."""

from __future__ import annotations

import pytest

from server_core.natural_order import natural_order


@pytest.mark.parametrize(
    "in_order",
    [
        ["office1@example.com", "office2@example.com", "office10@example.com"],
        ["10.0.0.9", "10.0.0.10", "10.0.1.1"],
        ["ann", "Ben", "carl"],
        ["a", "a0", "a7", "a08", "a9" * 3, "b"],
        ["9" * 5_000, "1" + "0" * 5_000],
        ["", "1", "x"],
    ],
)
def test_numbers_are_in_order_wherever_they_stand(in_order: list[str]) -> None:
    backwards = in_order[::-1]
    assert sorted(backwards, key=natural_order) == in_order
