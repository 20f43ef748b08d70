"""Updates the queue position and expected start in the messages of waiting jobs.

Only one of several processes does this at a time, since it must remember the positions last shown.
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
"""Seconds between a change of the queue and the update: several changes come together, and one
update covers them all."""

LEADER_S = 20.0
"""Lease of the process that updates the positions, in seconds; renewed with each update."""

SHIFT_S = 30.0
"""An expected start that changed by fewer seconds than this is not shown."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """The position and expected start that a job's message shows."""

    ahead: int
    starts_at: float | None

    def differs(self, ahead: int, starts_at: float | None) -> bool:
        """Return whether these values differ enough from those shown that the message is edited."""
        if ahead != self.ahead or (starts_at is None) != (self.starts_at is None):
            return True
        return abs((starts_at or 0.0) - (self.starts_at or 0.0)) >= SHIFT_S


class QueuePositions:
    """Shows each waiting job's position and expected start in its message when they change."""

    def __init__(self, parts: EngineContext) -> None:
        self._parts = parts
        self._forecast = Forecast(
            parts.store,
            units=parts.rules.concurrency,
            per_user=parts.rules.user_running,
            clock=parts.clock,
        )
        self._shown: dict[str, _Shown] = {}
        self._name, self._is_leader = secrets.token_hex(8), False
        self._task: asyncio.Task[None] | None = None
        self._next_update: asyncio.Task[None] | None = None

    def moved(self) -> None:
        """Schedule an update because the queue has changed."""
        if self._task is None or self._task.done():
            self._task = self._parts.supervisor.start("places", self._notify_soon)

    async def close(self) -> None:
        """Stop the updates, and release the lease to other processes."""
        tasks = [task for task in (self._task, self._next_update) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(StoreUnavailable):
            await self._release_claim()

    async def _notify_soon(self) -> None:
        """Wait for further changes, then update the messages if this process is to do that."""
        await self._parts.clock.sleep(SOON_S)
        try:
            if await self._may_update():
                await self._notify_changes(await self._parts.store.jobs.waiting())
        except StoreUnavailable:
            log.warning("queue positions cannot be read")

    async def _may_update(self) -> bool:
        """Take or renew the lease for updating positions; return whether this process has it.

        When a process takes the lease over, it forgets what it showed before.
        """
        if not self._parts.store.is_shared:
            return True
        if not self._is_leader:
            self._shown.clear()
        begin = self._parts.store.fleet.begin
        self._is_leader = await begin("places", self._name, lease_s=LEADER_S)
        return self._is_leader

    async def _release_claim(self) -> None:
        """Release the lease, so that the process that next changes the queue updates positions."""
        if self._is_leader:
            self._is_leader = False
            await self._parts.store.fleet.finish("places", self._name)

    async def _notify_changes(self, line: list[tuple[Job, int]]) -> None:
        """Edit the messages of jobs whose position or expected start has changed.

        `line` are the waiting jobs, each with the number of jobs before it.
        """
        starts = await self._forecast.starts() if line else {}
        shown, self._shown = self._shown, {}
        for job, ahead in line:
            starts_at, known = starts.get(job.id), shown.get(job.id)
            if known is None or known.differs(ahead, starts_at):
                known = _Shown(ahead, starts_at)
                await self._notify(job.id, known)
            self._shown[job.id] = known
        self._schedule_update([one.starts_at for one in self._shown.values() if one.starts_at])
        if not line:
            await self._release_claim()

    def _schedule_update(self, starts: list[float]) -> None:
        """Schedule the next update for when the earliest of these expected starts has passed."""
        if self._next_update is not None:
            self._next_update.cancel()
        waits = [max(min(starts) + SHIFT_S - self._parts.clock.now(), SHIFT_S)] if starts else []
        if self._is_leader and self._shown:
            waits.append(SOON_S)  # other processes move the queue too, without notice
        if waits:
            after = partial(self._after, min(waits))
            self._next_update = self._parts.supervisor.start("places", after)

    async def _after(self, seconds: float) -> None:
        await self._parts.clock.sleep(seconds)
        self.moved()

    async def _notify(self, job_id: str, shown: _Shown) -> None:
        """Edit the job's message, unless the job was claimed meanwhile."""
        job = await self._parts.store.jobs.get(job_id)
        if job is not None and job.state is State.QUEUED:
            progress = Progress(phase="queued", ahead=shown.ahead, starts_at=shown.starts_at)
            await self._parts.delivery.update_progress(job, progress)
