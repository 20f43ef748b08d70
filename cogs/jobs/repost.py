"""Reposts a job's images with the token of a new click, or in a direct message; free of charge.

Each click brings a token that is valid for 15 minutes. So images that the bot could not post after
the job's own token had expired can be posted now.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import discord

from cogs.posting import CALL_S, TOGETHER, Fit, post_with_fallbacks
from cogs.ui import JobMessage, make_reply_target, member_context, sentence, translated
from services.errors import DeliveryFailed, MayNotPost, PicturesNotKept
from services.history import JobWithResults, MemberJobs
from services.models import Job, Result

log = logging.getLogger(__name__)


class Repost:
    """Reposts images for the requester; the caller has checked that the user is the requester."""

    def __init__(self, client: discord.Client, *, member_jobs: MemberJobs, fit: Fit) -> None:
        """`member_jobs` applies the server's rules, `fit` shrinks images to size limits."""
        self._client = client
        self._member_jobs = member_jobs
        self._fit = fit

    async def here(self, interaction: discord.Interaction, opened: JobWithResults) -> None:
        """Post a new message in this channel; the server's rules may make it private."""
        job = await self._fitted(interaction, opened, private=False)
        await interaction.response.defer(thinking=True, ephemeral=job.place.ephemeral)
        await self._by_token(interaction, job, opened.results)

    async def in_place(self, interaction: discord.Interaction, opened: JobWithResults) -> None:
        """Put the images into the job's own message, under which the user clicked the button."""
        private = opened.job.place.ephemeral
        job = await self._fitted(interaction, opened, private=private)
        await interaction.response.defer()
        await self._by_token(interaction, job, opened.results)

    async def directly(self, interaction: discord.Interaction, opened: JobWithResults) -> None:
        """Send the images in a direct message, and report here privately whether that worked."""
        _check(opened)
        await interaction.response.defer(thinking=True, ephemeral=True)
        locale = str(interaction.locale)
        place = replace(opened.job.place, guild_id=None, guild_locale=None, locale=locale)
        job = replace(opened.job, request=replace(opened.job.request, place=place))
        limit = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        message = JobMessage(
            job, results=await self._fit(opened.results, each=limit, together=TOGETHER)
        )

        async def post(one: JobMessage) -> None:
            """Send the message to the user, at most once."""
            with translated():
                async with asyncio.timeout(CALL_S):
                    channel = await self._client.create_dm(interaction.user)
                    await channel.send(view=one.view(), files=one.files(), nonce=interaction.id)

        key = "direct_sent"
        try:
            await post_with_fallbacks(message, post)
        except MayNotPost:
            key = "direct_refused"
        except DeliveryFailed as error:
            log.warning("job %s: not sent as a direct message: %s", job.id, type(error).__name__)
            key = "post_failed"
        else:
            await self._member_jobs.note_sent(job)
        await interaction.edit_original_response(content=sentence(key, locale))

    async def _fitted(
        self, interaction: discord.Interaction, opened: JobWithResults, *, private: bool
    ) -> Job:
        _check(opened)
        place = make_reply_target(interaction, private=private)
        return await self._member_jobs.fitted(opened.job, place, member_context(interaction))

    async def _by_token(
        self, interaction: discord.Interaction, job: Job, results: Sequence[Result]
    ) -> None:
        fitting = await self._fit(results, each=interaction.filesize_limit, together=TOGETHER)

        async def post(one: JobMessage) -> int:
            """Edit the images into the deferred response; return the message's id."""
            with translated():
                async with asyncio.timeout(CALL_S):
                    message = await interaction.edit_original_response(
                        view=one.view(), attachments=one.files()
                    )
            return message.id

        try:
            message_id = await post_with_fallbacks(JobMessage(job, results=fitting), post)
        except DeliveryFailed as error:
            log.warning("job %s: not posted again: %s", job.id, type(error).__name__)
            text = sentence("post_failed", str(interaction.locale))
            await interaction.followup.send(text, ephemeral=True)
            return
        await self._member_jobs.note_posting(job, message_id)


def _check(opened: JobWithResults) -> None:
    """Raise PicturesNotKept if none of the job's images are stored."""
    if not opened.results:
        raise PicturesNotKept
