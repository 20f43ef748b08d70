"""Image storage in a bucket that every process can reach; this disk caches the files in use.

Images that were on this disk before the bucket was set up are uploaded once, by the process on this
disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from services.common.clock import Clock
from services.common.ids import created_at, is_job_id
from services.errors import StoreUnavailable, VaultUnreachable
from services.models import Result
from services.storage.base import IsOver
from services.storage.local import placed_in
from services.storage.pending_deletes import PendingDeletes
from services.storage.s3_cache import LocalCache
from services.storage.s3_client import Bucket

log = logging.getLogger(__name__)

ANSWER_S = 1.2
"""Time limit in seconds of one call to the bucket.

A user's click waits for at most two calls, and Discord accepts no response after 3 s.
"""

TIDY_EVERY_S = 3600.0
TRY_EVERY_S = 60.0


class S3Storage:
    """Image storage in a bucket, with a cache on this disk."""

    def __init__(
        self, bucket: Bucket, *, copies: LocalCache, pending_deletes: PendingDeletes, clock: Clock
    ) -> None:
        """Take the bucket, the local cache (`copies`) and the pending deletions (`errands`)."""
        self._bucket, self._copies, self._pending_deletes = bucket, copies, pending_deletes
        self._clock = clock
        self._coming: dict[Path, asyncio.Task[bool]] = {}

    def folder(self, job_id: str) -> Path:
        """Return the folder on this disk with a job's copies."""
        return self._copies.folder(job_id)

    def local_paths(self, job_id: str, results: Iterable[Result]) -> list[Result]:
        """Return results with their paths on this disk."""
        return placed_in(self.folder(job_id), results)

    async def upload(self, paths: Sequence[Path]) -> None:
        """Upload files to the bucket, replacing earlier ones; raises StoreUnavailable."""
        there = await asyncio.to_thread(lambda: [path for path in paths if path.is_file()])
        await _all(self._bucket.put(path.parent.name, path) for path in there)

    async def ensure_local(self, paths: Sequence[Path]) -> None:
        """Download files to this disk; concurrent callers share one download of a file."""
        for path in await self._copies.missing(paths, now=self._clock.now()):
            if path not in self._coming:
                coming = asyncio.create_task(self._bucket.get(path.parent.name, path))
                self._coming[path] = coming
                coming.add_done_callback(partial(self._came, path))
        under_way = [self._coming[path] for path in paths if path in self._coming]
        # Shielded: a cancelled caller does not cancel the download that others wait for.
        await _all(map(asyncio.shield, under_way))

    async def existing(self, paths: Sequence[Path]) -> set[Path]:
        """Return those of these files that are in the bucket.

        A copy on this disk proves nothing: the file in the bucket may be deleted.
        """
        found: set[Path] = set()
        for job_id in {path.parent.name for path in paths}:
            names = await self._names(job_id)
            found |= {path for path in paths if path.parent.name == job_id and path.name in names}
        if not self._copies.are_all_kept:
            found |= set(paths) - set(await self._copies.missing(paths))
        return found

    async def delete(self, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Delete copies on this disk now, and the bucket's files now or when it answers again.

        Return the jobs whose copies remain.
        """
        if not job_ids:
            return {}
        left = await self._copies.remove(job_ids)
        pending = await self._pending_deletes.record(job_ids)
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._pending_deletes.run(pending, self._bucket.drop)
        except (TimeoutError, VaultUnreachable) as error:
            log.warning("images of %s jobs are deleted later: %s", len(job_ids), _said(error))
        return left

    async def job_ids_before(self, before: float) -> list[str]:
        """Return the ids of jobs in the bucket that were accepted before an instant.

        Names are sorted there, and begin with a time.
        """
        ids: dict[str, None] = {}
        async for job_id, _ in self._each():
            if created_at(job_id) >= before:
                break
            ids[job_id] = None
        return list(ids)

    async def sizes(self) -> dict[str, int]:
        """Return the total bytes of each job's files in the bucket."""
        sizes: dict[str, int] = {}
        async for job_id, size in self._each():
            sizes[job_id] = sizes.get(job_id, 0) + size
        return sizes

    async def check(self) -> None:
        """Test whether the bucket works; raises VaultUnreachable."""
        try:
            async with asyncio.timeout(TRY_EVERY_S / 2):
                await self._bucket.probe()
        except TimeoutError:
            raise VaultUnreachable("no answer") from None

    async def run_maintenance(self, is_over: IsOver) -> None:
        """Retry deletions, upload earlier local images, clean up the cache; never returns."""
        tidy_at = self._clock.now()
        while True:
            try:
                await self._pending_deletes.run_all(self._bucket.drop)
                await self._copies.keep_all(self.upload)
                if self._clock.now() >= tidy_at:
                    tidy_at = self._clock.now() + TIDY_EVERY_S
                    await self._tidy(is_over)
            except (StoreUnavailable, OSError) as error:
                log.warning("storage maintenance is postponed: %s", error)
            await self._clock.sleep(TRY_EVERY_S)

    async def close(self) -> None:
        """Cancel running downloads."""
        coming = list(self._coming.values())
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)

    def _came(self, path: Path, coming: asyncio.Task[bool]) -> None:
        del self._coming[path]
        if not coming.cancelled():
            coming.exception()  # retrieved, in case no caller waits any more

    async def _tidy(self, is_over: IsOver) -> None:
        """Delete copies of jobs that are no longer in the bucket, and the oldest over the limit."""
        gone = await self._copies.job_ids()
        if gone:
            async for job_id, _ in self._each(after=min(gone)):
                gone.discard(job_id)
        await self._copies.remove([one for one in sorted(gone) if await is_over(one)])
        await self._copies.make_room(is_over, now=self._clock.now())

    async def _names(self, job_id: str) -> set[str]:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._bucket.names(job_id)
        except TimeoutError:
            raise VaultUnreachable("no answer") from None

    async def _each(self, *, after: str = "") -> AsyncGenerator[tuple[str, int]]:
        async for job_id, size in self._bucket.each(after=after):
            if is_job_id(job_id):
                yield job_id, size


async def _all(works: Iterable[Awaitable[object]]) -> None:
    """Wait for all of these; then raise the first error."""
    for done in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(done, BaseException):
            raise done


def _said(error: Exception) -> str:
    return str(error) or "no answer"
