"""The engine's last step for a job: post its outcome and record that.

`delivered` is committed after Discord has answered. If the step is repeated, it edits the same
message, or sends a new one with the same nonce, so no second message appears.
"""

from __future__ import annotations

import logging

from services.engine.context import EngineContext
from services.engine.lost_submit import learn_from, search
from services.engine.submit import accepted
from services.errors import DeliveryFailed, DiscordUnreachable, MessageRefused
from services.kling import Task, TaskFound, TaskStatus
from services.models import Job, State
from services.storage import delete_pictures

log = logging.getLogger(__name__)

WAIT_FIRST_S = 2.0
WAIT_CAP_S = 300.0
LOST_EVERY_S = 600.0
"""An uncertain submission is looked up every ten minutes, until KLING_GIVE_UP."""

LONG_WAIT_S = 60.0
"""A user who waited longer than this is mentioned: they have probably looked away, and an edited
message notifies nobody (Discord)."""

CALLED_FOR = (State.READY, State.FAILED, State.REFUSED, State.EXPIRED)
"""End states for which a user is mentioned: not after a cancellation."""

KEEP_TRYING_S = 24 * 3600.0
"""How long posting is retried while Discord is unavailable, in seconds; afterwards the images stay
in storage only."""


async def deliver(parts: EngineContext, job: Job) -> None:
    """Post a job's images, or how it ended without any, and record that; retry if Discord is down.

    An uncertain job whose user has been notified is not posted again: its task is looked up.
    Withheld images are not posted, nor is anything after the user deleted their data.
    """
    if job.state is State.UNCERTAIN and job.told_at is not None:
        await _look_for_the_lost(parts, job)
        return
    if job.forgotten or (job.withheld and job.state is State.READY):
        await _keep_back(parts, job)
        return
    try:
        if job.state is State.READY:
            await _post(parts, job)
        else:
            await parts.delivery.notify_outcome(job)
    except DiscordUnreachable as error:
        parts.meter.delivery_tried(error)
        await _later(parts, job, error)
    except DeliveryFailed as error:
        parts.meter.delivery_tried(error)
        await _undelivered(parts, job, error)
    else:
        parts.meter.delivery_tried()
        await _settle(parts, job, posted=True)
        await _ping(parts, job)
        await _learn_from(parts, job)


async def _undelivered(parts: EngineContext, job: Job, error: DeliveryFailed) -> None:
    """Record that the outcome cannot be posted; the images remain available by /jobs.

    If Discord rejects the message's content, that is our bug, so operators are notified.
    """
    log.warning("job %s: not delivered: %s", job.id, type(error).__name__)
    await _settle(parts, job, posted=False)
    if isinstance(error, MessageRefused):
        log.error("job %s: Discord refuses the message itself: %s", job.id, error)
        await parts.provider.alerts.alert_once("message_refused", reason=f"{job.id}, {error}")


async def _post(parts: EngineContext, job: Job) -> None:
    results = parts.storage.local_paths(job.id, await parts.store.jobs.results(job.id))
    if results:  # they may have been deleted before the delivery was recorded
        await parts.delivery.deliver(job, results)


async def _keep_back(parts: EngineContext, job: Job) -> None:
    """Mark a job as handled without posting; if its user's data was deleted, delete its images."""
    await _settle(parts, job, posted=False)
    if job.forgotten:
        await parts.store.personal.wipe(job.id)
        await delete_pictures(parts.store, parts.storage, [job.id])


async def _ping(parts: EngineContext, job: Job) -> None:
    """Mention a user who waited over a minute, at most once: the row is marked before that."""
    now = parts.clock.now()
    is_waited_for = job.state in CALLED_FOR and not job.withheld
    if not is_waited_for or now - job.created_at < LONG_WAIT_S:
        return
    taken = await parts.store.member_jobs.take_ping(job.id, now=now)
    if taken is not None:
        await parts.delivery.mention(taken)


async def _learn_from(parts: EngineContext, job: Job) -> None:
    """Detect the provider's capabilities with a task that has just been delivered.

    They are needed to look up a submission whose response is lost.
    """
    if job.state is State.READY and job.task_id:
        task = Task(
            task_id=job.task_id,
            endpoint=parts.find_endpoint(job),
            status=TaskStatus.DONE,
            created_at=job.submitted_at,
        )
        await learn_from(parts, job, task)


async def _settle(parts: EngineContext, job: Job, *, posted: bool) -> None:
    """Record the end as posted or not; an uncertain job is due again for its next look-up."""
    now = parts.clock.now()
    next_at = now + LOST_EVERY_S if job.state is State.UNCERTAIN else None
    await parts.store.jobs.mark_notified(job.id, posted=posted, now=now, next_at=next_at)
    if job.state is State.READY and posted:
        parts.meter.delivered(job, now=now)
    elif job.state is State.READY:
        parts.meter.ended(State.UNDELIVERED, reason="")


async def _look_for_the_lost(parts: EngineContext, job: Job) -> None:
    """Ask the provider again for the task of an uncertain job; if it exists, the job is running."""
    finding = await search(parts, job, is_settled=True)  # an uncertain job is never sent again
    if isinstance(finding, TaskFound):
        log.info("job %s: its lost task was found", job.id)
        await accepted(parts, job, finding.task)
        return
    now = parts.clock.now()
    gives_up_at = max(job.sent_at or 0.0, job.claimed_at or 0.0) + parts.rules.give_up_s
    next_at = now + LOST_EVERY_S if now < gives_up_at else None
    await parts.store.jobs.mark_notified(job.id, posted=False, now=now, next_at=next_at)


async def _later(parts: EngineContext, job: Job, error: DiscordUnreachable) -> None:
    now = parts.clock.now()
    if now > (job.ready_at or job.created_at) + KEEP_TRYING_S:
        await _settle(parts, job, posted=False)
        return
    wait = error.retry_after_s or min(WAIT_FIRST_S * 2.0 ** min(job.tries, 10), WAIT_CAP_S)
    next_at = now + wait * parts.rng.uniform(1.0, 1.1)
    await parts.store.jobs.reschedule(job.id, next_at=next_at, tries=job.tries + 1)
