"""What is kept of a Job after it was posted: its row and its pictures, and who may touch them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from services.common.ids import is_job_id
from services.db import Filing, Store
from services.errors import AuthorForgotten, JobForgotten, NotYours
from services.models import Ancestor, Job, Posting, Result
from services.storage import ImageStorage, delete_pictures
from services.storage.sources import source_path

log = logging.getLogger(__name__)

GENERATIONS = 20
"""How far back a picture's history is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who presses a button, and where."""

    user_id: int
    guild_id: int | None = None
    """Where they press: their rights hold there, and so does what they do."""
    channel_id: int | None = None
    may_manage: bool = False
    """Discord lets them manage messages or the server there."""
    is_operator: bool = False
    """They run the bot: nothing is hidden from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWithResults:
    """A Job and its pictures."""

    job: Job
    painted: Sequence[Result]
    """All that came out; none once they were deleted on somebody's wish."""
    results: Sequence[Result]
    """Those that are still kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What somebody deleted of a Job, and what is left to do in Discord."""

    job: Job
    postings: Sequence[Posting]
    """Messages to be emptied: all of the author's own, else those of the server they were in."""
    off_disk: bool
    """Whether its images were to leave the disk too."""
    is_pending: bool
    """Whether the disk has not let them go yet: that is tried again."""


class JobAccess:
    """Opens Jobs for those who may see them."""

    def __init__(self, *, store: Store, vault: ImageStorage) -> None:
        """Take the rows, and where pictures are kept."""
        self._store = store
        self._vault = vault

    async def open(
        self, job_id: str, viewer: Viewer, *, to_change: bool = False, forgotten: bool = False
    ) -> JobWithResults:
        """Return a Job and its pictures; raises NotYours `to_change` what is another member's.

        Raises JobForgotten also for what belongs to another server or to one member alone, so that
        nothing is disclosed; AuthorForgotten for one whose author deleted their data, unless the
        empty row of a `forgotten` one will do; StoreUnavailable while nobody can tell what is kept.
        """
        job = await self.job(job_id, viewer, to_change=to_change, forgotten=forgotten)
        painted = self._vault.local_paths(job_id, await self._store.jobs.results(job_id))
        kept = await self._vault.existing([one.path for one in painted])
        results = [one for one in painted if one.path in kept]
        return JobWithResults(job=job, painted=painted, results=results)

    async def job(
        self, job_id: str, viewer: Viewer, *, to_change: bool = False, forgotten: bool = False
    ) -> Job:
        """Return a Job without looking for its pictures; raises what `open` does for the Job."""
        job = await self._store.jobs.get(job_id) if is_job_id(job_id) else None
        if job is None:
            raise JobForgotten
        if job.forgotten and not forgotten:
            raise AuthorForgotten
        if not job.forgotten and not await self._may_see(job, viewer):
            raise JobForgotten
        if to_change and not _may_change(job, viewer):
            raise NotYours
        return job

    async def sources(self, job: Job) -> Sequence[Path | None]:
        """Return where the pictures that came in lie; None for one that is not kept."""
        folder, count = self.folder(job), len(job.request.sources)
        paths = [source_path(folder, number) for number in range(count)]
        kept = await self._vault.existing(paths)
        return [one if one in kept else None for one in paths]

    async def bring(self, paths: Sequence[Path]) -> None:
        """Let pictures lie on this disk to be opened, as far as they are kept; StoreUnavailable."""
        await self._vault.ensure_local(paths)

    def folder(self, job: Job) -> Path:
        """Return where a Job's pictures lie, and what is made of them."""
        return self._vault.folder(job.id)

    def placed(self, job: Job, result: Result) -> Result:
        """Return a Result with its path on this disk."""
        return self._vault.local_paths(job.id, [result])[0]

    async def ancestors(self, job: Job, viewer: Viewer) -> Sequence[Ancestor]:
        """Return what a picture came out of, the nearest first.

        Those that the viewer may not see are there without their Job.
        """
        found = await self._store.pictures.ancestors(job, limit=GENERATIONS)
        return [
            one if await self._may_open(one.job, viewer) else replace(one, job=None)
            for one in found
        ]

    async def postings(self, job: Job) -> Sequence[Posting]:
        """Return every message with the pictures that the bot's own token may reach."""
        place, others = job.place, await self._store.shelf.postings(job.id)
        if place.message_id is None or place.ephemeral or not place.can_post:
            return others
        own = Posting(
            message_id=place.message_id, channel_id=place.channel_id, guild_id=place.guild_id
        )
        return [own, *others]

    async def _may_open(self, job: Job | None, viewer: Viewer) -> bool:
        return job is not None and not job.forgotten and await self._may_see(job, viewer)

    async def _may_see(self, job: Job, viewer: Viewer) -> bool:
        """Tell whether a Job is the viewer's own, or was posted where they are."""
        if _may_see(job, viewer):
            return True
        here = viewer.guild_id
        return here is not None and await self._store.shelf.is_posted_in(job.id, here)

    async def delete(self, job_id: str, viewer: Viewer) -> Deleted:
        """Delete a Job's pictures as far as the viewer's right reaches; the Job itself stays.

        Raises JobForgotten or NotYours.
        """
        job = await self.job(job_id, viewer, to_change=True, forgotten=True)
        off_disk, left = leaves_disk(job, viewer), 0
        if off_disk:
            await self._store.pictures.forget(job_id)
            left = await delete_pictures(self._store, self._vault, [job_id])
        log.info("job %s: its pictures were deleted by %s", job_id, viewer.user_id)
        postings = await self.in_reach(job, viewer)
        return Deleted(job=job, postings=postings, off_disk=off_disk, is_pending=bool(left))

    async def judge_report(
        self, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Tell what would become of a report made where `guild_id` says."""
        return await self._store.reports.judge(job_id, guild_id=guild_id, user_id=user_id, now=now)

    async def take_report(
        self, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Take a report if it may be; of a member's of the same Job there is one a server."""
        return await self._store.reports.take(job_id, guild_id=guild_id, user_id=user_id, now=now)

    async def drop_report(self, job_id: str, *, guild_id: int | None, user_id: int) -> None:
        """Take back a report that reached nobody: it may be made again."""
        await self._store.reports.drop(job_id, guild_id=guild_id, user_id=user_id)

    async def hide(self, job: Job, viewer: Viewer) -> Sequence[Posting]:
        """Let a Job's images be posted behind a spoiler where a viewer's right reaches.

        Returns the messages that are still to be hidden.
        """
        if viewer.guild_id is not None:
            await self._store.shelf.hide(job.id, viewer.guild_id)
        return await self.in_reach(job, viewer)

    async def in_reach(self, job: Job, viewer: Viewer) -> Sequence[Posting]:
        """Return the messages that a viewer may change: moderators those of their server."""
        postings = await self.postings(job)
        if _asked_by(viewer, job):
            return postings
        return [one for one in postings if one.guild_id == viewer.guild_id]


def leaves_disk(job: Job, viewer: Viewer) -> bool:
    """Tell whether Delete takes a Job off the disk: not where it was posted again elsewhere."""
    if job.forgotten:
        return False
    own = _asked_by(viewer, job) or viewer.is_operator
    return own or job.place.guild_id == viewer.guild_id


def _may_see(job: Job, viewer: Viewer) -> bool:
    if viewer.is_operator or _asked_by(viewer, job):
        return True
    place = job.place
    if place.ephemeral:
        return False
    if place.guild_id is None:  # a group's conversation: whoever presses there has seen it there
        return viewer.guild_id is None and place.channel_id == viewer.channel_id
    return place.guild_id == viewer.guild_id


def _may_change(job: Job, viewer: Viewer) -> bool:
    return viewer.may_manage or viewer.is_operator or _asked_by(viewer, job)


def _asked_by(viewer: Viewer, job: Job) -> bool:
    return job.request.user_id == viewer.user_id
