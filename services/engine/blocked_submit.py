"""Submissions that a proxy or firewall before the provider blocked: retried slowly."""

from __future__ import annotations

import logging

from services.engine.context import EngineContext, Progress
from services.engine.finish import describe_kling_error, give_up
from services.errors import KlingError
from services.kling import tells_at_once, wait_before_retry
from services.models import Job

log = logging.getLogger(__name__)

BLOCKED_TRIES = 10
"""Attempts in about half an hour: after 30 s, 1, 2 and 4 minutes, then every five minutes."""


async def send_slowly(parts: EngineContext, job: Job, error: KlingError) -> None:
    """Postpone a blocked submission without a slot, and show when it is retried; or end the job."""
    if job.tries + 1 >= BLOCKED_TRIES:
        await give_up(parts, job, error)
        return
    wait = wait_before_retry(error, tries=job.tries, jitter=parts.rng.random())
    log.warning("job %s: submission blocked, sending it again in %.0f s: %s", job.id, wait, error)
    next_at = parts.clock.now() + wait
    await parts.store.jobs.wait_without_slot(job.id, next_at=next_at, tries=job.tries + 1)
    await parts.delivery.update_progress(job, Progress(phase="blocked", starts_at=next_at))


async def take_slot_again(parts: EngineContext, job: Job) -> None:
    """Put a job that waited without a slot at the front of the queue again."""
    await parts.store.jobs.requeue(job, now=parts.clock.now())


async def report_block(parts: EngineContext, error: KlingError) -> None:
    """Notify the operators once if only they can remove the block (such as a failed TLS check)."""
    if tells_at_once(error):
        reason = describe_kling_error(error, parts.kling.provider.name)
        await parts.provider.alerts.alert_once(str(error.code), reason=reason)
