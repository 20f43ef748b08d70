"""Retention: what is kept for how long, and how much of it.

Pictures are deleted KEEP_PICTURES_DAYS after their Job was accepted, or sooner, the oldest
first, where there are more than KEEP_PICTURES_GB of them. The words of a Job, and the name and the
address of its source, are emptied after KEEP_PROMPTS_DAYS. What was chosen before a form opened
is dropped after a day.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.clock import Clock
from services.common.ids import lowest_id
from services.db import Store
from services.db.members import LIFE_S
from services.errors import StoreUnavailable
from services.storage import ImageStorage, delete_pictures

log = logging.getLogger(__name__)

DAY_S = 24 * 3600.0
EVERY_S = 3600.0
GIGABYTE = 1000**3

AT_ONCE = 500
"""Rows emptied in one transaction: others wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long and how much; 0: for ever, or without a limit."""

    pictures_days: float = 0.0
    pictures_gb: float = 0.0
    prompts_days: float = 0.0


async def run_retention(
    store: Store, vault: ImageStorage, *, keeping: RetentionPolicy, clock: Clock
) -> None:
    """Sweep once an hour until cancelled."""
    while True:
        try:
            await _tidy(store, vault, keeping, now=clock.now())
        except (StoreUnavailable, OSError) as error:
            log.warning("nothing can be tidied now: %s", error)
        await clock.sleep(EVERY_S)


async def _tidy(store: Store, vault: ImageStorage, keeping: RetentionPolicy, *, now: float) -> None:
    await store.open_forms.drop(before=lowest_id(now - LIFE_S))
    if keeping.prompts_days:
        await empty_words(store, before=now - keeping.prompts_days * DAY_S)
    if keeping.pictures_days:
        await sweep(store, vault, before=now - keeping.pictures_days * DAY_S)
    if keeping.pictures_gb:
        await make_room(store, vault, limit=int(keeping.pictures_gb * GIGABYTE))


async def sweep(store: Store, vault: ImageStorage, *, before: float) -> int:
    """Delete pictures of Jobs accepted before an instant that need them no more."""
    return await _remove(store, vault, await vault.job_ids_before(before))


async def make_room(store: Store, vault: ImageStorage, *, limit: int) -> int:
    """Delete the oldest pictures until at most so many bytes are left; open Jobs keep theirs."""
    sizes = await vault.sizes()
    over, removed = sum(sizes.values()) - limit, 0
    for job_id, size in sorted(sizes.items()):  # a Job's id begins with its time
        if over <= 0:
            break
        if await _remove(store, vault, [job_id]):
            over, removed = over - size, removed + 1
    return removed


async def empty_words(store: Store, *, before: float) -> int:
    """Empty prompts of Jobs accepted before an instant, a few at a time."""
    emptied = 0
    while step := await store.prompts.empty(before=lowest_id(before), limit=AT_ONCE):
        emptied += step
    if emptied:
        log.info("the words of %s requests emptied", emptied)
        await store.scrub()
    return emptied


async def _remove(store: Store, vault: ImageStorage, job_ids: Sequence[str]) -> int:
    removed = 0
    for job_id in job_ids:
        if await store.jobs.is_over(job_id):
            removed += not await delete_pictures(store, vault, [job_id])
    if removed:
        log.info("the pictures of %s jobs removed", removed)
    return removed
