"""Taking pictures away again: out of the channel, and off the disk."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import discord

from cogs import wording
from cogs.discord_errors import translated
from services.archive import Archive, Viewer
from services.community import Community
from services.errors import DeliveryFailed
from services.models import AuditEntry, Job, Posting

log = logging.getLogger(__name__)

CALL_S = 30.0


@dataclass(frozen=True, slots=True)
class Removed:
    """A Job whose pictures are off the disk."""

    job: Job
    entry: AuditEntry | None
    """What the server's trail says of it; None: they were the member's own."""


class Removal:
    """Deletes a Job's pictures; what moderators delete is noted in the server's trail."""

    def __init__(self, client: discord.Client, *, archive: Archive, community: Community) -> None:
        """Take the client, where the pictures lie, and who keeps the trail."""
        self._client = client
        self._archive = archive
        self._community = community

    async def take_down(self, job_id: str, viewer: Viewer) -> bool:
        """Delete for somebody who may; False when a message could not be reached.

        Raises JobForgotten or NotYours.
        """
        removed = await self.take_off_disk(job_id, viewer)
        return await self.empty_messages(removed.job)

    async def take_off_disk(self, job_id: str, viewer: Viewer) -> Removed:
        """Delete the files for somebody who may; raises JobForgotten or NotYours."""
        job = await self._archive.delete(job_id, viewer)
        entry = None
        if job.place.guild_id is not None and viewer.user_id != job.request.user_id:
            entry = await self._community.note_deletion(
                job.place.guild_id, job.request.user_id, by=viewer.user_id
            )
        return Removed(job, entry)

    async def empty_messages(self, job: Job, *, but: int | None = None) -> bool:
        """Take the pictures out of all messages but one; False when one could not be reached."""
        postings = await self._archive.postings(job)
        reached = [await self._empty(one, job) for one in postings if one.message_id != but]
        return bool(postings) and all(reached)

    async def _empty(self, posting: Posting, job: Job) -> bool:
        channel = self._client.get_partial_messageable(
            posting.channel_id, guild_id=posting.guild_id
        )
        message = channel.get_partial_message(posting.message_id)
        return await _emptied(message, job) or await _deleted(message)


def in_their_place(locale: str) -> discord.ui.LayoutView:
    """Build what a message says instead of its pictures."""
    view = discord.ui.LayoutView(timeout=None)
    text = wording.sentence("pictures_removed", locale)
    view.add_item(discord.ui.TextDisplay(text))
    return view


async def _emptied(message: discord.PartialMessage, job: Job) -> bool:
    """Put words in the pictures' place."""
    try:
        with translated():
            async with asyncio.timeout(CALL_S):
                await message.edit(view=in_their_place(job.place.readers_locale), attachments=[])
    except DeliveryFailed as error:
        log.info("job %s: its message was not emptied: %s", job.id, type(error).__name__)
        return False
    return True


async def _deleted(message: discord.PartialMessage) -> bool:
    """Delete the whole message: Discord lets old ones be edited only so often (30046)."""
    try:
        with translated():
            async with asyncio.timeout(CALL_S):
                await message.delete()
    except DeliveryFailed as error:
        log.warning("message %s was not deleted: %s", message.id, type(error).__name__)
        return False
    return True
