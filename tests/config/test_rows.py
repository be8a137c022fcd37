"""What differs between two lists of rows is told row by row."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server_core.config.rows import RowDifference, row_differences


def row(address: str, **values: object) -> dict[str, Any]:
    return {"address": address, "priority": 500, **values}


A, B, C = row("10.0.0.1"), row("10.0.0.2"), row("10.0.0.3")


def test_rows_in_another_order_do_not_differ() -> None:
    assert row_differences([A, B, C], [C, A, B]) == ()


def test_an_added_and_a_removed_row_are_told_with_their_numbers() -> None:
    assert row_differences([A, B], [C, A, B]) == (RowDifference(1, None, C),)
    assert row_differences([A, B, C], [A, C]) == (RowDifference(2, B, None),)


def test_a_row_for_the_same_address_has_changed() -> None:
    changed = row("10.0.0.2", priority=1)
    assert row_differences([A, B], [changed, A]) == (RowDifference(1, B, changed),)


def test_a_row_in_the_same_place_has_changed_its_address() -> None:
    assert row_differences([A, B], [A, C]) == (RowDifference(2, B, C),)


def test_of_two_equal_rows_one_goes() -> None:
    assert row_differences([A, A, B], [A, B]) == (RowDifference(2, A, None),)


ROWS = st.lists(st.builds(row, st.sampled_from("abc"), priority=st.integers(1, 2)), max_size=6)


@given(ROWS, ROWS)
def test_the_differences_lead_from_one_list_to_the_other(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    rows = list(before)
    for difference in row_differences(before, after):
        if difference.before is not None:
            rows.remove(dict(difference.before))
        if difference.after is not None:
            rows.append(dict(difference.after))
    assert sorted(map(str, rows)) == sorted(map(str, after))
