"""Statistics as an answer: a picture, and its figures as the picture's description."""

from __future__ import annotations

import asyncio
import io
from dataclasses import fields
from typing import Literal

import discord

from cogs.ui.escaping import plain
from cogs.ui.job_message import MESSAGE_LIMIT, cut
from cogs.ui.member_names import Names
from cogs.ui.text import sentence
from services.charts import Words, alt_text, draw
from services.errors import ChartFailed
from services.models import Statistics

# The words on the picture of the statistics, in a reader's language.


def words_of(locale: str) -> Words:
    """Return the labels; the picture falls back to English where no font has their letters."""
    return Words(**{each.name: sentence(f"figure_{each.name}", locale) for each in fields(Words)})


def title_of(name: str, days: int, locale: str) -> str:
    """Word what the picture is about: a server's or the bot's name, and the days."""
    return sentence("figure_title_of", locale, name=name, days=days)


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
