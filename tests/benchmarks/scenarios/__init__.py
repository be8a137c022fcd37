"""What is measured: the tables of all scenarios and of all rows, in the order they are printed."""

from __future__ import annotations

from tests.benchmarks.scenarios import delivery, growth, memory, openings, sessions, window

SCENARIOS = {
    **sessions.SCENARIOS,
    **openings.SCENARIOS,
    **memory.SCENARIOS,
    **delivery.SCENARIOS,
    **growth.SCENARIOS,
    **window.SCENARIOS,
}
METRICS = {
    key: metric for scenario in SCENARIOS.values() for key, metric in scenario.metrics.items()
}
