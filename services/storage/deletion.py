"""Deleting a Job's pictures for good: what the disk refuses is written down and tried again."""

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
    """Tells the operators."""

    async def deletes_refused(self, jobs: int, *, reason: str) -> None:
        """Tell when deletes begin to be refused, and when (0 jobs) that is over."""
        ...


async def delete_pictures(
    store: Store, vault: ImageStorage, job_ids: Collection[str], *, now: float = 0.0
) -> int:
    """Delete all files of some Jobs; return of how many they are still there.

    Those are tried again: at once, or, since `now`, after a wait that grows.
    """
    left = await vault.delete(list(job_ids))
    await store.deletions.settle(job_ids, left=left, now=now)
    if left:
        log.warning("pictures of %s jobs could not be deleted: %s", len(left), *set(left.values()))
    return len(left)


async def keep_deleting(
    store: Store, vault: ImageStorage, *, told: PendingDeleteNotices, clock: Clock
) -> None:
    """Try again, once a minute, what is still to be deleted; never ends."""
    while True:
        try:
            await retry_deletes(store, vault, told=told, now=clock.now())
        except (StoreUnavailable, OSError) as error:
            log.warning("nothing can be deleted now: %s", error)
        await clock.sleep(RETRY_EVERY_S)


async def retry_deletes(
    store: Store, vault: ImageStorage, *, told: PendingDeleteNotices, now: float
) -> None:
    """Try what is due, and let the operators know while the disk refuses."""
    if job_ids := await store.deletions.due(now=now, most=AT_ONCE):
        await delete_pictures(store, vault, job_ids, now=now)
    jobs, reason = await store.deletions.refused()
    await told.deletes_refused(jobs, reason=reason)
