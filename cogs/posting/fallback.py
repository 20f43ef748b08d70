"""Fallbacks: a message that Discord refuses may be accepted in a reduced form."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import discord

from cogs.ui import JobMessage, WordsBlocked, link_to, text, translated
from services.errors import DeliveryFailed, FileTooBig, MayNotPost, MessageRefused
from services.models import Job, State

log = logging.getLogger(__name__)

T = TypeVar("T")

SEND_S = 30.0

Form = Callable[[str], Mapping[str, Any]]
"""Builds the arguments of `send` in a language; called again for each attempt, because a sent file
cannot be sent twice."""

REFUSALS = (WordsBlocked, FileTooBig, MessageRefused, MayNotPost)
"""Errors that mean: not posted, because of the content: an image, a word, or files that the bot may
not attach."""


async def post_with_fallbacks(content: JobMessage, post: Callable[[JobMessage], Awaitable[T]]) -> T:
    """Post a message; retry with less if Discord refuses it; raises DeliveryFailed.

    The fallbacks are: no prompt, links instead of files, then a bare message.
    """
    try:
        return await post(content)
    except WordsBlocked:
        if content.prompt_hidden:
            raise
        return await post_with_fallbacks(replace(content, prompt_hidden=True), post)
    except FileTooBig:
        if content.as_links:
            raise
        return await post_with_fallbacks(replace(content, as_links=True), post)
    except MessageRefused as refusal:
        log.warning("job %s: Discord refuses its message (%s)", content.job.id, refusal)
        if content.bare:
            raise
        return await post_with_fallbacks(replace(content, bare=True), post)


async def send_some_form(channel: discord.abc.Messageable, *forms: Form, locale: str) -> None:
    """Send the first of several variants that Discord accepts, in order of decreasing content.

    If Discord accepts none, raises the last one's DeliveryFailed.
    """
    for form in forms[:-1]:
        try:
            await _send(channel, form(locale))
        except REFUSALS as refusal:
            log.warning("Discord refuses a message (%s): sending it with less content", refusal)
        else:
            return
    await _send(channel, forms[-1](locale))


async def _send(channel: discord.abc.Messageable, message: Mapping[str, Any]) -> None:
    with translated():
        async with asyncio.timeout(SEND_S):
            await channel.send(**message)


# The mention after a long wait: an edit notifies nobody, so one new message does, once.

CALL_S = 30.0
NONCE_SUFFIX = "-p"
"""Appended to a job id; together they have 24 characters, of 25 that Discord accepts.

A repeated request with the same nonce does not post a second message.
"""


async def ping(client: discord.Client, job: Job) -> None:
    """Mention only the requester, with a link to the job's message; best effort.

    The mention is sent with the bot's own token only: a follow-up by interaction token has no nonce
    and may arrive twice.
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
        log.info("job %s: the requester was not mentioned: %s", job.id, type(error).__name__)


def _words(job: Job) -> str:
    key = "ping_ready" if job.state is State.DELIVERED else "ping_over"
    user, link = f"<@{job.request.user_id}>", link_to(job)
    return text.sentence(key, job.place.readers_locale, user=user, link=link)
