"""Polls the task of a running job; then fetches its images, ends the job or plans the next poll."""

from __future__ import annotations

import logging
from dataclasses import replace

from services.engine.batch_poll import Listed
from services.engine.context import EngineContext, Progress
from services.engine.fetch_images import LAST_TRIES, fetch_images, fetch_later
from services.engine.finish import describe_kling_error, end, give_up, note_deduction, task_failed
from services.engine.generation_time import at_once, measure_generation
from services.engine.lost_submit import is_lost, learn_from
from services.engine.task_times import earliest_poll_s, usual_s
from services.errors import KlingError, KlingProtocolError, KlingRefused, KlingTaskFailed
from services.kling import (
    NO_PICTURE,
    Task,
    TaskStatus,
    asked_wait,
    has_known_code,
    make_failure,
    next_wait,
    rule_for,
    says_no_such_task,
)
from services.models import Job, Outcome, State

log = logging.getLogger(__name__)

UNKNOWN_POLLS = 5
UNKNOWN_FOR_S = 600.0
"""The units of a job are refunded after UNKNOWN_POLLS polls in a row, and so many seconds, during
which the provider definitely did not know its task. Polling continues. This process itself must
have waited that long."""

UNKNOWN_EVERY_S = 1800.0
"""Interval in seconds of the polls after that refund, until KLING_GIVE_UP."""

TROUBLE_FIRST_S = 2.0
TROUBLE_CAP_S = 300.0
"""Failed polls are repeated after 2, 4, 8 .. 300 s, until the job expires."""

LONGER = 1.5
"""A task "takes longer" after this multiple of the median time: half of all tasks take longer than
the median, few this much longer."""

OTHERS_SINCE_S = 3600.0
"""How long before a job's submission the task ids of other jobs are read, in seconds: a poll that
shows one of those shows another job's task."""

MAX_EMPTY_POLLS = 3
"""Failed polls in a row after which a task that is done without an image is final."""

MAX_STRANGE_POLLS = 3
"""Failed polls in a row after which a failure under an id that is not the job's is believed."""

VERDICTS = ("refused_content", "refused_policy")
"""Text keys of refusals that end a job at a poll: a poll contains no content, so such a refusal is
about the task."""


async def poll(parts: EngineContext, job: Job, listed: Listed | None = None) -> None:
    """Poll a running job's task; fetch its images, end or resubmit the job, or set the next poll.

    `listed` is the task's state from a list call, if there was one. A list may lag behind, so the
    very last poll requests the task itself. If the job has image addresses, they are fetched
    without a poll.
    """
    if _is_over(parts, job):
        listed = None
    if job.images:
        job = replace(job, generation=job.generation or at_once(job))
        await fetch_images(parts, job, job.images)
        return
    assert job.task_id is not None
    asked_at = parts.clock.now() if listed is None else listed.asked_at
    try:
        if listed is None:
            task = await parts.kling.fetch(job.task_id, endpoint=parts.find_endpoint(job))
        else:
            task = listed.task
    except KlingError as error:
        await _not_seen(parts, job, error)
    else:
        await _seen(parts, job, task, asked_at=asked_at)


async def _not_seen(parts: EngineContext, job: Job, error: KlingError) -> None:
    """Handle a poll that did not show the task: end the job, or set the next poll.

    If the task is known to be finished, only the fetching of its images is postponed.
    """
    if job.generated_at is not None:
        await _alert_operators(parts, error)
        await fetch_later(parts, job, error)
    elif await _is_final(parts, job, error):
        await give_up(parts, job, error)
    elif _is_over(parts, job) and (says_no_such_task(error) or job.tries >= LAST_TRIES):
        await _expire(parts, job)
    elif says_no_such_task(error) and await is_lost(parts, job):
        await _unknown(parts, job, error)
    else:
        await _after_trouble(parts, job, error)


async def _is_final(parts: EngineContext, job: Job, error: KlingError) -> bool:
    """Return whether a poll's error ends the job: done without an image, or a repeated refusal.

    Any other error is doubted, since the task was paid for.
    """
    match error:
        case KlingProtocolError():
            return error.code == NO_PICTURE and job.tries >= MAX_EMPTY_POLLS
        case KlingRefused():
            return _is_verdict(error) and await _is_repeated(parts, job)
        case _:
            return False


def _is_verdict(error: KlingError) -> bool:
    """Return whether the provider itself says that the task's content is refused."""
    return error.in_envelope and rule_for(error).member in VERDICTS


async def _is_repeated(parts: EngineContext, job: Job) -> bool:
    """Poll once more; return whether the refusal comes again: one response ends no paid task."""
    assert job.task_id is not None
    try:
        await parts.kling.fetch(job.task_id, endpoint=parts.find_endpoint(job))
    except KlingError as error:
        return _is_verdict(error)
    return False


async def _unknown(parts: EngineContext, job: Job, error: KlingError) -> None:
    """Count a poll at which the task was definitely unknown; after a long time refund its units.

    Set the next poll in any case.
    """
    now = parts.clock.now()
    count, since = await parts.store.jobs.note_unknown(job.id, now=now)
    has_waited = parts.waited.is_over(f"{job.id} unknown {since}", UNKNOWN_FOR_S, parts.clock)
    if count < UNKNOWN_POLLS or not has_waited:
        await _after_trouble(parts, job, error)
        return
    if await parts.store.jobs.give_back_unknown(job.id):
        log.error("job %s: the provider no longer knows its task; its units are refunded", job.id)
        until = (job.submitted_at or now) + parts.rules.give_up_s
        await parts.delivery.update_progress(job, Progress(phase="unknown", until=until))
        await parts.provider.alerts.alert_once("task_unknown", reason=f"{job.id}, {error}")
    await parts.store.jobs.reschedule(job.id, next_at=now + UNKNOWN_EVERY_S, tries=job.tries + 1)


async def _known_again(parts: EngineContext, job: Job, task: Task) -> None:
    """Reset that count; show a job that was refunded as late again, since its task still runs."""
    await parts.store.jobs.note_known(job.id)
    if job.given_back and not task.status.is_terminal:
        await parts.delivery.update_progress(job, Progress(phase="late", since=job.submitted_at))


async def _seen(parts: EngineContext, job: Job, task: Task, *, asked_at: float) -> None:
    """Handle a poll that showed a task: fetch its images, end the job, or set the next poll."""
    if await _is_anothers(parts, job, task):
        await _not_seen(
            parts, job, KlingProtocolError("the response contains the task of another job")
        )
        return
    if job.unknown_polls:
        await _known_again(parts, job, task)
    failure = make_failure(task)
    if task.status is TaskStatus.DONE and failure is None:
        job = _learned(parts, job, task, asked_at=asked_at)
        await fetch_images(parts, job, [image.url for image in task.images])
        await note_deduction(parts, job, task)
    elif job.generated_at is not None:
        error = failure or KlingProtocolError(f"its finished task is now {task.status}")
        await fetch_later(parts, job, error)
    elif failure is not None:
        await _failed(parts, job, task, failure)
    elif _is_over(parts, job):
        await _expire(parts, job)
    else:
        await _poll_again(parts, job, asked_at=asked_at)
        await learn_from(parts, job, task)


async def _failed(parts: EngineContext, job: Job, task: Task, failure: KlingTaskFailed) -> None:
    """Handle the failure of a task; one under a foreign id is believed only after several polls."""
    is_own = not _is_a_strangers(job, task)
    if not is_own and job.tries < MAX_STRANGE_POLLS:
        await _after_trouble(parts, job, failure)
        return
    await task_failed(parts, job, failure, is_own=is_own)
    await note_deduction(parts, job, task)


def _is_a_strangers(job: Job, task: Task) -> bool:
    """Return whether a task has an id, but neither of the job's two ids: it may be any task."""
    is_own = task.task_id == job.task_id or task.external_task_id == job.external_task_id
    return not is_own and task.task_id != ""


async def _is_anothers(parts: EngineContext, job: Job, task: Task) -> bool:
    """Return whether a poll shows another job's task: a cache or a gateway mixed them up.

    An id that no job has may be the id of the same task at a service behind the gateway.
    """
    if task.task_id in ("", job.task_id):
        return False
    since = (job.submitted_at or job.created_at) - OTHERS_SINCE_S
    return task.task_id in await parts.store.jobs.task_ids(since=since)


def _learned(parts: EngineContext, job: Job, task: Task, *, asked_at: float) -> Job:
    """Return the job with its task's generation time, which the step's later writes store."""
    if job.generation is not None:
        return job
    now = parts.clock.now()
    took = measure_generation(job, task, asked_at=asked_at, answered_at=now)
    return replace(job, generation=took)


async def _poll_again(parts: EngineContext, job: Job, *, asked_at: float) -> None:
    """Set the next poll of an unfinished task; show that it takes long, if it does."""
    now = parts.clock.now()
    elapsed = max(now - (job.submitted_at or now), 0.0)  # the clock may have been set back
    late = await _is_late(parts, job)
    if not late:
        await _notify_if_late(parts, job, elapsed)
    first = await earliest_poll_s(parts, job)
    wait = next_wait(elapsed, first_s=first, late=late, jitter=parts.rng.random())
    # Poll at the moment when the job becomes late, so that the user is notified in time.
    wait = wait if late else min(wait, max(parts.rules.timeout_s - elapsed, 0.1))
    next_at = parts.gathering.batch_time(now + wait)
    await parts.store.jobs.reschedule(job.id, next_at=next_at, tries=0, polled_at=asked_at)


async def _notify_if_late(parts: EngineContext, job: Job, elapsed: float) -> None:
    """Show that the task takes longer than usual, once it does (see LONGER)."""
    usual = await usual_s(parts, job)
    if usual is not None and elapsed > usual * LONGER:
        progress = Progress(phase="longer", since=job.submitted_at, expected_s=usual)
        await parts.delivery.update_progress(job, progress)


async def _is_late(parts: EngineContext, job: Job) -> bool:
    """Return whether the job is older than KLING_TIMEOUT; show when it has just become late."""
    now = parts.clock.now()
    late = now - (job.submitted_at or now) >= parts.rules.timeout_s
    if late and await parts.store.jobs.mark_late(job.id):
        await parts.delivery.update_progress(job, Progress(phase="late", since=job.submitted_at))
    return late


async def _after_trouble(parts: EngineContext, job: Job, error: KlingError) -> None:
    """Set the next poll after an error: such an error does not end a task that was paid for."""
    log.warning("job %s: polling its task failed: %s %s", job.id, type(error).__name__, error)
    await _is_late(parts, job)
    wait = min(TROUBLE_FIRST_S * 2.0 ** min(job.tries, 10), TROUBLE_CAP_S)
    await _alert_operators(parts, error)
    wait = asked_wait(error) or wait
    if job.given_back and job.unknown_polls:
        wait = max(wait, UNKNOWN_EVERY_S)
    next_at = parts.clock.now() + wait * parts.rng.uniform(1.0, 1.1)
    await parts.store.jobs.reschedule(
        job.id, next_at=next_at, tries=job.tries + 1, generation=job.generation
    )


async def _alert_operators(parts: EngineContext, error: KlingError) -> None:
    """Notify operators of a lasting error; pause submissions if a known code refuses the account.

    A bare 403 may be a temporary page of a proxy or firewall, so it pauses only if it lasts.
    """
    rule, alerts = rule_for(error), parts.provider.alerts
    reason = describe_kling_error(error, parts.kling.provider.name)
    if rule.operator is None:
        return
    if rule.pauses != "provider":
        await alerts.alert_if_persistent(rule.operator, reason=reason)
    elif has_known_code(error) or alerts.lasts(rule.operator):
        await parts.provider.refuses_the_account(rule.operator, reason=reason)


def _is_over(parts: EngineContext, job: Job) -> bool:
    """Return whether KLING_GIVE_UP has passed since the submission."""
    return parts.clock.now() - (job.submitted_at or job.created_at) >= parts.rules.give_up_s


async def _expire(parts: EngineContext, job: Job) -> None:
    """End a job as expired: at a last poll after KLING_GIVE_UP its task was not done."""
    await end(parts, job, State.EXPIRED, Outcome(key="expired", reference=job.task_id))
