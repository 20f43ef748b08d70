"""A user's own jobs: the list for /jobs, and posting images again, which is free of charge."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from services.common.clock import Clock
from services.db import Store
from services.errors import (
    ImageTooHeavy,
    MemberBlocked,
    NotYours,
    StoreUnavailable,
    UnsupportedImage,
)
from services.guilds import GuildService
from services.history.access import JobAccess, JobWithResults, Viewer
from services.images import Decoding, thumbnail
from services.models import (
    Ancestor,
    Entry,
    GuildRules,
    Job,
    MemberContext,
    Page,
    ReplyTarget,
    Request,
    Result,
)
from services.policy import guild_rules

PAGE = 5
"""Number of jobs per page. With their thumbnails, so many fit on a phone, and well into Discord's
limit of 40 components."""

THUMBNAIL_SIDE = 160


class MemberJobs:
    """Returns users' own jobs to these users only."""

    def __init__(
        self,
        *,
        store: Store,
        archive: JobAccess,
        community: GuildService,
        pictures: Decoding,
        clock: Clock,
    ) -> None:
        self._store = store
        self._archive = archive
        self._community = community
        self._pictures = pictures
        self._clock = clock

    async def page(self, user_id: int, *, guild_id: int | None, number: int) -> Page:
        """Return a page of a user's jobs, of one server or (None) of all."""
        page = await self._store.member_jobs.page(
            user_id, guild_id=guild_id, number=number, limit=PAGE
        )
        return replace(page, entries=tuple(map(self._placed, page.entries)))

    async def open(self, job_id: str, viewer: Viewer) -> JobWithResults:
        """Return one of the viewer's own jobs with its results.

        Raises JobForgotten, or NotYours for another user's job.
        """
        opened = await self._archive.open(job_id, viewer)
        if opened.job.request.user_id != viewer.user_id:
            raise NotYours
        return opened

    async def ancestors(self, job: Job, viewer: Viewer) -> Sequence[Ancestor]:
        """Return the ancestors of a job's image that its requester may see."""
        return await self._archive.ancestors(job, viewer)

    async def thumbnail(self, result: Result) -> Path | None:
        """Return the path of a result's thumbnail, made once; None if the result is not stored."""
        target = result.path.with_name(f"{result.path.stem}-thumb.jpg")
        if await asyncio.to_thread(target.is_file):
            return target
        try:
            await self._archive.bring([result.path])
            return await thumbnail(result.path, target, decoder=self._pictures, side=THUMBNAIL_SIDE)
        except (UnsupportedImage, ImageTooHeavy, StoreUnavailable, OSError):
            return None

    async def fitted(self, job: Job, place: ReplyTarget, visitor: MemberContext) -> Job:
        """Return a job with a new reply target, adapted to the rules of the server there.

        It is used to post images again. Raises the errors of these rules, MemberBlocked, and the
        errors of users or servers blocked by the operators. A private message raises none of them.
        """
        request = replace(job.request, place=place)
        if place.guild_id is not None:
            rules = await self._community.rules(place.guild_id)
            hidden = await self._store.member_jobs.is_hidden_in(job.id, place.guild_id)
            request = _under(rules, request, hidden=hidden)
            if not request.place.ephemeral:
                await self._check_block(request.user_id, place.guild_id)
                # The images exist and are paid for, so limits for new jobs do not apply.
                judged = replace(rules, max_count=None, required_roles=())
                guild_rules.validate(judged, request, visitor, now=self._clock.now())
        return replace(job, request=request)

    async def note_posting(self, job: Job, message_id: int) -> None:
        """Record that a job returned by `fitted` was posted; it then counts as delivered."""
        place = job.place
        await self._store.member_jobs.note_posting(
            job.id,
            message_id=None if place.ephemeral else message_id,
            channel_id=place.channel_id,
            guild_id=place.guild_id,
        )

    async def note_sent(self, job: Job) -> None:
        """Record that a job's user received the images privately."""
        await self._store.member_jobs.note_posting(
            job.id, message_id=None, channel_id=0, guild_id=None
        )

    def _placed(self, entry: Entry) -> Entry:
        first = entry.first
        return (
            entry if first is None else replace(entry, first=self._archive.placed(entry.job, first))
        )

    async def _check_block(self, user_id: int, guild_id: int) -> None:
        await self._store.access.check(user_id=user_id, guild_id=guild_id)
        block = (await self._community.standing(user_id, guild_id)).block
        if block is not None:
            raise MemberBlocked(until=block.expires_at, reason=block.reason)


def _under(rules: GuildRules, request: Request, *, hidden: bool) -> Request:
    """Return the job with the server's rules for spoilers and private answers applied."""
    options, place = request.options, request.place
    return replace(
        request,
        options=replace(options, spoiler=options.spoiler or rules.spoiler or hidden),
        place=replace(place, ephemeral=place.ephemeral or rules.private_only),
    )
