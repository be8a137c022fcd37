"""The window open, on the Log page that follows or on the Dashboard, while clients poll."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.benchmarks.bench import Bench
from tests.benchmarks.mailboxes import Group
from tests.benchmarks.percentiles import percentile
from tests.benchmarks.scenarios.scenario import Metric, Scenario
from tests.benchmarks.target import Target
from tests.benchmarks.window_target import WindowTarget

_SETTLING_SECONDS = 2.0
_POLLS_PER_SECOND = 500.0
# Three events each: 5,000 a second, for a minute as loads are by default: what the window keeps of
# the log is full after a third of that.
_FLOOD_PER_SECOND = 5_000 / 3
_FLOOD_TIMES = 40


@cache
def _with_window(folder: Path, office: Group) -> WindowTarget:
    home = folder / "window"
    home.mkdir()
    made = WindowTarget(home)
    made.prepare({office.name: office})
    return made


def _window(bench: Bench, headless: Target) -> Sequence[float]:
    """Headless and with the window in turn, so that what else the machine does meets both."""
    office = bench.population["office"]
    open_ = _with_window(bench.folder, office)
    _open(bench, open_, "log")
    bare_poll = bench.load(headless, office, "poll")
    open_.forget_delays()
    poll = bench.load(open_, office, "poll", longer=3)
    poll_delays = open_.delays()
    bare_download = bench.load(headless, office, "download")
    open_.forget_delays()
    download = bench.load(open_, office, "download", longer=3)
    download_delays = open_.delays()
    paced = bench.load(open_, office, "poll", rate=_POLLS_PER_SECOND, longer=3)
    bench.stop(open_)
    return (
        poll.cpu_ms,
        poll.sessions_per_s,
        100 * poll.sessions_per_s / bare_poll.sessions_per_s,
        percentile(poll_delays, 0.99),
        download.mb_per_s,
        100 * download.mb_per_s / bare_download.mb_per_s,
        percentile(download_delays, 0.99),
        paced.p50_ms,
        paced.p99_ms,
    )


def _flood(bench: Bench, headless: Target) -> Sequence[float]:
    """A steady flood that fills what the window keeps, then as much as the server can do."""
    office = bench.population["office"]
    open_ = _with_window(bench.folder, office)
    bare = bench.load(headless, office, "poll", rate=_FLOOD_PER_SECOND, longer=_FLOOD_TIMES / 8)
    _open(bench, open_, "log")
    log = bench.load(open_, office, "poll", rate=_FLOOD_PER_SECOND, longer=_FLOOD_TIMES)
    log_delays = open_.delays()
    _open(bench, open_, "dashboard")
    bench.load(open_, office, "poll", longer=_FLOOD_TIMES / 2)
    dashboard_delays = open_.delays()
    bench.stop(open_)
    return (
        log.sessions_per_s,
        100 * log.sessions_per_s / bare.sessions_per_s,
        percentile(log_delays, 0.99),
        percentile(dashboard_delays, 0.99),
    )


def _open(bench: Bench, target: WindowTarget, page: str) -> None:
    """Start with a page open; delays count from here."""
    target.page = page
    bench.restarted(target)
    bench.warm(target, bench.population["office"])
    time.sleep(_SETTLING_SECONDS)
    target.forget_delays()


SCENARIOS = {
    "window": Scenario(
        {
            "window poll cpu": Metric("window open, poll: CPU, the window's too", "ms/session"),
            "window poll rate": Metric("window open, poll: rate", "sessions/s", True),
            "window poll share": Metric("window open, poll: of headless", "%", True, wanted=90),
            "window poll delay": Metric("window open, poll: loop delay p99", "ms", wanted=16),
            "window download rate": Metric("window open, download: rate", "MB/s", True),
            "window download share": Metric(
                "window open, download: of headless", "%", True, wanted=90
            ),
            "window download delay": Metric(
                "window open, download: loop delay p99", "ms", wanted=16
            ),
            "window paced p50": Metric("window open, 500 polls/s: p50", "ms"),
            "window paced p99": Metric("window open, 500 polls/s: p99", "ms", wanted=5),
        },
        _window,
        ("office",),
        alone=True,
    ),
    "window-flood": Scenario(
        {
            "flood rate": Metric("Log page open, 5,000 events/s: rate", "sessions/s", True),
            "flood share": Metric(
                "Log page open, 5,000 events/s: of headless", "%", True, wanted=95
            ),
            "flood delay": Metric("Log page open, 5,000 events/s: loop delay p99", "ms", wanted=20),
            "dashboard delay": Metric(
                "Dashboard open, as many polls as go: loop delay p99", "ms", wanted=20
            ),
        },
        _flood,
        ("office",),
        alone=True,
    ),
}
