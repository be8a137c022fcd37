"""A store for each test of import and export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingress.mailboxes import Post


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    store = Post(tmp_path / "mail")
    yield store
    store.close()
