"""What is kept of a Job after it was posted: its row and its pictures, and who may touch them."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.errors import JobForgotten, NotYours
from services.ids import is_job_id
from services.models import Job, Result
from services.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who presses a button, and where."""

    user_id: int
    guild_id: int | None = None
    may_manage: bool = False
    """Discord lets them manage messages or the server."""
    is_operator: bool = False
    """They run the bot: nothing is hidden from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A Job, and those of its pictures that are still on disk."""

    job: Job
    results: Sequence[Result]


class Archive:
    """Opens Jobs for those who may see them."""

    def __init__(self, *, store: Store, pictures_path: Path) -> None:
        """Take the rows and the folder of all pictures."""
        self._store = store
        self._pictures_path = pictures_path

    async def open(self, job_id: str, viewer: Viewer, *, to_change: bool = False) -> Opened:
        """Return a Job and its pictures; raises NotYours `to_change` what is another member's.

        Raises JobForgotten also for what belongs to another server or to one member alone, so that
        nothing is disclosed.
        """
        job = await self._store.jobs.get(job_id) if is_job_id(job_id) else None
        if job is None or job.forgotten or not await self._may_see(job, viewer):
            raise JobForgotten
        if to_change and not _may_change(job, viewer):
            raise NotYours
        results = await self._store.jobs.results(job_id)
        kept = await asyncio.to_thread(lambda: [one for one in results if one.path.is_file()])
        return Opened(job=job, results=kept)

    async def _may_see(self, job: Job, viewer: Viewer) -> bool:
        """Tell whether a Job is the viewer's own, or was posted where they are."""
        if _may_see(job, viewer):
            return True
        here = viewer.guild_id
        return here is not None and await self._store.shelf.is_posted_in(job.id, here)

    async def delete(self, job_id: str, viewer: Viewer) -> Job:
        """Take a Job's pictures off the disk; raises JobForgotten or NotYours."""
        opened = await self.open(job_id, viewer, to_change=True)
        folder = self._pictures_path / job_id
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        log.info("job %s: its pictures were deleted by %s", job_id, viewer.user_id)
        return opened.job


def _may_see(job: Job, viewer: Viewer) -> bool:
    if viewer.is_operator or _asked_by(viewer, job):
        return True
    place = job.place
    is_public = place.guild_id is not None and not place.ephemeral
    return is_public and place.guild_id == viewer.guild_id


def _may_change(job: Job, viewer: Viewer) -> bool:
    return viewer.may_manage or viewer.is_operator or _asked_by(viewer, job)


def _asked_by(viewer: Viewer, job: Job) -> bool:
    return job.request.user_id == viewer.user_id
