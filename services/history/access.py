"""Access to stored jobs and their images: checks who may see, change and delete them."""

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
"""Maximum number of ancestors of an image that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The user who acts on a job, and the server in which they act."""

    user_id: int
    guild_id: int | None = None
    """The server in which they act (None: a private message). Their permissions and actions apply
    there only."""
    channel_id: int | None = None
    may_manage: bool = False
    """True if Discord allows them to manage messages or the server in that server."""
    is_operator: bool = False
    """True for operators, who may see every job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWithResults:
    """A job with its results."""

    job: Job
    painted: Sequence[Result]
    """All generated results, also those that retention has deleted; empty once a user has deleted
    them."""
    results: Sequence[Result]
    """The results whose images are still stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """Outcome of a deletion, and what remains to be done in Discord."""

    job: Job
    postings: Sequence[Posting]
    """Messages whose images are to be removed: all of them for the requester, else those in the
    viewer's server."""
    off_disk: bool
    """True if the images were to be deleted from storage too, and not only from messages."""
    is_pending: bool
    """True if some files could not be deleted yet; that is retried."""


class JobAccess:
    """Returns jobs to the users who may see them, and deletes images for those who may."""

    def __init__(self, *, store: Store, storage: ImageStorage) -> None:
        self._store = store
        self._storage = storage

    async def open(
        self, job_id: str, viewer: Viewer, *, to_change: bool = False, forgotten: bool = False
    ) -> JobWithResults:
        """Return a job and its images.

        Args:
            job_id: The job's id as it came from Discord; it may be invalid.
            viewer: The user who acts.
            to_change: Also require that the viewer may change the job.
            forgotten: Accept the empty row of a job whose requester deleted their data.

        Raises:
            JobForgotten: There is no such job, or the viewer may not see it. The error is the same,
                so that nothing is disclosed about other servers or private jobs.
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
        """Return a job without its images; raises the errors of `open` that concern the job."""
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
        """Return the path of each of the job's sources; None for one that is not stored."""
        folder, count = self.folder(job), len(job.request.sources)
        paths = [source_path(folder, number) for number in range(count)]
        kept = await self._storage.existing(paths)
        return [one if one in kept else None for one in paths]

    async def bring(self, paths: Sequence[Path]) -> None:
        """Copy stored images to this disk, so that they can be opened; raises StoreUnavailable."""
        await self._storage.ensure_local(paths)

    def folder(self, job: Job) -> Path:
        """Return the folder on this disk with a job's images and files made from them."""
        return self._storage.folder(job.id)

    def placed(self, job: Job, result: Result) -> Result:
        """Return a result with its path on this process's disk."""
        return self._storage.local_paths(job.id, [result])[0]

    async def ancestors(self, job: Job, viewer: Viewer) -> Sequence[Ancestor]:
        """Return the results from which an image was made, the nearest first.

        The `job` of an ancestor is None if the viewer may not see it.
        """
        found = await self._store.pictures.ancestors(job, limit=GENERATIONS)
        return [
            one if await self._may_open(one.job, viewer) else replace(one, job=None)
            for one in found
        ]

    async def postings(self, job: Job) -> Sequence[Posting]:
        """Return all messages with a job's images that the bot's own token can edit."""
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
        """Return whether a job is the viewer's own, or was posted in the viewer's server."""
        if _may_see(job, viewer):
            return True
        here = viewer.guild_id
        return here is not None and await self._store.member_jobs.is_posted_in(job.id, here)

    async def delete(self, job_id: str, viewer: Viewer) -> Deleted:
        """Delete a job's images as far as the viewer may; the job's row stays.

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
        """Return the decision that a report of the job in this server would get."""
        return await self._store.reports.judge(job_id, guild_id=guild_id, user_id=user_id, now=now)

    async def take_report(
        self, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Store a report if it is allowed, and return the decision.

        A user can report a job once per server.
        """
        return await self._store.reports.file(job_id, guild_id=guild_id, user_id=user_id, now=now)

    async def drop_report(self, job_id: str, *, guild_id: int | None, user_id: int) -> None:
        """Delete a report that reached no recipient, so that the user can report again."""
        await self._store.reports.drop(job_id, guild_id=guild_id, user_id=user_id)

    async def hide(self, job: Job, viewer: Viewer) -> Sequence[Posting]:
        """Mark a job's images as spoilers in the viewer's server.

        Return the messages that have to be edited for that.
        """
        if viewer.guild_id is not None:
            await self._store.member_jobs.hide(job.id, viewer.guild_id)
        return await self.in_reach(job, viewer)

    async def in_reach(self, job: Job, viewer: Viewer) -> Sequence[Posting]:
        """Return those of these messages that the viewer may change.

        For moderators, these are the messages in their server.
        """
        postings = await self.postings(job)
        if _asked_by(viewer, job):
            return postings
        return [one for one in postings if one.guild_id == viewer.guild_id]


def leaves_disk(job: Job, viewer: Viewer) -> bool:
    """Return whether a deletion by this viewer removes a job's images from storage.

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
