"""Going through all checks: one after the other on workers, each bounded in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Future

from server_core.events.health import Finding, FindingState, HealthChecked
from server_core.health.check import Check, Seen, Subject, unchecked
from server_core.workers.pool import WorkerPool

_LEAVE_SECONDS = 2.0


class Rounds:
    """Lives on the control loop; keeps what was found last.

    Checks have threads of their own, one for each at most, so that one that hangs holds up
    neither mail nor other checks. It is not begun again before it has ended.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self._pool = WorkerPool(1, max(1, len(checks)), idle=2.0)
        self._begun: dict[str, Future[str]] = {}
        self._going: asyncio.Task[tuple[Finding, ...]] | None = None
        self._closed = False
        self.findings: tuple[Finding, ...] = ()

    async def run(self, subject: Subject) -> tuple[Finding, ...]:
        """Everything the checks find now, by group; whoever asks meanwhile gets the same."""
        if self._going is None or self._going.done():
            self._going = asyncio.get_running_loop().create_task(self._run(subject))
        return await asyncio.shield(self._going)

    def close(self) -> None:
        """Begin no more; waits a moment for those at work."""
        self._closed = True
        self._pool.shutdown(timeout=_LEAVE_SECONDS)

    async def _run(self, subject: Subject) -> tuple[Finding, ...]:
        try:
            # Three that compute at once would take the interpreter from sessions for most of a
            # second: the slowest hundredth of the polls then waited for 20 to 37 ms, with one at a
            # time for 7 to 12.
            found: list[tuple[Finding, ...]] = []
            for check in self._checks:
                if self._closed:
                    return self.findings
                found.append(await self._look(check, subject))
        finally:
            if subject.visit is not None:
                await asyncio.to_thread(subject.visit.close)
        self.findings = tuple(one for each in found for one in each)
        return self.findings

    async def _look(self, check: Check, subject: Subject) -> tuple[Finding, ...]:
        earlier = self._begun.get(check.id)
        if earlier is not None and not earlier.done():
            text = "It was begun earlier and has not come to an end since."
            return (finding(check, unchecked(text)),)
        seen: list[Seen] = []
        self._begun[check.id] = work = self._pool.submit(_collect, check, subject, seen)
        try:
            failed = await asyncio.wait_for(asyncio.wrap_future(work), check.seconds)
        except TimeoutError:
            failed = f"It did not come to an end within {check.seconds:g} seconds."
        found = [*seen, unchecked(failed)] if failed else [*seen]
        return tuple(finding(check, one) for one in found)


def told(findings: Sequence[Finding]) -> HealthChecked:
    """The event that tells what was found."""
    problems = [one for one in findings if one.state is FindingState.PROBLEM]
    attention = sum(one.state is FindingState.ATTENTION for one in findings)
    first = problems[0].sentence if problems else ""
    return HealthChecked(problems=len(problems), attention=attention, first=first)


def _collect(check: Check, subject: Subject, seen: list[Seen]) -> str:
    """Note what the check sees as it goes; gives why it could not go on, if so."""
    try:
        seen.extend(check.look(subject))
    except Exception as error:  # noqa: BLE001 - a check that fails is a finding, not an end
        return f"The check itself failed: {str(error) or type(error).__name__}"
    return ""


def finding(check: Check, seen: Seen) -> Finding:
    """What a check saw, as it is told outside."""
    return Finding(
        id=f"{check.id}.{seen.place.subject}" if seen.place.subject else check.id,
        group=check.group,
        state=seen.state,
        what=check.what,
        sentence=seen.sentence,
        time=time.time(),
        subject=seen.place.subject,
        page=seen.place.page,
        target=seen.place.target,
        mend=seen.mend,
        details=seen.details,
    )
