"""Tells waiting members how the queue moves, and when their turn should come.

Of several processes one does: what was told last is in its memory, and messages are edited once.
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
"""The queue moves in bursts; one look tells of them all."""

TELLER_S = 20.0
"""How long one process tells for all; as long again with each look, until it ends or is gone."""

SHIFT_S = 30.0
"""An expected start that moved by less than this is the same one."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a member reads of their place."""

    ahead: int
    starts_at: float | None

    def differs(self, ahead: int, starts_at: float | None) -> bool:
        """Tell whether a member would see another place or time than was shown."""
        if ahead != self.ahead or (starts_at is None) != (self.starts_at is None):
            return True
        return abs((starts_at or 0.0) - (self.starts_at or 0.0)) >= SHIFT_S


class QueuePositions:
    """Keeps the positions that members were last told."""

    def __init__(self, parts: EngineContext) -> None:
        """Take the partners."""
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
        """Note that the queue moved; those still waiting are told soon."""
        if self._task is None or self._task.done():
            self._task = self._parts.supervisor.start("places", self._notify_soon)

    async def close(self) -> None:
        """Stop telling."""
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
            log.warning("places in the queue can not be read")

    async def _has_turn(self) -> bool:
        """Tell for all, unless another process does; who begins anew has told nothing yet."""
        if not self._parts.store.is_shared:
            return True
        if not self._is_teller:
            self._told.clear()
        begin = self._parts.store.fleet.begin
        self._is_teller = await begin("places", self._name, lease_s=TELLER_S)
        return self._is_teller

    async def _end_turn(self) -> None:
        """Let whoever moves the queue next tell of it."""
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
        """Come back when an expected start has passed: until then it was true."""
        if self._next_look is not None:
            self._next_look.cancel()
        waits = [max(min(starts) + SHIFT_S - self._parts.clock.now(), SHIFT_S)] if starts else []
        if self._is_teller and self._told:
            waits.append(SOON_S)  # others move the queue too, and tell nobody
        if waits:
            after = partial(self._after, min(waits))
            self._next_look = self._parts.supervisor.start("places", after)

    async def _after(self, seconds: float) -> None:
        await self._parts.clock.sleep(seconds)
        self.moved()

    async def _notify(self, job_id: str, told: _Shown) -> None:
        """Edit the Job's message unless it was taken up while others were told."""
        job = await self._parts.store.jobs.get(job_id)
        if job is not None and job.state is State.QUEUED:
            progress = Progress(phase="queued", ahead=told.ahead, starts_at=told.starts_at)
            await self._parts.delivery.update_progress(job, progress)
