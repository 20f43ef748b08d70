"""Permanent deletion of a job's images.

Deletions that the disk refuses are recorded and retried.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Protocol

from services.common.clock import Clock
from services.db import Store
from services.errors import StoreUnavailable
from services.storage.base import ImageStorage

log = logging.getLogger(__name__)

RETRY_EVERY_S = 60.0
AT_ONCE = 200


class PendingDeleteNotices(Protocol):
    """Interface that notifies the operators of refused deletions."""

    async def deletes_refused(self, jobs: int, *, reason: str) -> None:
        """Notify when deletions begin to be refused, and when that ends (0 jobs)."""
        ...


async def delete_pictures(
    store: Store, storage: ImageStorage, job_ids: Collection[str], *, now: float = 0.0
) -> int:
    """Delete all files of these jobs; return the number of jobs whose files remain.

    Their deletion is retried: at once, or, if `now` is set, after a wait that grows.
    """
    left = await storage.delete(list(job_ids))
    await store.deletions.settle(job_ids, left=left, now=now)
    if left:
        log.warning("images of %s jobs could not be deleted: %s", len(left), *set(left.values()))
    return len(left)


async def keep_deleting(
    store: Store, storage: ImageStorage, *, notices: PendingDeleteNotices, clock: Clock
) -> None:
    """Retry pending deletions once a minute; never returns."""
    while True:
        try:
            await retry_deletes(store, storage, notices=notices, now=clock.now())
        except (StoreUnavailable, OSError) as error:
            log.warning("pending deletions are postponed: %s", error)
        await clock.sleep(RETRY_EVERY_S)


async def retry_deletes(
    store: Store, storage: ImageStorage, *, notices: PendingDeleteNotices, now: float
) -> None:
    """Retry the deletions that are due; report to `notices` how many jobs are still refused."""
    if job_ids := await store.deletions.due(now=now, most=AT_ONCE):
        await delete_pictures(store, storage, job_ids, now=now)
    jobs, reason = await store.deletions.refused()
    await notices.deletes_refused(jobs, reason=reason)
