"""Access to stored jobs and their images: who may see, change and delete them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from services.common.ids import is_job_id
from services.db import Filing, Store
from services.errors import AuthorForgotten, JobForgotten, NotYours
from services.models import Ancestor, Job, Posting, Result
from services.storage import ImageStorage, delete_pictures, source_path

log = logging.getLogger(__name__)

GENERATIONS = 20
"""How many ancestors of an image are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The user who acts on a job, and where."""

    user_id: int
    guild_id: int | None = None
    """The server in which they act; their permissions and actions apply there only."""
    channel_id: int | None = None
    may_manage: bool = False
    """True if Discord allows them to manage messages or the server there."""
    is_operator: bool = False
    """True for operators, who may see every job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWithResults:
    """A job and its images."""

    job: Job
    painted: Sequence[Result]
    """All generated results; empty once a user has deleted them."""
    results: Sequence[Result]
    """The results that are still stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """Result of a deletion, and what remains to be done in Discord."""

    job: Job
    postings: Sequence[Posting]
    """Messages to empty: all of them for the requester, otherwise those in the viewer's server."""
    off_disk: bool
    """Whether its images were to be deleted from storage too."""
    is_pending: bool
    """Whether some files could not be deleted yet; deletion is retried."""


class JobAccess:
    """Returns jobs to users who may see them."""

    def __init__(self, *, store: Store, storage: ImageStorage) -> None:
        self._store = store
        self._storage = storage

    async def open(
        self, job_id: str, viewer: Viewer, *, to_change: bool = False, forgotten: bool = False
    ) -> JobWithResults:
        """Return a job and its images.

        Args:
            job_id: The job's id, possibly invalid.
            viewer: The user who acts.
            to_change: Also require the right to change the job.
            forgotten: Accept the empty row of a job whose requester deleted their data.

        Raises:
            JobForgotten: There is no such job, or the viewer may not see it. The error is the same,
                so that
                nothing is disclosed about other servers or private jobs.
            AuthorForgotten: The requester deleted their data, and `forgotten` is false.
            NotYours: The viewer may see the job but not change it.
            StoreUnavailable: It is unknown which images are stored.
        """
        job = await self.job(job_id, viewer, to_change=to_change, forgotten=forgotten)
        painted = self._storage.local_paths(job_id, await self._store.jobs.results(job_id))
        kept = await self._storage.existing([one.path for one in painted])
        results = [one for one in painted if one.path in kept]
        return JobWithResults(job=job, painted=painted, results=results)

    async def job(
        self, job_id: str, viewer: Viewer, *, to_change: bool = False, forgotten: bool = False
    ) -> Job:
        """Return a job without checking its images; raises what `open` raises for the job."""
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
        """Return the paths of the job's sources; None for one that is not stored."""
        folder, count = self.folder(job), len(job.request.sources)
        paths = [source_path(folder, number) for number in range(count)]
        kept = await self._storage.existing(paths)
        return [one if one in kept else None for one in paths]

    async def bring(self, paths: Sequence[Path]) -> None:
        """Copy stored images to this disk so that they can be opened; raises StoreUnavailable."""
        await self._storage.ensure_local(paths)

    def folder(self, job: Job) -> Path:
        """Return the folder of a job's images and of files derived from them."""
        return self._storage.folder(job.id)

    def placed(self, job: Job, result: Result) -> Result:
        """Return a result with its path on this disk."""
        return self._storage.local_paths(job.id, [result])[0]

    async def ancestors(self, job: Job, viewer: Viewer) -> Sequence[Ancestor]:
        """Return the results from which an image was made, the nearest first.

        For those that the viewer may not see, the job is None.
        """
        found = await self._store.pictures.ancestors(job, limit=GENERATIONS)
        return [
            one if await self._may_open(one.job, viewer) else replace(one, job=None)
            for one in found
        ]

    async def postings(self, job: Job) -> Sequence[Posting]:
        """Return all messages with the job's images that the bot's own token can edit."""
        place, others = job.place, await self._store.member_jobs.postings(job.id)
        if place.message_id is None or place.ephemeral or not place.can_post:
            return others
        own = Posting(
            message_id=place.message_id, channel_id=place.channel_id, guild_id=place.guild_id
        )
        return [own, *others]

    async def _may_open(self, job: Job | None, viewer: Viewer) -> bool:
        return job is not None and not job.forgotten and await self._may_see(job, viewer)

    async def _may_see(self, job: Job, viewer: Viewer) -> bool:
        """Return whether the job is the viewer's own, or was posted in their server."""
        if _may_see(job, viewer):
            return True
        here = viewer.guild_id
        return here is not None and await self._store.member_jobs.is_posted_in(job.id, here)

    async def delete(self, job_id: str, viewer: Viewer) -> Deleted:
        """Delete a job's images as far as the viewer is allowed to; the job itself stays.

        Raises JobForgotten or NotYours.
        """
        job = await self.job(job_id, viewer, to_change=True, forgotten=True)
        off_disk, left = leaves_disk(job, viewer), 0
        if off_disk:
            await self._store.pictures.delete_all(job_id)
            left = await delete_pictures(self._store, self._storage, [job_id])
        log.info("job %s: its images were deleted by %s", job_id, viewer.user_id)
        postings = await self.in_reach(job, viewer)
        return Deleted(job=job, postings=postings, off_disk=off_disk, is_pending=bool(left))

    async def judge_report(
        self, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Return what would happen to a report of the job in the server `guild_id`."""
        return await self._store.reports.judge(job_id, guild_id=guild_id, user_id=user_id, now=now)

    async def take_report(
        self, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Store a report if it is allowed; a user can report a job once per server."""
        return await self._store.reports.file(job_id, guild_id=guild_id, user_id=user_id, now=now)

    async def drop_report(self, job_id: str, *, guild_id: int | None, user_id: int) -> None:
        """Delete a report that reached no recipient, so that it can be made again."""
        await self._store.reports.drop(job_id, guild_id=guild_id, user_id=user_id)

    async def hide(self, job: Job, viewer: Viewer) -> Sequence[Posting]:
        """Put a job's images behind a spoiler in the viewer's server.

        Returns the messages that are still to be edited.
        """
        if viewer.guild_id is not None:
            await self._store.member_jobs.hide(job.id, viewer.guild_id)
        return await self.in_reach(job, viewer)

    async def in_reach(self, job: Job, viewer: Viewer) -> Sequence[Posting]:
        """Return the messages that a viewer may change: for moderators, those of their server."""
        postings = await self.postings(job)
        if _asked_by(viewer, job):
            return postings
        return [one for one in postings if one.guild_id == viewer.guild_id]


def leaves_disk(job: Job, viewer: Viewer) -> bool:
    """Return whether Delete removes a job's images from storage.

    It does not for a moderator of a server to which the job was only reposted, nor for a job whose
    requester deleted their data (its images are deleted already).
    """
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
    if place.guild_id is None:  # a group chat: its members have seen the message
        return viewer.guild_id is None and place.channel_id == viewer.channel_id
    return place.guild_id == viewer.guild_id


def _may_change(job: Job, viewer: Viewer) -> bool:
    return viewer.may_manage or viewer.is_operator or _asked_by(viewer, job)


def _asked_by(viewer: Viewer, job: Job) -> bool:
    return job.request.user_id == viewer.user_id
