"""Tells waiting members how the queue moves: only on change, at most every five seconds."""

from __future__ import annotations

import asyncio
import logging

from services.engine.parts import Parts, Progress
from services.errors import StoreUnavailable
from services.models import Job, State

log = logging.getLogger(__name__)

EVERY_S = 5.0
"""Discord tolerates about five edits in five seconds a channel (observed, unpublished)."""


class Places:
    """Keeps the positions that members were last told."""

    def __init__(self, parts: Parts) -> None:
        """Take the partners."""
        self._parts = parts
        self._told: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def moved(self) -> None:
        """Note that the queue moved; those still waiting are told soon."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell_soon(), name="places")

    async def close(self) -> None:
        """Stop telling."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _tell_soon(self) -> None:
        await self._parts.clock.sleep(EVERY_S)
        try:
            await self._tell_changes(await self._parts.store.jobs.waiting())
        except StoreUnavailable:
            log.warning("places in the queue can not be read")

    async def _tell_changes(self, line: list[tuple[Job, int]]) -> None:
        told = self._told
        self._told = {job.id: ahead for job, ahead in line}
        for job, ahead in line:
            if told.get(job.id) != ahead:
                await self._tell(job.id, ahead)

    async def _tell(self, job_id: str, ahead: int) -> None:
        """Edit the Job's message unless it was taken up while others were told."""
        job = await self._parts.store.jobs.get(job_id)
        if job is not None and job.state is State.QUEUED:
            await self._parts.delivery.show(job, Progress(phase="queued", ahead=ahead))
