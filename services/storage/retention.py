"""Retention: deletes images, prompts, form drafts and reports after a time or beyond a size.

Images are deleted KEEP_PICTURES_DAYS after their job was accepted, or earlier, the oldest first, if
there are more than KEEP_PICTURES_GB of them. A job's prompt, and the name and URL of its source,
are emptied after KEEP_PROMPTS_DAYS. Form drafts are deleted after a day, reports after 90 days.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.clock import Clock
from services.common.durations import DAY_S
from services.common.ids import lowest_id
from services.db import LIFE_S, Store
from services.errors import StoreUnavailable
from services.storage.base import ImageStorage
from services.storage.deletion import delete_pictures
from services.storage.factory import GIGABYTE

log = logging.getLogger(__name__)

EVERY_S = 3600.0

AT_ONCE = 500
"""Number of rows emptied in one transaction, for which other calls have to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """Limits in days and bytes from the settings; 0: forever, or no limit."""

    pictures_days: float = 0.0
    pictures_gb: float = 0.0
    prompts_days: float = 0.0


async def run_retention(
    store: Store, storage: ImageStorage, *, keeping: RetentionPolicy, clock: Clock
) -> None:
    """Apply the policy once an hour until cancelled."""
    while True:
        try:
            await _tidy(store, storage, keeping, now=clock.now())
        except (StoreUnavailable, OSError) as error:
            log.warning("retention is postponed: %s", error)
        await clock.sleep(EVERY_S)


async def _tidy(
    store: Store, storage: ImageStorage, keeping: RetentionPolicy, *, now: float
) -> None:
    await store.open_forms.drop(before=lowest_id(now - LIFE_S))
    await store.reports.expire(now=now)
    if keeping.prompts_days:
        await empty_words(store, before=now - keeping.prompts_days * DAY_S)
    if keeping.pictures_days:
        await sweep(store, storage, before=now - keeping.pictures_days * DAY_S)
    if keeping.pictures_gb:
        await make_room(store, storage, limit=int(keeping.pictures_gb * GIGABYTE))


async def sweep(store: Store, storage: ImageStorage, *, before: float) -> int:
    """Delete the images of finished jobs accepted before an instant; return the jobs' number."""
    return await _remove(store, storage, await storage.job_ids_before(before))


async def make_room(store: Store, storage: ImageStorage, *, limit: int) -> int:
    """Delete the oldest images until at most `limit` bytes are left; open jobs keep theirs."""
    sizes = await storage.sizes()
    over, removed = sum(sizes.values()) - limit, 0
    for job_id, size in sorted(sizes.items()):  # a job's id begins with its time
        if over <= 0:
            break
        if await _remove(store, storage, [job_id]):
            over, removed = over - size, removed + 1
    return removed


async def empty_words(store: Store, *, before: float) -> int:
    """Empty the prompts of jobs that were accepted before an instant, AT_ONCE at a time."""
    emptied = 0
    while step := await store.prompts.empty(before=lowest_id(before), limit=AT_ONCE):
        emptied += step
    if emptied:
        log.info("deleted the prompts of %s requests", emptied)
        await store.scrub()
    return emptied


async def _remove(store: Store, storage: ImageStorage, job_ids: Sequence[str]) -> int:
    removed = 0
    for job_id in job_ids:
        if await store.jobs.is_over(job_id):
            removed += not await delete_pictures(store, storage, [job_id])
    if removed:
        log.info("deleted the images of %s jobs", removed)
    return removed
