"""Detects whether another process with the same token answered a request first.

Discord accepts one first response. Our messages have the job id in their buttons, so the message
shows whose response was accepted. A deferred response ("thinking") shows nothing until the process
that sent it fills it in. If the message is still "thinking", wait up to 6 s. If it is not filled
in, answer: our own response may have succeeded although its HTTP reply was lost, because discord.py
then sends it again, and Discord replies that there already is a response.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

import discord

from cogs.ui import ODD_ANSWER
from services.common.clock import Clock
from services.common.net import NO_ANSWER

log = logging.getLogger(__name__)

POLL_EVERY_S = 1.0
"""Time limit of one fetch of the message, and the wait between two fetches, in seconds."""

MAX_POLLS = 6
"""Maximum number of fetches after the first. Another process defers its response while its database
is slow, which lasts for seconds."""


class DuplicateAnswerCheck:
    """Reads the first response to see whether another process has answered the interaction."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    async def was_first(
        self, interaction: discord.Interaction, job_id: str, *, patient: bool
    ) -> bool:
        """Return whether another process's response was surely first: it is not for `job_id`.

        `patient`: wait a few seconds while the message is still "thinking".
        """
        message = await _seen(interaction, interaction.original_response())
        for _ in range(MAX_POLLS if patient else 0):
            if message is None or not message.flags.loading:
                break
            await self._clock.sleep(POLL_EVERY_S)
            message = await _seen(interaction, interaction.followup.fetch_message(message.id))
        return message is not None and _names_another(message, job_id)


async def _seen(
    interaction: discord.Interaction, fetch: Awaitable[discord.Message]
) -> discord.Message | None:
    """Await a fetch of the message; return None if it fails."""
    try:
        async with asyncio.timeout(POLL_EVERY_S):
            return await fetch
    except (discord.DiscordException, *NO_ANSWER, *ODD_ANSWER) as error:
        log.info("interaction %s: unknown which process answered (%r)", interaction.id, error)
        return None


def _names_another(message: discord.Message, job_id: str) -> bool:
    shown = str([part.to_dict() for part in message.components])
    return not message.flags.loading and job_id not in shown
