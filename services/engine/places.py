"""Tells waiting members how the queue moves, and when their turn should come."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from services.engine.parts import Parts, Progress
from services.errors import StoreUnavailable
from services.forecast import Forecast
from services.models import Job, State

log = logging.getLogger(__name__)

SOON_S = 5.0
"""The queue moves in bursts; one look tells of them all."""

SHIFT_S = 30.0
"""An expected start that moved by less than this is the same one."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a member reads of their place."""

    ahead: int
    starts_at: float | None

    def differs(self, ahead: int, starts_at: float | None) -> bool:
        """Tell whether a member would see another place or time than was shown."""
        if ahead != self.ahead or (starts_at is None) != (self.starts_at is None):
            return True
        return abs((starts_at or 0.0) - (self.starts_at or 0.0)) >= SHIFT_S


class Places:
    """Keeps the positions that members were last told."""

    def __init__(self, parts: Parts) -> None:
        """Take the partners."""
        self._parts = parts
        self._forecast = Forecast(
            parts.store,
            units=parts.rules.concurrency,
            per_user=parts.rules.user_running,
            clock=parts.clock,
        )
        self._told: dict[str, _Told] = {}
        self._task: asyncio.Task[None] | None = None
        self._next_look: asyncio.Task[None] | None = None

    def moved(self) -> None:
        """Note that the queue moved; those still waiting are told soon."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell_soon(), name="places")

    async def close(self) -> None:
        """Stop telling."""
        tasks = [task for task in (self._task, self._next_look) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell_soon(self) -> None:
        await self._parts.clock.sleep(SOON_S)
        try:
            await self._tell_changes(await self._parts.store.jobs.waiting())
        except StoreUnavailable:
            log.warning("places in the queue can not be read")

    async def _tell_changes(self, line: list[tuple[Job, int]]) -> None:
        starts = await self._forecast.starts() if line else {}
        told, self._told = self._told, {}
        for job, ahead in line:
            starts_at, known = starts.get(job.id), told.get(job.id)
            if known is None or known.differs(ahead, starts_at):
                known = _Told(ahead, starts_at)
                await self._tell(job.id, known)
            self._told[job.id] = known
        self._look_again([one.starts_at for one in self._told.values() if one.starts_at])

    def _look_again(self, starts: list[float]) -> None:
        """Come back when an expected start has passed: until then it was true."""
        if self._next_look is not None:
            self._next_look.cancel()
        if starts:
            self._next_look = asyncio.create_task(self._after(min(starts)), name="next look")

    async def _after(self, instant: float) -> None:
        wait_s = instant + SHIFT_S - self._parts.clock.now()
        await self._parts.clock.sleep(max(wait_s, SHIFT_S))
        self.moved()

    async def _tell(self, job_id: str, told: _Told) -> None:
        """Edit the Job's message unless it was taken up while others were told."""
        job = await self._parts.store.jobs.get(job_id)
        if job is not None and job.state is State.QUEUED:
            progress = Progress(phase="queued", ahead=told.ahead, starts_at=told.starts_at)
            await self._parts.delivery.show(job, progress)
