"""``kill -9`` at random moments under load: what was acknowledged holds, what is gone stays gone.

POSTROOM_KILLS lowers their number (default 200) for a quick run; POSTROOM_KILL_SEED repeats the
moments of an earlier run.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.load import Moment
from tests.faults.siege import Siege

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals"),
]

HOMES = 2
KILLS = int(os.environ.get("POSTROOM_KILLS", "200"))
SEED = int(os.environ.get("POSTROOM_KILL_SEED", random.randrange(2**32)))


def test_a_server_killed_at_any_moment_has_lost_doubled_and_brought_back_nothing(
    tmp_path: Path,
) -> None:
    print(f"seed {SEED}")
    given_up = threading.Event()
    sieges = [
        Siege(tmp_path / f"home{one}", seed=SEED, kills=KILLS // HOMES, given_up=given_up)
        for one in range(HOMES)
    ]
    with ThreadPoolExecutor(HOMES) as hands:
        for done in [hands.submit(siege.run) for siege in sieges]:
            done.result()
    struck = sum((siege.struck for siege in sieges), start=Counter[Moment]())
    assert struck.total() == KILLS // HOMES * HOMES
    if KILLS >= 200:
        # A siege of an idle server would prove nothing.
        assert set(struck) == set(Moment)
        assert sum(siege.ledger.delivered for siege in sieges) > 5 * KILLS
        assert sum(siege.ledger.retrieved for siege in sieges) > 5 * KILLS
        assert sum(siege.ledger.removed for siege in sieges) > 5 * KILLS
