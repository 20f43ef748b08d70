"""The ping after a long wait: an edited message calls nobody, so one line does, once."""

from __future__ import annotations

import asyncio
import logging

import discord

from cogs import wording
from cogs.discord_errors import translated
from cogs.places import link_to
from services.errors import DeliveryFailed
from services.models import Job, State

log = logging.getLogger(__name__)

CALL_S = 30.0
NONCE_SUFFIX = "-p"
"""With a Job's id 24 characters, of 25 that Discord takes: a blind repetition is no second one."""


async def ping(client: discord.Client, job: Job) -> None:
    """Call the one who asked to their Job's message, and nobody else; best effort.

    Only by the bot's own token, since a follow-up has no nonce and may arrive twice.
    """
    place = job.place
    if place.message_id is None or place.ephemeral or not place.can_post:
        return
    channel = client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)
    try:
        with translated():
            async with asyncio.timeout(CALL_S):
                await channel.send(
                    _words(job),
                    nonce=job.id + NONCE_SUFFIX,
                    allowed_mentions=discord.AllowedMentions(
                        everyone=False,
                        roles=False,
                        replied_user=False,
                        users=[discord.Object(job.request.user_id)],
                    ),
                )
    except DeliveryFailed as error:
        log.info("job %s: nobody was called: %s", job.id, type(error).__name__)


def _words(job: Job) -> str:
    key = "ping_ready" if job.state is State.DELIVERED else "ping_over"
    user, link = f"<@{job.request.user_id}>", link_to(job)
    return wording.sentence(key, job.place.readers_locale, user=user, link=link)
