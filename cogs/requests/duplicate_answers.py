"""A second process with this token: who of both was first to answer a request, and so paints it.

Discord takes one first answer. A message of ours has the Job's id in its buttons, so whose message
stands is read off it. One that was put off ("thinking") says nothing until its owner fills it in.
Whoever finds it like that waits, and steps in where nothing comes: an answer of ours whose receipt
got lost looks the same, for discord.py sends it again and hears that there is one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

import discord

from cogs.ui.discord_errors import ODD_ANSWER
from services.common.clock import Clock
from services.common.net import NO_ANSWER

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How long one look at the message may take, and the pause between two."""

LOOKS = 6
"""An answer is put off where the database is slow, and a database is slow for seconds."""


class DuplicateAnswerCheck:
    """Reads off a first answer whether another process has taken the request."""

    def __init__(self, *, clock: Clock) -> None:
        """Take the clock to wait by."""
        self._clock = clock

    async def was_first(
        self, interaction: discord.Interaction, job_id: str, *, patient: bool
    ) -> bool:
        """Tell whether the answer that Discord has is surely not for this Job of ours.

        `patient`: wait a few seconds while the message still thinks.
        """
        message = await _seen(interaction, interaction.original_response())
        for _ in range(LOOKS if patient else 0):
            if message is None or not message.flags.loading:
                break
            await self._clock.sleep(LOOK_S)
            message = await _seen(interaction, interaction.followup.fetch_message(message.id))
        return message is not None and _names_another(message, job_id)


async def _seen(
    interaction: discord.Interaction, look: Awaitable[discord.Message]
) -> discord.Message | None:
    """Await a look at the message; None where nobody can tell."""
    try:
        async with asyncio.timeout(LOOK_S):
            return await look
    except (discord.DiscordException, *NO_ANSWER, *ODD_ANSWER) as error:
        log.info("interaction %s: who answered is not known (%r)", interaction.id, error)
        return None


def _names_another(message: discord.Message, job_id: str) -> bool:
    shown = str([part.to_dict() for part in message.components])
    return not message.flags.loading and job_id not in shown
