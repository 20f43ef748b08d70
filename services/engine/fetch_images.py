"""Fetching the images of a finished task: downloads them, or plans the next attempt.

The job holds no slot from here on. The kind of failure decides how long it is retried: an
unreachable link or host until KLING_GIVE_UP, data that is no image five times, our own full disk
without limit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from services.common.durations import DAY_S
from services.common.streaming import temp_path
from services.engine.context import EngineContext, Progress
from services.engine.finish import end
from services.engine.transfer import downloaded_earlier, keep_results, make_openings
from services.errors import DownloadFailed, KlingError
from services.kling import asked_wait, is_inline
from services.models import Job, Outcome, Result, State

log = logging.getLogger(__name__)

FIRST_S, CAP_S = 2.0, 300.0
FAST_TRIES, SLOW_S = 12, 3600.0
"""Retry after 2, 4, 8 .. 300 s, which is twelve waits in half an hour; then hourly."""

UNUSABLE_S = (30.0, 60.0, 150.0, 300.0)
"""Seconds between five attempts, ten minutes in all, if the data is no image, too large or
refused."""

PART_TRIES = 8
"""After so many failed attempts, about eight minutes, the images that did arrive are posted without
the others."""

LAST_TRIES = 6
"""Attempts, in about a minute, that a job gets even if KLING_GIVE_UP passed while the bot was not
running: the network of a computer that has just started may take that long."""

MOST_IMAGES = 10
"""Maximum number of images stored of a task. A request cannot ask for so many, and a message holds
no more files (Discord)."""

BYTES_A_DAY = 1024**3
"""Bytes that failed attempts may transfer for one job per day. Nine PNG images of 4K are a quarter
of it."""

TOO_MUCH = f"{BYTES_A_DAY} bytes of failed downloads in a day"


SHOWN_AFTER_S = 5.0
"""If fetching takes longer than this, the job's message says that the images are being fetched."""

SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/avif": ".avif",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
}
"""File suffixes by content type. The last four formats are stored unconverted only if converting
would exceed the memory budget."""


@dataclass(slots=True)
class _Fetched:
    """The result of one attempt to fetch a job's images."""

    images: dict[int, Result] = field(default_factory=dict[int, Result])
    """The fetched images, by the index of their address in the provider's response."""
    failures: list[DownloadFailed] = field(default_factory=list[DownloadFailed])

    @property
    def at_home(self) -> bool:
        """Whether our own disk refused an image: then all images wait until it has space."""
        return any(failure.at_home for failure in self.failures)

    @property
    def is_unusable(self) -> bool:
        """Whether all failures are data that is no usable image, so that a retry may not help."""
        return all(failure.unusable for failure in self.failures)

    @property
    def received(self) -> int:
        """Bytes that the failed downloads of this attempt received."""
        return sum(failure.received for failure in self.failures)


async def fetch_images(parts: EngineContext, job: Job, urls: Sequence[str]) -> None:
    """Download a finished task's images from `urls` and mark the job as ready.

    If a download fails, set the next attempt or end the job. Once enough attempts have failed, the
    images that did arrive are posted without the others.
    """
    job = await _generated(parts, job)
    earlier = await downloaded_earlier(parts, job)
    if earlier:
        await _ready(parts, job, earlier)
        return
    if len(urls) > MOST_IMAGES:
        log.warning("job %s: its task has %d images, %d are stored", job.id, len(urls), MOST_IMAGES)
    await parts.precedence.wait_for_idle("fetch")
    async with _said_when_slow(parts, job):
        fetched = await _fetch_all(parts, job, urls[:MOST_IMAGES])
    failure = next(iter(fetched.failures), None)
    if failure is None or _may_do_without(job, fetched):
        await _ready(parts, job, _numbered(job, fetched.images))
        if failure is not None:
            log.warning(
                "job %s: fetched %d of %d images: %s",
                job.id,
                len(fetched.images),
                len(urls),
                failure,
            )
            await parts.provider.alerts.each("images_lost", reason=f"{job.id}, {failure}")
    else:
        await _not_fetched(parts, job, fetched, failure)


async def fetch_later(parts: EngineContext, job: Job, error: KlingError) -> None:
    """Postpone fetching for a job whose task cannot be polled now for the addresses of its images.

    The images exist and are paid for, so the job is not ended, whatever the error says of the task.
    """
    log.warning(
        "job %s: its task cannot be polled for its images: %s %s",
        job.id,
        type(error).__name__,
        error,
    )
    await _wait(parts, job, _wait_s(job.fetch_tries), asked_s=asked_wait(error))


async def _generated(parts: EngineContext, job: Job) -> Job:
    """Record, at the first call for a job, that its task is finished and holds no slot any more."""
    if job.generated_at is not None:
        return job
    now = parts.clock.now()
    await parts.store.jobs.mark_generated(job.id, now=now, generation=job.generation)
    return replace(job, generated_at=now)


@asynccontextmanager
async def _said_when_slow(parts: EngineContext, job: Job) -> AsyncGenerator[None]:
    """Show that images are being fetched, if the block takes longer than five seconds.

    Does nothing after a failed attempt: the message then says more already.
    """
    saying = asyncio.Event()

    async def say() -> None:
        """Show the progress after a delay."""
        await parts.clock.sleep(SHOWN_AFTER_S)
        saying.set()
        await parts.delivery.update_progress(job, Progress(phase="generated"))

    attempt = parts.supervisor.attempt
    sayer = None if job.fetch_tries else asyncio.create_task(attempt("message", say))
    try:
        yield
    finally:
        if sayer is not None:
            if not saying.is_set():  # wait for an edit that is in progress
                sayer.cancel()
            await asyncio.gather(sayer, return_exceptions=True)


async def _fetch_all(parts: EngineContext, job: Job, urls: Sequence[str]) -> _Fetched:
    """Fetch a job's images; those that an earlier attempt has fetched are taken from disk."""
    fetched, kept = _Fetched(), parts.fetched.get(job.id)
    allowed = BYTES_A_DAY * (_count_days(parts, job) + 1) - job.fetched_bytes
    for number, url in enumerate(urls):
        if number in kept and _is_here(kept[number]):
            fetched.images[number] = kept[number]
        elif fetched.received >= allowed:
            fetched.failures.append(DownloadFailed(TOO_MUCH, unusable=True))
        else:
            try:
                fetched.images[number] = await _download(parts, job, number, url)
            except DownloadFailed as failure:
                fetched.failures.append(failure)
    kept.update(fetched.images)
    return fetched


def _is_here(result: Result) -> bool:
    return result.path.is_file()


async def _download(parts: EngineContext, job: Job, number: int, url: str) -> Result:
    path = parts.sources.folder(job.id) / f"{job.id}_{number + 1}"
    opening = make_openings(parts.store)(job.id)
    got = await parts.kling.download(url, temp_path(path), opening=opening)
    return Result(
        position=number,
        path=got.path.replace(path.with_suffix(SUFFIXES[got.content_type])),
        url="" if is_inline(url) else parts.kling.provider.resolve_address(url),
        width=got.width,
        height=got.height,
        size=got.size,
    )


def _numbered(job: Job, images: dict[int, Result]) -> list[Result]:
    """Give the images consecutive numbers, in file names too, if some between them are missing."""
    results: list[Result] = []
    for position, number in enumerate(sorted(images)):
        result = images[number]
        path = result.path.with_name(f"{job.id}_{position + 1}{result.path.suffix}")
        if position != number:
            result.path.replace(path)
        results.append(replace(result, position=position, path=path))
    return results


async def _ready(parts: EngineContext, job: Job, results: Sequence[Result]) -> None:
    """Store the results, so that every process can reach them, then mark the job as ready."""
    await keep_results(parts, job, results)
    now = parts.clock.now()
    await parts.store.jobs.mark_ready(job.id, results, now=now, generation=job.generation)
    parts.fetched.drop(job.id)


def _may_do_without(job: Job, fetched: _Fetched) -> bool:
    """Return whether the images that arrived should be posted without the missing ones.

    False if our own disk was full: then the missing ones can still be fetched.
    """
    if not fetched.images or fetched.at_home:
        return False
    is_final = fetched.is_unusable and job.unusable_tries >= len(UNUSABLE_S)
    return is_final or job.fetch_tries >= PART_TRIES


async def _not_fetched(
    parts: EngineContext, job: Job, fetched: _Fetched, failure: DownloadFailed
) -> None:
    """Set what follows a failed attempt: a poll for new links, another attempt, or the end."""
    log.warning("job %s: its images cannot be fetched: %s", job.id, failure)
    reason = f"{job.id}, {failure}"
    if fetched.at_home:  # a full disk is reported elsewhere
        await _wait_at_home(parts, job)
    elif fetched.is_unusable and job.unusable_tries >= len(UNUSABLE_S):
        await _lost(parts, job, State.FAILED, Outcome(key="result_unusable"), str(failure))
    elif failure.lapsed and job.images and job.task_id:
        log.info("job %s: its links have expired; polling the task for new ones", job.id)
        await parts.store.jobs.forget_images(job.id, next_at=parts.clock.now())
    elif fetched.is_unusable:
        await _wait(parts, job, UNUSABLE_S[job.unusable_tries], fetched=fetched)
        await parts.provider.alerts.alert_if_persistent("results", reason=reason)
    else:
        await _wait(parts, job, _wait_s(job.fetch_tries), fetched=fetched)
        await parts.provider.alerts.alert_if_persistent("results", reason=reason)


async def _wait(
    parts: EngineContext,
    job: Job,
    wait_s: float,
    *,
    fetched: _Fetched | None = None,
    asked_s: float | None = None,
) -> None:
    """Postpone the next attempt by `asked_s` or else `wait_s`; after KLING_GIVE_UP, end the job.

    An attempt is never planned later than KLING_GIVE_UP. If failed attempts have used up the bytes
    of the day, the next one is made on the following day.
    """
    now, until = parts.clock.now(), _until(parts, job)
    if now >= until and job.fetch_tries >= LAST_TRIES:
        outcome = Outcome(key="not_fetched", reference=job.task_id)
        await _lost(parts, job, State.EXPIRED, outcome, "KLING_GIVE_UP")
        return
    fetched = fetched or _Fetched()
    received = job.fetched_bytes + fetched.received
    next_at = now + (asked_s or wait_s) * parts.rng.uniform(1.0, 1.1)
    if received >= BYTES_A_DAY * (_count_days(parts, job) + 1) and not fetched.is_unusable:
        next_at = (job.generated_at or now) + DAY_S * (_count_days(parts, job) + 1)
    await parts.store.jobs.postpone_fetch(
        job.id,
        next_at=min(next_at, until) if now < until else next_at,
        tries=job.fetch_tries + 1,
        unusable_tries=job.unusable_tries + any(one.unusable for one in fetched.failures),
        received=fetched.received,
    )
    if now < until:
        await parts.delivery.update_progress(job, Progress(phase="generated", until=until))


async def _wait_at_home(parts: EngineContext, job: Job) -> None:
    """Postpone fetching while our own disk is full, without a limit: paid images are not lost."""
    wait_s = min(FIRST_S * 2.0 ** min(job.tries, 10), CAP_S) * parts.rng.uniform(1.0, 1.1)
    next_at = parts.clock.now() + wait_s
    await parts.store.jobs.reschedule(job.id, next_at=next_at, tries=job.tries + 1)
    await parts.delivery.update_progress(job, Progress(phase="generated", until=_until(parts, job)))


async def _lost(parts: EngineContext, job: Job, state: State, outcome: Outcome, why: str) -> None:
    """End a job whose paid images cannot be fetched; refund its units and notify the operators."""
    log.error("job %s: the bot no longer tries to fetch its images: %s", job.id, why)
    await end(parts, job, state, outcome)
    parts.fetched.drop(job.id)
    await parts.provider.alerts.each("images_lost", reason=f"{job.id}, {why}")


def _wait_s(tries: int) -> float:
    """Return the delay in seconds after `tries` attempts that failed at the provider's side."""
    return SLOW_S if tries >= FAST_TRIES else min(FIRST_S * 2.0**tries, CAP_S)


def _until(parts: EngineContext, job: Job) -> float:
    """Return the instant at which KLING_GIVE_UP passes for a job."""
    return (job.submitted_at or job.created_at) + parts.rules.give_up_s


def _count_days(parts: EngineContext, job: Job) -> int:
    """Return the number of whole days since the images were generated."""
    now = parts.clock.now()
    return max(int((now - (job.generated_at or now)) // DAY_S), 0)
