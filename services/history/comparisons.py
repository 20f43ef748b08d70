"""Before and after: drawn once for each language, and kept with the Job's pictures."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from services.errors import PicturesNotKept
from services.history.access import JobAccess, JobWithResults
from services.images import Decoding, Labels, compare


class Comparisons:
    """Draws one at a time: each takes a processor for a second."""

    def __init__(self, *, archive: JobAccess, decoder: Decoding) -> None:
        """Take where pictures lie, and who opens images."""
        self._archive = archive
        self._decoder = decoder
        self._turn = asyncio.Semaphore(1)

    async def sources(self, opened: JobWithResults) -> Sequence[Path]:
        """Return the pictures that came in; none when one of them is not on our disk.

        Raises PicturesNotKept when it is the results that are missing.
        """
        if not opened.results:
            raise PicturesNotKept
        found = await self._archive.sources(opened.job)
        paths = [path for path in found if path is not None]
        return paths if len(paths) == len(found) else ()

    async def of(
        self,
        opened: JobWithResults,
        sources: Sequence[Path],
        *,
        labels: Sequence[Labels],
        language: str,
    ) -> Path:
        """Return the picture in a language, drawn unless it was drawn before.

        Raises PicturesNotKept, StoreUnavailable, or what `compare` raises.
        """
        folder = self._archive.folder(opened.job)
        target = folder / f"before-after-{language}.jpg"
        results = [one.path for one in opened.results]
        async with self._turn:
            if await asyncio.to_thread(target.is_file):
                return target
            await self._archive.bring([*sources, *results])
            try:
                await compare(sources, results, target, labels=labels, decoder=self._decoder)
            except FileNotFoundError as error:
                raise PicturesNotKept from error
            if not await asyncio.to_thread(results[0].is_file):  # deleted while it was drawn
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
                raise PicturesNotKept
        return target
