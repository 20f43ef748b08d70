"""Transfer of a job's images between this disk and storage."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from services.db import Store
from services.engine.context import EngineContext
from services.errors import ImageTooHeavy, StoreUnavailable, VaultUnreachable
from services.images import Opening, Ready
from services.models import Job, Result
from services.storage import list_paths, source_path

OPEN_TRIES = 2
"""How many crashes of the process while one of a job's images was open are tolerated. After that,
none of its images is opened any more."""


async def make_sources_ready(parts: EngineContext, job: Job, *, again: bool) -> Sequence[Ready]:
    """Return a job's sources in the form to send; upload its own source files to storage.

    `again`: encode them even if prepared files exist. Raises RequestError if an image cannot be
    used, DownloadFailed if Discord does not answer, and StoreUnavailable.
    """
    folder, sources = parts.storage.folder(job.id), list(enumerate(job.request.sources))
    own = [source_path(folder, number) for number, one in sources if one.origin != "link"]
    others = [
        path
        for number, one in sources
        if one.origin == "job"
        for path in list_paths(
            parts.storage.folder(one.job_id), one, source_path(folder, number).name
        )
    ]
    await parts.storage.ensure_local([*own, *others])
    ready = await parts.sources.make_ready(job, again=again)
    await parts.storage.upload(own)
    return ready


async def keep_results(parts: EngineContext, job: Job, results: Sequence[Result]) -> None:
    """Upload results to storage; if that fails, remember that they are on this disk only.

    Raises VaultUnreachable then.
    """
    try:
        await parts.storage.upload([result.path for result in results])
    except VaultUnreachable:
        parts.unkept[job.id] = results
        raise
    parts.unkept.pop(job.id, None)


async def downloaded_earlier(parts: EngineContext, job: Job) -> Sequence[Result]:
    """Return results that an earlier attempt left on this disk because their upload failed.

    They are used first, since their links may have expired. Empty if there are none.
    """
    results = parts.unkept.get(job.id, ())
    if not results:
        return ()
    are_here = await asyncio.to_thread(lambda: all(one.path.is_file() for one in results))
    return results if are_here else ()


def make_openings(store: Store) -> Callable[[str], Opening]:
    """Return a function that makes, for a job id, the counter of openings of the job's images."""
    return lambda job_id: _CountedOpening(store, job_id)


class _CountedOpening:
    """A stored counter, increased before an image is opened and decreased when it is closed.

    Only a crash of the process while the image is open leaves it increased.
    """

    def __init__(self, store: Store, job_id: str) -> None:
        self._store, self._job_id = store, job_id

    async def begin(self) -> None:
        """Count the opening; raise ImageTooHeavy if such openings crashed the process too often."""
        if await self._store.jobs.count_opening(self._job_id) > OPEN_TRIES:
            raise ImageTooHeavy

    async def finish(self) -> None:
        """Undo the count. If that write fails, the count matters only after another crash."""
        with contextlib.suppress(StoreUnavailable):
            await self._store.jobs.uncount_opening(self._job_id)
