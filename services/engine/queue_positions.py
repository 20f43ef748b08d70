"""Updates the queue position and expected start in the messages of waiting jobs.

Only one of several processes does this at a time: it remembers the positions last shown.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from services.engine.context import EngineContext, Progress
from services.engine.eta import Forecast
from services.errors import StoreUnavailable
from services.models import Job, State

log = logging.getLogger(__name__)

SOON_S = 5.0
"""Delay after the queue moved; it moves in bursts, and one update covers them all."""

TELLER_S = 20.0
"""Lease of the process that shows positions, in seconds; renewed with each update."""

SHIFT_S = 30.0
"""Changes of an expected start below this many seconds are not shown."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """The position that a job's message shows."""

    ahead: int
    starts_at: float | None

    def differs(self, ahead: int, starts_at: float | None) -> bool:
        """Return whether the user would see another position or time than is shown."""
        if ahead != self.ahead or (starts_at is None) != (self.starts_at is None):
            return True
        return abs((starts_at or 0.0) - (self.starts_at or 0.0)) >= SHIFT_S


class QueuePositions:
    """Remembers the positions last shown, and updates them."""

    def __init__(self, parts: EngineContext) -> None:
        self._parts = parts
        self._forecast = Forecast(
            parts.store,
            units=parts.rules.concurrency,
            per_user=parts.rules.user_running,
            clock=parts.clock,
        )
        self._told: dict[str, _Shown] = {}
        self._name, self._is_teller = secrets.token_hex(8), False
        self._task: asyncio.Task[None] | None = None
        self._next_look: asyncio.Task[None] | None = None

    def moved(self) -> None:
        """Schedule an update because the queue moved."""
        if self._task is None or self._task.done():
            self._task = self._parts.supervisor.start("places", self._notify_soon)

    async def close(self) -> None:
        """Stop the updates."""
        tasks = [task for task in (self._task, self._next_look) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(StoreUnavailable):
            await self._end_turn()

    async def _notify_soon(self) -> None:
        await self._parts.clock.sleep(SOON_S)
        try:
            if await self._has_turn():
                await self._notify_changes(await self._parts.store.jobs.waiting())
        except StoreUnavailable:
            log.warning("queue positions cannot be read")

    async def _has_turn(self) -> bool:
        """Return whether this process shows the positions now.

        When a process takes over, it forgets what it showed before.
        """
        if not self._parts.store.is_shared:
            return True
        if not self._is_teller:
            self._told.clear()
        begin = self._parts.store.fleet.begin
        self._is_teller = await begin("places", self._name, lease_s=TELLER_S)
        return self._is_teller

    async def _end_turn(self) -> None:
        """Release the lease, so that the process that next moves the queue shows positions."""
        if self._is_teller:
            self._is_teller = False
            await self._parts.store.fleet.finish("places", self._name)

    async def _notify_changes(self, line: list[tuple[Job, int]]) -> None:
        starts = await self._forecast.starts() if line else {}
        told, self._told = self._told, {}
        for job, ahead in line:
            starts_at, known = starts.get(job.id), told.get(job.id)
            if known is None or known.differs(ahead, starts_at):
                known = _Shown(ahead, starts_at)
                await self._notify(job.id, known)
            self._told[job.id] = known
        self._look_again([one.starts_at for one in self._told.values() if one.starts_at])
        if not line:
            await self._end_turn()

    def _look_again(self, starts: list[float]) -> None:
        """Schedule the next update for when an expected start has passed."""
        if self._next_look is not None:
            self._next_look.cancel()
        waits = [max(min(starts) + SHIFT_S - self._parts.clock.now(), SHIFT_S)] if starts else []
        if self._is_teller and self._told:
            waits.append(SOON_S)  # other processes move the queue too, without notice
        if waits:
            after = partial(self._after, min(waits))
            self._next_look = self._parts.supervisor.start("places", after)

    async def _after(self, seconds: float) -> None:
        await self._parts.clock.sleep(seconds)
        self.moved()

    async def _notify(self, job_id: str, told: _Shown) -> None:
        """Edit the job's message, unless the job was claimed meanwhile."""
        job = await self._parts.store.jobs.get(job_id)
        if job is not None and job.state is State.QUEUED:
            progress = Progress(phase="queued", ahead=told.ahead, starts_at=told.starts_at)
            await self._parts.delivery.update_progress(job, progress)
