"""A Job's pictures on their way between this disk and where they are kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from services.db import Store
from services.engine.context import EngineContext
from services.errors import ImageTooHeavy, StoreUnavailable, VaultUnreachable
from services.images import Opening, Ready
from services.models import Job, Result
from services.storage.sources import paths_of, source_path

OPEN_TRIES = 2
"""How often the process may end while one of a Job's images is open, before none is any more."""


async def make_sources_ready(parts: EngineContext, job: Job, *, again: bool) -> Sequence[Ready]:
    """Return what may be sent; all that came in is kept by then.

    Raises what `make_ready` does, and StoreUnavailable.
    """
    folder, sources = parts.vault.folder(job.id), list(enumerate(job.request.sources))
    own = [source_path(folder, number) for number, one in sources if one.origin != "link"]
    others = [
        path
        for number, one in sources
        if one.origin == "job"
        for path in paths_of(parts.vault.folder(one.job_id), one, source_path(folder, number).name)
    ]
    await parts.vault.ensure_local([*own, *others])
    ready = await parts.sources.make_ready(job, again=again)
    await parts.vault.upload(own)
    return ready


async def keep_results(parts: EngineContext, job: Job, results: Sequence[Result]) -> None:
    """Keep what came out; while that can not be, remember that it lies here."""
    try:
        await parts.vault.upload([result.path for result in results])
    except VaultUnreachable:
        parts.unkept[job.id] = results
        raise
    parts.unkept.pop(job.id, None)


async def downloaded_earlier(parts: EngineContext, job: Job) -> Sequence[Result]:
    """Return pictures that are here and could not be kept yet; their links may have lapsed."""
    results = parts.unkept.get(job.id, ())
    if not results:
        return ()
    are_here = await asyncio.to_thread(lambda: all(one.path.is_file() for one in results))
    return results if are_here else ()


def openings_of(store: Store) -> Callable[[str], Opening]:
    """Return what counts, in a Job's row, that one of its images is being opened."""
    return lambda job_id: _CountedOpening(store, job_id)


class _CountedOpening:
    """A try that is written before the image is opened, and taken back when it is closed."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store, self._job_id = store, job_id

    async def begin(self) -> None:
        """Count it; raises ImageTooHeavy where the process has died over it too often."""
        if await self._store.jobs.count_opening(self._job_id) > OPEN_TRIES:
            raise ImageTooHeavy

    async def finish(self) -> None:
        """Take it back; what is not written now counts against the Job only after another death."""
        with contextlib.suppress(StoreUnavailable):
            await self._store.jobs.uncount_opening(self._job_id)
