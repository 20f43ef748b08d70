"""A Job's pictures on their way between this disk and where they are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.engine.parts import Parts
from services.errors import VaultUnreachable
from services.models import Job, Result
from services.pictures import Ready
from services.sources import paths_of, source_path


async def make_sources_ready(parts: Parts, job: Job, *, again: bool) -> Sequence[Ready]:
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
    await parts.vault.bring([*own, *others])
    ready = await parts.sources.make_ready(job, again=again)
    await parts.vault.keep(own)
    return ready


async def keep_results(parts: Parts, job: Job, results: Sequence[Result]) -> None:
    """Keep what came out; while that can not be, remember that it lies here."""
    try:
        await parts.vault.keep([result.path for result in results])
    except VaultUnreachable:
        parts.unkept[job.id] = results
        raise
    parts.unkept.pop(job.id, None)


async def downloaded_earlier(parts: Parts, job: Job) -> Sequence[Result]:
    """Return pictures that are here and could not be kept yet; their links may have lapsed."""
    results = parts.unkept.get(job.id, ())
    if not results:
        return ()
    are_here = await asyncio.to_thread(lambda: all(one.path.is_file() for one in results))
    return results if are_here else ()
