"""The words on the picture of the statistics, in a reader's language."""

from __future__ import annotations

from dataclasses import fields

from cogs.wording import sentence
from services.charts import Words


def words_of(locale: str) -> Words:
    """Return the labels; the picture falls back to English where no font has their letters."""
    return Words(**{each.name: sentence(f"figure_{each.name}", locale) for each in fields(Words)})


def title_of(name: str, days: int, locale: str) -> str:
    """Word what the picture is about: a server's or the bot's name, and the days."""
    return sentence("figure_title_of", locale, name=name, days=days)
