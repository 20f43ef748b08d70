"""The step from `running`: look at the task, fetch its pictures, or wait for the next look."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from services.engine.carrying import downloaded_earlier, keep_results, openings_of
from services.engine.costs import note_deduction
from services.engine.endings import end, give_up, task_failed
from services.engine.generation import at_once, generation_of
from services.engine.looks import Listed
from services.engine.outcomes import reason_of
from services.engine.parts import Parts, Progress
from services.engine.rhythms import first_look_s, usual_s
from services.engine.searching import is_lost, learn_from
from services.errors import (
    BotError,
    DownloadFailed,
    KlingError,
    KlingProtocolError,
    KlingRefused,
)
from services.kling import (
    NO_PICTURE,
    Task,
    TaskStatus,
    asked_wait,
    failure_of,
    has_known_code,
    is_inline,
    next_wait,
    rule_for,
    says_no_such_task,
)
from services.landing import part_of
from services.models import Job, Outcome, Result, State

log = logging.getLogger(__name__)

UNKNOWN_POLLS = 5
UNKNOWN_FOR_S = 600.0
"""After so many polls over so long, at each of which the task was surely unknown, its units are
given back; it is polled on."""

UNKNOWN_EVERY_S = 1800.0
"""How often from then on, until KLING_GIVE_UP."""

TROUBLE_FIRST_S = 2.0
TROUBLE_CAP_S = 300.0
"""Looks that fail are repeated after 2, 4, 8 .. 300 s, until the Job expires."""

LONGER = 1.5
"""Times the usual one: half of all tasks take longer than the median, few so much longer."""

EMPTY_LOOKS = 3
"""How often a task that is done without a picture is looked at again."""

LAPSED_LOOKS = 5
"""How often pictures are asked for that came without a task, once their links have lapsed."""

MOST_PICTURES = 10
"""More than anybody can ask for; a message holds no more files (Discord)."""

VERDICTS = ("refused_content", "refused_policy")
"""A look carries no content, so such a refusal is about the task: it will not pass."""

PART_LOOKS = 8
"""After so many tries, some eight minutes, those pictures are posted that could be had."""

SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/avif": ".avif",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
}
"""The last four stay as they came only where they take more memory than there is."""


async def poll(parts: Parts, job: Job, listed: Listed | None = None) -> None:
    """Take the step; every way out has moved the Job or set when to look again.

    `listed` is what a list call has just told of its Task.
    """
    if await _is_over(parts, job):
        return
    if job.images:
        job = replace(job, generation=job.generation or at_once(job))
        await _bring_home(parts, job, job.images)
        return
    assert job.task_id is not None
    asked_at = parts.clock.now() if listed is None else listed.asked_at
    try:
        if listed is None:
            task = await parts.kling.fetch(job.task_id, endpoint=parts.endpoint_of(job))
        else:
            task = listed.task
    except KlingError as error:
        if await _is_final(parts, job, error):
            await give_up(parts, job, error)
        elif says_no_such_task(error) and await is_lost(parts, job):
            await _unknown(parts, job, error)
        else:
            await _after_trouble(parts, job, error)
    else:
        await _seen(parts, job, task, asked_at=asked_at)


async def _is_final(parts: Parts, job: Job, error: KlingError) -> bool:
    """Tell whether what a poll met will never pass; a task that was paid for has all the doubt."""
    match error:
        case KlingProtocolError():
            return error.code == NO_PICTURE and job.tries >= EMPTY_LOOKS
        case KlingRefused():
            return _is_verdict(error) and await _is_repeated(parts, job)
        case _:
            return False


def _is_verdict(error: KlingError) -> bool:
    return error.in_envelope and rule_for(error).member in VERDICTS


async def _is_repeated(parts: Parts, job: Job) -> bool:
    """Ask once more: no single answer ends a task that was paid for."""
    assert job.task_id is not None
    try:
        await parts.kling.fetch(job.task_id, endpoint=parts.endpoint_of(job))
    except KlingError as error:
        return _is_verdict(error)
    return False


async def _unknown(parts: Parts, job: Job, error: KlingError) -> None:
    """Count that the provider surely does not know the task; for long: give its units back."""
    now = parts.clock.now()
    count, since = await parts.store.jobs.note_unknown(job.id, now=now)
    if count < UNKNOWN_POLLS or now - since < UNKNOWN_FOR_S:
        await _after_trouble(parts, job, error)
        return
    if await parts.store.jobs.give_back_unknown(job.id):
        log.error("job %s: the provider knows its task no more, units are given back", job.id)
        until = (job.submitted_at or now) + parts.rules.give_up_s
        await parts.delivery.show(job, Progress(phase="unknown", until=until))
        await parts.provider.alerts.once("task_unknown", reason=f"{job.id}, {error}")
    await parts.store.jobs.postpone(job.id, next_at=now + UNKNOWN_EVERY_S, tries=job.tries + 1)


async def _known_again(parts: Parts, job: Job) -> None:
    await parts.store.jobs.note_known(job.id)
    if job.given_back:
        await parts.delivery.show(job, Progress(phase="late", since=job.submitted_at))


async def _seen(parts: Parts, job: Job, task: Task, *, asked_at: float) -> None:
    if job.unknown_polls:
        await _known_again(parts, job)
    failure = failure_of(task)
    if failure is not None:
        await task_failed(parts, job, failure)
        await note_deduction(parts, job, task)
    elif task.status is TaskStatus.DONE:
        job = _learned(parts, job, task, asked_at=asked_at)
        await _bring_home(parts, job, [image.url for image in task.images])
        await note_deduction(parts, job, task)
    else:
        await _look_again(parts, job, asked_at=asked_at)
        await learn_from(parts, job, task)


def _learned(parts: Parts, job: Job, task: Task, *, asked_at: float) -> Job:
    """Return the Job with how long its Task took; whatever is written of it next keeps that."""
    if job.generation is not None:
        return job
    now = parts.clock.now()
    took = generation_of(job, task, asked_at=asked_at, answered_at=now)
    return replace(job, generation=took)


async def _bring_home(parts: Parts, job: Job, urls: Sequence[str]) -> None:
    earlier = await downloaded_earlier(parts, job)
    if earlier:
        await _ready(parts, job, earlier)
        return
    if len(urls) > MOST_PICTURES:
        log.warning("job %s: %d pictures came, %d are kept", job.id, len(urls), MOST_PICTURES)
    await parts.precedence.give_way("fetch")
    results: list[Result] = []
    failure: DownloadFailed | None = None
    for url in urls[:MOST_PICTURES]:
        try:
            results.append(await _download(parts, job, len(results), url))
        except DownloadFailed as error:
            failure = error
    if failure is not None and not _may_do_without(job, results, failure):
        await _not_brought(parts, job, failure)
        return
    await _ready(parts, job, results)
    if failure is not None:
        log.warning("job %s: %d of %d pictures: %s", job.id, len(results), len(urls), failure)
        await parts.provider.alerts.once("results", reason=f"{job.id}, {failure}")


async def _ready(parts: Parts, job: Job, results: Sequence[Result]) -> None:
    """Write that pictures are there: only once they are where every process can reach them."""
    await keep_results(parts, job, results)
    now = parts.clock.now()
    await parts.store.jobs.mark_ready(job.id, results, now=now, generation=job.generation)


def _may_do_without(job: Job, results: Sequence[Result], failure: DownloadFailed) -> bool:
    """Tell whether pictures that can not be had should keep the others from the member no longer.

    Where our own disk is full they can be had: then none is left behind.
    """
    looks = LAPSED_LOOKS if failure.lapsed else PART_LOOKS
    return bool(results) and job.tries >= looks and not failure.at_home


async def _not_brought(parts: Parts, job: Job, error: DownloadFailed) -> None:
    """Ask for fresh links where there is a task to ask for, or try the same ones again."""
    if error.lapsed and job.images and job.task_id:
        log.info("job %s: its links have lapsed, the task is asked for fresh ones", job.id)
        await parts.store.jobs.forget_images(job.id, next_at=parts.clock.now())
    elif error.lapsed and job.images and job.tries >= LAPSED_LOOKS:
        await end(parts, job, State.FAILED, Outcome(key="task_lost"))
        await parts.provider.alerts.once("results", reason=f"{job.id}, {error}")
    else:
        await _after_trouble(parts, job, error)
        await parts.provider.alerts.if_it_lasts("results", reason=f"{job.id}, {error}")


async def _download(parts: Parts, job: Job, position: int, url: str) -> Result:
    path = parts.sources.folder(job.id) / f"{job.id}_{position + 1}"
    opening = openings_of(parts.store)(job.id)
    got = await parts.kling.download(url, part_of(path), opening=opening)
    return Result(
        position=position,
        path=got.path.replace(path.with_suffix(SUFFIXES[got.content_type])),
        url="" if is_inline(url) else url,
        width=got.width,
        height=got.height,
        size=got.size,
    )


async def _look_again(parts: Parts, job: Job, *, asked_at: float) -> None:
    now = parts.clock.now()
    elapsed = max(now - (job.submitted_at or now), 0.0)  # the clock may have been ahead
    late = await _is_late(parts, job)
    if not late:
        await _tell_if_longer(parts, job, elapsed)
    first = await first_look_s(parts, job)
    wait = next_wait(elapsed, first_s=first, late=late, chance=parts.chance.random())
    # A look at the moment it becomes late, so that the member is told in time.
    wait = wait if late else min(wait, max(parts.rules.timeout_s - elapsed, 0.1))
    next_at = parts.gathering.due(now + wait)
    await parts.store.jobs.postpone(job.id, next_at=next_at, tries=0, polled_at=asked_at)


async def _tell_if_longer(parts: Parts, job: Job, elapsed: float) -> None:
    """Take back what was expected once it is clearly over."""
    usual = await usual_s(parts, job)
    if usual is not None and elapsed > usual * LONGER:
        progress = Progress(phase="longer", since=job.submitted_at, expected_s=usual)
        await parts.delivery.show(job, progress)


async def _is_late(parts: Parts, job: Job) -> bool:
    """Tell whether the Job is late, and the member when it has just become so."""
    now = parts.clock.now()
    late = now - (job.submitted_at or now) >= parts.rules.timeout_s
    if late and await parts.store.jobs.mark_late(job.id):
        await parts.delivery.show(job, Progress(phase="late", since=job.submitted_at))
    return late


async def _after_trouble(parts: Parts, job: Job, error: BotError) -> None:
    """Look again later: nothing that goes wrong while looking ends a task that was paid for."""
    log.warning("job %s: looking at its task failed: %s %s", job.id, type(error).__name__, error)
    await _is_late(parts, job)
    wait = min(TROUBLE_FIRST_S * 2.0 ** min(job.tries, 10), TROUBLE_CAP_S)
    if isinstance(error, KlingError):
        await _tell_operators(parts, error)
        wait = asked_wait(error) or wait
    if job.given_back and job.unknown_polls:
        wait = max(wait, UNKNOWN_EVERY_S)
    next_at = parts.clock.now() + wait * parts.chance.uniform(1.0, 1.1)
    await parts.store.jobs.postpone(
        job.id, next_at=next_at, tries=job.tries + 1, generation=job.generation
    )


async def _tell_operators(parts: Parts, error: KlingError) -> None:
    """Tell of what lasts; open the pause where a known code refuses the account.

    A bare 403 may be a passing page of something in between, so it opens the pause if it lasts.
    """
    rule, alerts = rule_for(error), parts.provider.alerts
    reason = reason_of(error, parts.kling.provider.name)
    if rule.operator is None:
        return
    if rule.pauses != "provider":
        await alerts.if_it_lasts(rule.operator, reason=reason)
    elif has_known_code(error) or alerts.lasts(rule.operator):
        await parts.provider.refuses_the_account(rule.operator, reason=reason)


async def _is_over(parts: Parts, job: Job) -> bool:
    waited = parts.clock.now() - (job.submitted_at or job.created_at)
    if waited < parts.rules.give_up_s:
        return False
    await end(parts, job, State.EXPIRED, Outcome(key="expired", reference=job.task_id))
    return True
