"""Cancels jobs: free of charge before submission; afterwards the results can only be withheld."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from services.common.clock import Clock
from services.common.metrics import NO_METRICS, Metrics
from services.db import Store
from services.history import JobAccess, Viewer
from services.models import OPEN, Job, Outcome, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOutcome:
    """Outcome of a user's wish to cancel a job.

    `verdict`: `cancelled`; too late because the job is being generated (`painting`) or was
    `generated`; or `over`: it had ended.
    """

    verdict: Literal["cancelled", "painting", "generated", "over"]
    job: Job
    """The job as it was read before the cancellation."""


class Cancelling:
    """Cancels jobs for their requesters, for moderators and for operators."""

    def __init__(
        self,
        *,
        store: Store,
        archive: JobAccess,
        clock: Clock,
        wake: Callable[[], None],
        meter: Metrics = NO_METRICS,
    ) -> None:
        """Take the services needed; `wake` tells the engine that a job has ended."""
        self._store = store
        self._archive = archive
        self._clock = clock
        self._wake = wake
        self._meter = meter

    async def cancel(self, job_id: str, viewer: Viewer) -> CancelOutcome:
        """Cancel a job that was surely not submitted; its units are refunded at once.

        Raises JobForgotten or NotYours.
        """
        job = await self._archive.job(job_id, viewer, to_change=True)
        own = viewer.user_id == job.request.user_id
        outcome = Outcome(key="cancelled" if own else "cancelled_by_moderator")
        if await self._store.member_jobs.cancel(job_id, outcome=outcome, now=self._clock.now()):
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
        """Mark a job's results as not to be posted; return the job, None if it is too late.

        Raises JobForgotten or NotYours.
        """
        job = await self._archive.job(job_id, viewer, to_change=True)
        return job if await self._store.member_jobs.withhold(job_id) else None
