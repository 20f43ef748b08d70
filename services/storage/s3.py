"""Pictures in a bucket that every process reaches; this disk holds copies of those in use.

What lay on this disk before there was a bucket is carried there once, by whoever has it.
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
"""A member's press waits for it twice at most, and Discord takes no answer after 3 s."""

TIDY_EVERY_S = 3600.0
TRY_EVERY_S = 60.0


class S3Storage:
    """Keeps pictures in a bucket."""

    def __init__(
        self, bucket: Bucket, *, copies: LocalCache, errands: PendingDeletes, clock: Clock
    ) -> None:
        """Take the bucket, what lies on this disk, and what is still to be deleted."""
        self._bucket, self._copies, self._errands = bucket, copies, errands
        self._clock = clock
        self._coming: dict[Path, asyncio.Task[bool]] = {}

    def folder(self, job_id: str) -> Path:
        """Return where a Job's copies lie."""
        return self._copies.folder(job_id)

    def local_paths(self, job_id: str, results: Iterable[Result]) -> list[Result]:
        """Return Results with their paths on this disk."""
        return placed_in(self.folder(job_id), results)

    async def upload(self, paths: Sequence[Path]) -> None:
        """Carry files into the bucket, over earlier ones; StoreUnavailable."""
        there = await asyncio.to_thread(lambda: [path for path in paths if path.is_file()])
        await _all(self._bucket.put(path.parent.name, path) for path in there)

    async def ensure_local(self, paths: Sequence[Path]) -> None:
        """Copy files onto this disk; who wants the same one waits for the same copy."""
        for path in await self._copies.missing(paths, now=self._clock.now()):
            if path not in self._coming:
                coming = asyncio.create_task(self._bucket.get(path.parent.name, path))
                self._coming[path] = coming
                coming.add_done_callback(partial(self._came, path))
        under_way = [self._coming[path] for path in paths if path in self._coming]
        # Shielded: one who goes away takes nothing from those who wait with them.
        await _all(map(asyncio.shield, under_way))

    async def existing(self, paths: Sequence[Path]) -> set[Path]:
        """Return those that are in the bucket; a copy proves nothing, it may be deleted there."""
        found: set[Path] = set()
        for job_id in {path.parent.name for path in paths}:
            names = await self._names(job_id)
            found |= {path for path in paths if path.parent.name == job_id and path.name in names}
        if not self._copies.are_all_kept:
            found |= set(paths) - set(await self._copies.missing(paths))
        return found

    async def delete(self, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Delete copies now, and from the bucket now or as soon as it answers."""
        if not job_ids:
            return {}
        left = await self._copies.remove(job_ids)
        errand = await self._errands.note(job_ids)
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._errands.run(errand, self._bucket.drop)
        except (TimeoutError, VaultUnreachable) as error:
            log.warning("pictures of %s jobs are deleted later: %s", len(job_ids), _said(error))
        return left

    async def job_ids_before(self, before: float) -> list[str]:
        """List the ids of older Jobs in the bucket: names come in order, and begin with a time."""
        ids: dict[str, None] = {}
        async for job_id, _ in self._each():
            if created_at(job_id) >= before:
                break
            ids[job_id] = None
        return list(ids)

    async def sizes(self) -> dict[str, int]:
        """Add up the bytes of each Job in the bucket."""
        sizes: dict[str, int] = {}
        async for job_id, size in self._each():
            sizes[job_id] = sizes.get(job_id, 0) + size
        return sizes

    async def check(self) -> None:
        """Try the bucket; raises VaultUnreachable."""
        try:
            async with asyncio.timeout(TRY_EVERY_S / 2):
                await self._bucket.probe()
        except TimeoutError:
            raise VaultUnreachable("no answer") from None

    async def run_maintenance(self, is_over: IsOver) -> None:
        """Delete what could not be, carry over what was here before, tidy copies; never ends."""
        tidy_at = self._clock.now()
        while True:
            try:
                await self._errands.run_all(self._bucket.drop)
                await self._copies.keep_all(self.upload)
                if self._clock.now() >= tidy_at:
                    tidy_at = self._clock.now() + TIDY_EVERY_S
                    await self._tidy(is_over)
            except (StoreUnavailable, OSError) as error:
                log.warning("pictures are tidied later: %s", error)
            await self._clock.sleep(TRY_EVERY_S)

    async def close(self) -> None:
        """Give up what is on its way."""
        coming = list(self._coming.values())
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)

    def _came(self, path: Path, coming: asyncio.Task[bool]) -> None:
        del self._coming[path]
        if not coming.cancelled():
            coming.exception()  # heard, though nobody may wait for it any more

    async def _tidy(self, is_over: IsOver) -> None:
        """Remove copies of what is no longer in the bucket, and the oldest of too many."""
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
    """Wait for all, and raise what the first trouble was."""
    for done in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(done, BaseException):
            raise done


def _said(error: Exception) -> str:
    return str(error) or "no answer"
