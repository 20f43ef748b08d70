"""Statistics as an answer: a picture, and its figures as the picture's description."""

from __future__ import annotations

import asyncio
import io
from typing import Literal

import discord

from cogs.figures import title_of, words_of
from cogs.layouts import MESSAGE_LIMIT, cut
from cogs.names import Names
from cogs.untrusted import plain
from services.charts import alt_text, draw
from services.errors import ChartFailed
from services.models import Statistics

MOST_DAYS = 90


class FigureAnswers:
    """Draws one picture at a time: each takes a processor for half a second."""

    def __init__(self, *, names: Names) -> None:
        """Take what knows what members are called."""
        self._names = names
        self._turn = asyncio.Semaphore(1)

    async def give(
        self,
        interaction: discord.Interaction,
        statistics: Statistics,
        *,
        about: str,
        theme: Literal["dark", "light"],
    ) -> None:
        """Complete a deferred answer: the picture, or the figures alone where none can be drawn."""
        locale = str(interaction.locale)
        names = await self._names.of(user_id for user_id, _ in statistics.members)
        title, words = title_of(about, len(statistics.days), locale), words_of(locale)
        text = alt_text(statistics, title=title, names=names, words=words)
        dark = theme == "dark"
        try:
            async with self._turn:
                picture = await draw(statistics, title=title, dark=dark, names=names, words=words)
        except ChartFailed:
            await interaction.edit_original_response(content=cut(plain(text), MESSAGE_LIMIT))
            return
        file = discord.File(io.BytesIO(picture), "figures.png", description=text)
        await interaction.edit_original_response(content=plain(title), attachments=[file])
