"""Statistics as an answer: a chart, with its numbers as alt text."""

from __future__ import annotations

import asyncio
import io
from dataclasses import fields
from typing import Literal

import discord

from cogs.ui import MESSAGE_LIMIT, Names, cut, plain, sentence
from services.charts import Words, alt_text, draw
from services.errors import ChartFailed
from services.models import Statistics

# The labels of the statistics chart in the user's language.


def make_labels(locale: str) -> Words:
    """Return the chart's labels; if no font has their letters, the chart uses English ones."""
    return Words(**{each.name: sentence(f"figure_{each.name}", locale) for each in fields(Words)})


def make_title(name: str, days: int, locale: str) -> str:
    """Return the chart's title: the name of a server or of the bot, and the days."""
    return sentence("figure_title_of", locale, name=name, days=days)


MOST_DAYS = 90


class FigureAnswers:
    """Draws charts, one at a time, because drawing occupies a processor for half a second."""

    def __init__(self, *, names: Names) -> None:
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
        """Complete a deferred answer with the chart, or with only the alt text if that fails."""
        locale = str(interaction.locale)
        names = await self._names.fetch(user_id for user_id, _ in statistics.members)
        title, words = make_title(about, len(statistics.days), locale), make_labels(locale)
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
