"""Failed listeners are tried again soon at first, then once a minute."""

from __future__ import annotations

from server_core.net.retry import Retry


def waits(retry: Retry, attempts: int) -> list[float]:
    found = []
    for now in range(0, attempts * 100, 100):
        retry.failed(now)
        found.append(retry.due - now)
    return found


def test_waits_double_up_to_a_minute() -> None:
    assert waits(Retry(), 9) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_success_begins_anew() -> None:
    retry = Retry()
    assert waits(retry, 3) == [1, 2, 4]
    retry.begin_anew()
    assert waits(retry, 2) == [1, 2]
