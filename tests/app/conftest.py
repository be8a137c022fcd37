"""Garbage of the window is collected between tests, never in the middle of one."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def garbage_waits_for_the_end_of_a_test() -> Iterator[None]:
    """Python collects in whatever thread and moment it likes, also while Qt paints.

    Pages of earlier tests are circles of widgets; to destroy them then ends the process.
    """
    gc.disable()
    yield
    gc.collect()
    gc.enable()
