"""Cancelling: free before the provider has it; afterwards the pictures can only be kept back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from services.common.clock import Clock
from services.common.metrics import NO_METRICS, Metrics
from services.db import Store
from services.history.access import JobAccess, Viewer
from services.models import OPEN, Job, Outcome, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOutcome:
    """What became of the wish to cancel."""

    verdict: Literal["cancelled", "painting", "generated", "over"]
    job: Job
    """As it was when the wish was heard."""


class Cancelling:
    """Cancels for the one who asked, for moderators and operators."""

    def __init__(
        self,
        *,
        store: Store,
        archive: JobAccess,
        clock: Clock,
        wake: Callable[[], None],
        meter: Metrics = NO_METRICS,
    ) -> None:
        """Take the rows, who may touch them, and what tells the engine that one has ended."""
        self._store = store
        self._archive = archive
        self._clock = clock
        self._wake = wake
        self._meter = meter

    async def cancel(self, job_id: str, viewer: Viewer) -> CancelOutcome:
        """Cancel what the provider surely does not have; its units are given back at once.

        Raises JobForgotten or NotYours.
        """
        job = await self._archive.job(job_id, viewer, to_change=True)
        own = viewer.user_id == job.request.user_id
        outcome = Outcome(key="cancelled" if own else "cancelled_by_moderator")
        if await self._store.shelf.cancel(job_id, outcome=outcome, now=self._clock.now()):
            log.info("job %s: cancelled by %s", job_id, viewer.user_id)
            self._meter.ended(State.CANCELLED, reason=outcome.key)
            self._wake()
            return CancelOutcome(verdict="cancelled", job=job)
        job = await self._archive.job(job_id, viewer)
        if job.state not in OPEN:
            return CancelOutcome(verdict="over", job=job)
        return CancelOutcome(
            verdict="painting" if job.generated_at is None else "generated", job=job
        )

    async def withhold(self, job_id: str, viewer: Viewer) -> Job | None:
        """Keep back what will come; None when it is too late. Raises JobForgotten or NotYours."""
        job = await self._archive.job(job_id, viewer, to_change=True)
        return job if await self._store.shelf.withhold(job_id) else None
