"""What every test runs under: no screen is needed, and nothing of the person's own is touched."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

import pytest

from server_core.health import sleep, timekeeping

# Before any test module can import Qt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# A home of the person who runs the tests must not become the home of a test.
os.environ.pop("POSTROOM_HOME", None)
# Nor may the keyring of that person: keys lie in files of the homes that tests make.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


@pytest.fixture(autouse=True)
def set_up_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """The computer that tests run on may fall asleep, and have the time it likes."""
    monkeypatch.setattr(sleep, "asleep_after", lambda: 0)
    monkeypatch.setattr(timekeeping, "clock_is_kept", lambda: True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fault suites take longest: begun last, they would keep one core while others rest."""
    items.sort(key=lambda item: item.get_closest_marker("faults") is None)


def pytest_collection_finish() -> None:
    """What all modules brought is no garbage and need not be looked at after each test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Garbage of a test that may open windows is collected after it, never in the middle of one.

    The program keeps the collector to its window's thread (``app/bridge/tidying.py``); a test has
    no such loop. A fixture would be over too early: a test's values are let go of after those.
    """
    if "qapp" not in getattr(item, "fixturenames", ()):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.enable()
