"""Removes images, from the channel and from storage."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from cogs.compat import hide_images
from cogs.ui import sentence, translated
from services.errors import DeliveryFailed
from services.guilds import GuildService
from services.history import JobAccess, Viewer, leaves_disk
from services.models import AuditEntry, Job, Posting

log = logging.getLogger(__name__)

CALL_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A job whose images a user has deleted, as far as the user has the right to."""

    job: Job
    off_disk: bool
    is_pending: bool
    """Whether files are still on disk because their deletion failed; the bot retries it."""
    postings: Sequence[Posting]
    """Messages from which the images must still be removed."""
    entry: AuditEntry | None
    """Entry of the server's audit log; None if the images were the user's own."""


class Removal:
    """Deletes or hides a job's images; records moderators' deletions in the server's audit log."""

    def __init__(
        self, client: discord.Client, *, archive: JobAccess, community: GuildService
    ) -> None:
        self._client = client
        self._archive = archive
        self._community = community

    async def take_off_disk(self, job_id: str, viewer: Viewer) -> Removed:
        """Delete the job's stored files if the user may do that; raises JobForgotten or NotYours.

        Permission, effect and audit entry all concern the server in which the user acts.
        """
        deleted = await self._archive.delete(job_id, viewer)
        job, entry = deleted.job, None
        author_id = job.request.user_id
        if viewer.guild_id is not None and viewer.user_id != author_id:
            entry = await self._community.note_deletion(
                viewer.guild_id, None if job.forgotten else author_id, by=viewer.user_id
            )
        return Removed(
            job=job,
            off_disk=deleted.off_disk,
            is_pending=deleted.is_pending,
            postings=deleted.postings,
            entry=entry,
        )

    async def reachable(self, postings: Sequence[Posting], reported: Posting) -> Sequence[Posting]:
        """Return a job's known messages, or else the reported one if it is in the named server.

        Its id alone proves nothing: it could name a message of another server.
        """
        if postings or not reported.message_id or reported.guild_id is None:
            return postings
        return [reported] if await self._is_in_its_server(reported) else []

    async def empty_messages(
        self, job: Job, postings: Sequence[Posting], *, but: int | None = None
    ) -> bool:
        """Remove the images from all messages except `but`; return False if one edit failed."""
        reached = [await self._empty(one, job) for one in postings if one.message_id != but]
        return bool(postings) and all(reached)

    async def hide_messages(self, job: Job, postings: Sequence[Posting]) -> bool:
        """Put the images of messages behind a spoiler; return False if one edit failed."""
        reached = [await self._hide(one, job) for one in postings]
        return bool(postings) and all(reached)

    async def _empty(self, posting: Posting, job: Job) -> bool:
        channel = self._client.get_partial_messageable(
            posting.channel_id, guild_id=posting.guild_id
        )
        message = channel.get_partial_message(posting.message_id)
        locale = self._get_locale(posting) or job.place.readers_locale
        return await _emptied(message, job, locale) or await _deleted(message)

    async def _hide(self, posting: Posting, job: Job) -> bool:
        try:
            with translated():
                async with asyncio.timeout(CALL_S):
                    await hide_images(self._client, posting.channel_id, posting.message_id)
        except DeliveryFailed as error:
            log.info("job %s: a message was not hidden: %s", job.id, type(error).__name__)
            return False
        return True

    def _get_locale(self, posting: Posting) -> str | None:
        guild = None if posting.guild_id is None else self._client.get_guild(posting.guild_id)
        return None if guild is None else str(guild.preferred_locale)

    async def _is_in_its_server(self, posting: Posting) -> bool:
        try:
            with translated():
                async with asyncio.timeout(CALL_S):
                    channel = await self._client.fetch_channel(posting.channel_id)
        except DeliveryFailed:
            return False
        guild = getattr(channel, "guild", None)
        return guild is not None and guild.id == posting.guild_id


def deletion_words(job: Job, viewer: Viewer, locale: str) -> str:
    """Return the text that explains what Delete will remove."""
    if job.forgotten:
        return sentence("form_delete_words_forgotten", locale)
    key = "form_delete_words" if leaves_disk(job, viewer) else "form_delete_words_here"
    return sentence(key, locale)


def deletion_key(removed: Removed, *, reached: bool) -> str:
    """Return the key of the sentence that says which images a deletion removed, and from where."""
    if removed.is_pending:
        return "report_deleted_later" if reached else "report_deleted_later_unreached"
    if removed.off_disk:
        return "report_deleted" if reached else "report_deleted_on_disk"
    return "report_deleted_here" if reached else "report_not_deleted"


def in_their_place(locale: str) -> discord.ui.LayoutView:
    """Build the message that replaces deleted images."""
    view = discord.ui.LayoutView(timeout=None)
    text = sentence("pictures_removed", locale)
    view.add_item(discord.ui.TextDisplay(text))
    return view


async def _emptied(message: discord.PartialMessage, job: Job, locale: str) -> bool:
    """Replace the images by a text; return whether Discord accepted it."""
    try:
        with translated():
            async with asyncio.timeout(CALL_S):
                await message.edit(view=in_their_place(locale), attachments=[])
    except DeliveryFailed as error:
        log.info(
            "job %s: its images were not removed from a message: %s", job.id, type(error).__name__
        )
        return False
    return True


async def _deleted(message: discord.PartialMessage) -> bool:
    """Delete the whole message, because Discord limits how often old ones can be edited (30046)."""
    try:
        with translated():
            async with asyncio.timeout(CALL_S):
                await message.delete()
    except DeliveryFailed as error:
        log.warning("message %s was not deleted: %s", message.id, type(error).__name__)
        return False
    return True
