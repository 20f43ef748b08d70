"""Submits a job: prepares its sources, submits it once, and stores the task's id.

`sent_at` is committed just before the last piece of the body leaves. While it is not set, the
provider cannot have a complete request, so sending (again) is safe. If it is set and there is no
task id, the provider is asked before anything is sent a second time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from services.engine.blocked_submit import report_block, send_slowly, take_slot_again
from services.engine.context import EngineContext, Progress
from services.engine.finish import end, give_up, note_deduction, outcome_from_error, task_failed
from services.engine.lost_submit import search
from services.engine.payload import submission_for
from services.engine.source_forms import other_form, send_in_form
from services.engine.task_times import first_poll_s, usual_s
from services.engine.transfer import make_sources_ready
from services.errors import (
    DownloadFailed,
    KlingBlocked,
    KlingBusy,
    KlingError,
    KlingRefused,
    KlingUnreachable,
    RequestError,
    UnknownModel,
)
from services.images import Ready
from services.kling import (
    SETTLED_S,
    Retry,
    Task,
    TaskFound,
    TaskMissing,
    Unknown,
    is_known_already,
    make_failure,
    may_be_accepted,
    rule_for,
    wait_before_retry,
)
from services.models import Job, Outcome, State

log = logging.getLogger(__name__)

FETCH_EVERY_S = 10.0
FETCH_TRIES = 4
"""Attempts, FETCH_EVERY_S apart, to download a source if Discord's CDN does not answer."""

CHECK_FIRST_S = 2.0
CHECK_CAP_S = 60.0
"""A submission of unclear outcome is looked up after 2, 4, 8 .. 60 s, and when its absence can
first be proven."""

CHECK_FOR_S = 300.0
CHECKS = 5
"""After so many look-ups, and CHECK_FOR_S of this process's own waiting, the job is uncertain."""

WORTH_SAYING_S = 3.0
"""If tasks usually take fewer seconds, the message does not say that the image is being generated:
the task is finished before users have read that, and a channel allows few edits."""

SEND_TRIES = 8
"""Attempts to submit if the provider is unreachable: about three minutes in all."""

LOST_CAP_S = 60.0
"""If the file of a source cannot be read when it is sent, the source is prepared again at once,
then after 2, 4, 8 .. 60 s, at most SEND_TRIES times."""

SEND_FOR_S = 900.0
"""A submission proven absent only after this time, in seconds, is not sent again: the user no
longer waits. The process that sent it measures by its own waiting, another one by the time of the
claim."""

FRESH_AGAIN_S = 1.0
"""Delay in seconds after this process was suspended, until it knows whether its leases were
taken."""


class _Moved(Exception):
    """Another step has moved the job on: the submission must not be sent."""


class _StoodStill(_Moved):
    """This process was suspended: another one may have its leases and send the submission."""


async def submit(parts: EngineContext, job: Job) -> None:
    """Prepare the sources of a submitting job and submit it, or end it, or set the next attempt.

    If an earlier submission may have arrived, the provider is asked for its task first.
    """
    if not job.holds_slot and job.sent_at is None:
        await take_slot_again(parts, job)
        return
    if job.sent_at is None:
        may_send = not await _ends_unsent(parts, job)
    else:
        may_send = await _may_send_again(parts, job)
        job = replace(job, sent_at=None, tries=0) if may_send else job
    if may_send and job.forgotten:
        await end(parts, job, State.CANCELLED, Outcome(key="cancelled"))
        return
    sources = await _sources(parts, job) if may_send else ()
    if sources:
        await _send(parts, job, sources)


async def _ends_unsent(parts: EngineContext, job: Job) -> bool:
    """End a job whose model was closed, or that was not sent in time; return whether it ended."""
    if parts.provider.is_closed(job.request.options.model):
        await end(parts, job, State.FAILED, Outcome(key="model_unavailable"))
        return True
    if parts.clock.now() - (job.claimed_at or job.created_at) < parts.rules.give_up_s:
        return False
    await end(parts, job, State.EXPIRED, Outcome(key="expired"))
    return True


async def _sources(parts: EngineContext, job: Job, *, again: bool = False) -> Sequence[Ready]:
    """Return the images to send; empty if the job has ended or a download is tried again later."""
    try:
        return await make_sources_ready(parts, job, again=again)
    except RequestError as error:
        await end(parts, job, State.FAILED, outcome_from_error(error))
    except DownloadFailed as error:
        await _fetch_later(parts, job, error)
    return ()


async def _send(parts: EngineContext, job: Job, sources: Sequence[Ready]) -> None:
    note = SentMarker(parts, job)
    try:
        submission = submission_for(parts, job, sources)
        task = await parts.kling.submit(submission, before_last_piece=note.write)
    except KlingError as error:
        await note.over()
        await _not_accepted(parts, job, error, was_sent=note.is_written)
    except UnknownModel:
        await end(parts, job, State.FAILED, Outcome(key="model_unavailable"))
    except RequestError as error:  # a fault that only the image's own content shows
        await end(parts, job, State.FAILED, outcome_from_error(error))
    except OSError as error:
        await _source_lost(parts, job, error)
    except _Moved as reason:
        await _keep_from_sending(parts, job, reason)
    else:
        await note.over()
        await accepted(parts, job, task)


class SentMarker:
    """Writes `sent_at`: from then on the provider may have accepted the submission.

    A response that arrives before the whole body was sent cancels the sending. The write must still
    complete before the next one: on another database connection, it could otherwise overwrite later
    writes.
    """

    def __init__(self, parts: EngineContext, job: Job) -> None:
        self._parts, self._job = parts, job
        self._writings: list[asyncio.Future[None]] = []
        self.is_written = False
        """Whether the last piece may have been sent."""

    async def write(self) -> None:
        """Write `sent_at`, also if cancelled meanwhile; raise _Moved if nothing may be sent."""
        self._writings.append(asyncio.ensure_future(self._write()))
        await asyncio.shield(self._writings[-1])

    async def over(self) -> None:
        """Wait until all writes of `sent_at` have succeeded or failed."""
        await asyncio.gather(*self._writings, return_exceptions=True)

    async def _write(self) -> None:
        """Write `sent_at`; raise _Moved if the job has moved on, _StoodStill after a suspension."""
        parts = self._parts
        if not await parts.store.jobs.mark_sent(self._job.id, now=parts.clock.now()):
            raise _Moved
        if not parts.lease_valid():
            raise _StoodStill
        self.is_written = True


async def _keep_from_sending(parts: EngineContext, job: Job, reason: _Moved) -> None:
    """Send nothing; after a suspension, clear `sent_at` if this process still has the lease."""
    log.warning("job %s: nothing was sent (%s)", job.id, type(reason).__name__.strip("_"))
    if isinstance(reason, _StoodStill):
        next_at = parts.clock.now() + FRESH_AGAIN_S
        await parts.store.jobs.mark_not_sent(job.id, next_at=next_at, tries=job.tries)


async def accepted(parts: EngineContext, job: Job, task: Task) -> None:
    """Store the task of an accepted submission: the job is running then.

    Image addresses in the response are stored too: a task without an id could not be polled for
    them. If a submitting job's task has failed already, `task_failed` handles it instead.
    """
    failure = make_failure(task)
    if failure is not None and job.state is State.SUBMITTING:
        await parts.provider.accepted_a_task(job)
        await task_failed(parts, job, failure)
        await note_deduction(parts, job, task)
        return
    now = parts.clock.now()
    first = 0.0 if task.status.is_terminal else await first_poll_s(parts, job)
    started = await parts.store.jobs.mark_running(
        job.id,
        task_id=task.task_id,
        now=now,
        next_at=parts.gathering.batch_time(now + first),
        images=[image.url for image in task.images],
    )
    await parts.provider.accepted_a_task(job)
    if started and not task.images:
        usual = await usual_s(parts, job)
        if usual is None or usual >= WORTH_SAYING_S:
            await parts.delivery.update_progress(
                job, Progress(phase="painting", since=now, expected_s=usual)
            )
    await note_deduction(parts, job, task)


async def _not_accepted(
    parts: EngineContext, job: Job, error: KlingError, *, was_sent: bool
) -> None:
    """Set what follows a submission without a task: a look-up, another attempt, or the end."""
    await report_block(parts, error)
    match error:
        case _ if was_sent and may_be_accepted(error):
            await _look_up_soon(parts, job, error)
        case KlingRefused() if is_known_already(error):
            await _look_up_soon(parts, job, error)
        case KlingBusy():
            await _no_room(parts, job, error)
        case KlingBlocked():
            await send_slowly(parts, job, error)
        case _ if rule_for(error).retry is Retry.YES:
            await _send_later(parts, job, error)
        case _ if (form := other_form(parts, job, error)) is not None:
            await send_in_form(parts, job, form)
        case _:
            await give_up(parts, job, error)


async def _look_up_soon(parts: EngineContext, job: Job, error: KlingError) -> None:
    """Look the submission up in two seconds, and start to measure how long it may be sent again."""
    log.warning("job %s: no conclusive response to the submission (%s)", job.id, error)
    parts.waited.begin(_resend_key(job), SEND_FOR_S, parts.clock)
    await _look_up_later(parts, job, wait_s=CHECK_FIRST_S, tries=0)


async def _no_room(parts: EngineContext, job: Job, error: KlingError) -> None:
    if parts.clock.now() - job.created_at >= parts.rules.give_up_s:
        await give_up(parts, job, error)
        return
    await parts.provider.busy(job, error, jitter=parts.rng.random())


async def _source_lost(parts: EngineContext, job: Job, error: OSError) -> None:
    """Prepare the sources again because a file could not be read, and set when they are sent."""
    log.warning("job %s: the image to send cannot be read: %s", job.id, error.strerror)
    if job.tries + 1 >= SEND_TRIES:
        await end(parts, job, State.FAILED, Outcome(key="source_not_kept"))
    elif await _sources(parts, job, again=True):
        wait_s = min(2.0**job.tries, LOST_CAP_S) if job.tries else 0.0
        next_at = parts.clock.now() + wait_s
        await parts.store.jobs.mark_not_sent(job.id, next_at=next_at, tries=job.tries + 1)


async def _send_later(parts: EngineContext, job: Job, error: KlingError) -> None:
    if job.tries + 1 >= SEND_TRIES:
        await give_up(parts, job, error)
        return
    wait = wait_before_retry(error, tries=job.tries, jitter=parts.rng.random())
    log.warning("job %s: not accepted, sending it again in %.0f s: %s", job.id, wait, error)
    next_at = parts.clock.now() + wait
    await parts.store.jobs.mark_not_sent(job.id, next_at=next_at, tries=job.tries + 1)


async def _fetch_later(parts: EngineContext, job: Job, error: DownloadFailed) -> None:
    if job.tries + 1 >= FETCH_TRIES:
        await end(parts, job, State.FAILED, outcome_from_error(error))
        return
    log.warning("job %s: its source image was not fetched, trying again: %s", job.id, error)
    next_at = parts.clock.now() + FETCH_EVERY_S
    await parts.store.jobs.mark_not_sent(job.id, next_at=next_at, tries=job.tries + 1)


async def _look_up_later(parts: EngineContext, job: Job, *, wait_s: float, tries: int) -> None:
    await parts.store.jobs.reschedule(job.id, next_at=parts.clock.now() + wait_s, tries=tries)


async def _may_send_again(parts: EngineContext, job: Job) -> bool:
    """Ask the provider whether it has the submission; return True if it may be sent once more.

    Otherwise store the task that was found, set the next look-up, or end the job.
    """
    sent, waited = f"{job.external_task_id} {job.sent_at}", parts.waited
    has_waited = waited.is_over(sent, SETTLED_S, parts.clock)
    has_checked = waited.is_over(f"{sent} checked", CHECK_FOR_S, parts.clock)
    match await search(parts, job, is_settled=has_waited):
        case TaskMissing() if not has_waited:
            await _look_up_later(parts, job, wait_s=CHECK_FIRST_S, tries=job.tries)
        case TaskMissing() if await _allows_resend(parts, job):
            log.info("job %s: the provider did not receive it, sending it once more", job.id)
            return True
        case TaskMissing():
            await give_up(parts, job, KlingUnreachable("never got it"))
        case TaskFound(task=task):
            await accepted(parts, job, task)
        case Unknown(settles_in_s=settles_in_s):
            await _check_again(parts, job, settles_in_s, is_long=has_checked)
    return False


async def _allows_resend(parts: EngineContext, job: Job) -> bool:
    """Allow a second submission, unless one was allowed before or the user no longer waits."""
    is_recent = parts.waited.is_running(_resend_key(job))
    if is_recent is None:
        is_recent = parts.clock.now() - (job.claimed_at or 0.0) < SEND_FOR_S
    return is_recent and await parts.store.jobs.allow_resend(job.id)


def _resend_key(job: Job) -> str:
    return f"{job.external_task_id} may be sent again"


async def _check_again(
    parts: EngineContext, job: Job, settles_in_s: float, *, is_long: bool
) -> None:
    """Show that the submission is being checked, and set the next look-up, or end as uncertain.

    `is_long`: this process has waited CHECK_FOR_S. `settles_in_s`: seconds until a proof is
    possible.
    """
    if is_long and job.tries >= CHECKS:
        log.error("job %s: unknown whether the provider accepted it", job.id)
        await end(parts, job, State.UNCERTAIN, Outcome(key="uncertain"))
        await parts.provider.alerts.alert_once("uncertain", reason=job.id)
        return
    wait_s = min(CHECK_FIRST_S * 2.0 ** min(job.tries + 1, 10), CHECK_CAP_S)
    wait_s = min(wait_s, settles_in_s) if settles_in_s else wait_s
    await _look_up_later(parts, job, wait_s=wait_s, tries=job.tries + 1)
    await parts.delivery.update_progress(job, Progress(phase="checking", since=job.sent_at))
