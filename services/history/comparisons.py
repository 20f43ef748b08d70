"""Before / after images, made once per job and language and stored with the job's images."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from services.errors import PicturesNotKept
from services.history.access import JobAccess, JobWithResults
from services.images import Decoding, Labels, compare


class Comparisons:
    """Makes before / after images, one at a time: each occupies a processor for a second."""

    def __init__(self, *, archive: JobAccess, decoder: Decoding) -> None:
        self._archive = archive
        self._decoder = decoder
        self._one_at_a_time = asyncio.Semaphore(1)

    async def sources(self, opened: JobWithResults) -> Sequence[Path]:
        """Return the paths of the job's sources; empty if one of them is not stored.

        Raises PicturesNotKept if the results are not stored.
        """
        if not opened.results:
            raise PicturesNotKept
        found = await self._archive.sources(opened.job)
        paths = [path for path in found if path is not None]
        return paths if len(paths) == len(found) else ()

    async def make(
        self,
        opened: JobWithResults,
        sources: Sequence[Path],
        *,
        labels: Sequence[Labels],
        language: str,
    ) -> Path:
        """Return the path of the before / after image in a language; make it unless it exists.

        Raises PicturesNotKept, StoreUnavailable, or the errors of `compare`.
        """
        folder = self._archive.folder(opened.job)
        target = folder / f"before-after-{language}.jpg"
        results = [one.path for one in opened.results]
        async with self._one_at_a_time:
            if await asyncio.to_thread(target.is_file):
                return target
            await self._archive.bring([*sources, *results])
            try:
                await compare(sources, results, target, labels=labels, decoder=self._decoder)
            except FileNotFoundError as error:
                raise PicturesNotKept from error
            if not await asyncio.to_thread(results[0].is_file):  # deleted during compare
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
                raise PicturesNotKept
        return target
