"""What a report looks like: who, what, where, the pictures behind a spoiler, and two buttons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from cogs.buttons.rows import row_of
from cogs.buttons.verbs import REPORT_BLOCK, REPORT_DELETE
from cogs.layouts import ALT_LIMIT, cut
from cogs.untrusted import as_code
from cogs.wording import of_reason, sentence
from services.models import Job, Result

PROMPT_LIMIT = 2500
"""Characters; a prompt is shown whole (Kling, image-generation page)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report in the making."""

    job: Job = field(repr=False)
    results: Sequence[Result]
    """Those still on disk."""
    reporter_id: int
    reason: str = field(default="", repr=False)
    link: str
    """Address of the message with the pictures."""

    def message(self, locale: str) -> dict[str, Any]:
        """Build what `send` takes; anew for each attempt, since a sent file is spent."""
        view = discord.ui.LayoutView(timeout=None)
        container: discord.ui.Container[discord.ui.LayoutView]
        container = discord.ui.Container(accent_colour=discord.Colour(0xC0392B))
        container.add_item(discord.ui.TextDisplay(self._head(locale)))
        if self.results:
            container.add_item(self._gallery(locale))
        container.add_item(discord.ui.TextDisplay(as_code(self.job.request.prompt, PROMPT_LIMIT)))
        view.add_item(container)
        verbs, danger = (REPORT_DELETE, REPORT_BLOCK), discord.ButtonStyle.danger
        view.add_item(row_of(verbs, self.job.id, locale, style=danger))
        return {"view": view, "files": [self._file(result, locale) for result in self.results]}

    def again(self, locale: str) -> dict[str, Any]:
        """Build the line about another report of the same pictures."""
        return {"content": self._sentence("report_again", locale)}

    def _head(self, locale: str) -> str:
        gone = "" if self.results else f"\n{sentence('report_pictures_gone', locale)}"
        return f"{self._sentence('report_head', locale)}{gone}"

    def _sentence(self, key: str, locale: str) -> str:
        return sentence(
            key,
            locale,
            reporter=f"<@{self.reporter_id}>",
            member=f"<@{self.job.request.user_id}>",
            channel=f"<#{self.job.place.channel_id}>",
            link=self.link,
            job=self.job.id,
            reason=of_reason(self.reason, locale),
        )

    def _gallery(self, locale: str) -> discord.ui.MediaGallery[discord.ui.LayoutView]:
        gallery: discord.ui.MediaGallery[discord.ui.LayoutView] = discord.ui.MediaGallery()
        for result in self.results:
            name = f"attachment://SPOILER_{_name(result)}"
            gallery.add_item(media=name, description=self._alt(result, locale), spoiler=True)
        return gallery

    def _file(self, result: Result, locale: str) -> discord.File:
        alt = self._alt(result, locale)
        return discord.File(result.path, _name(result), spoiler=True, description=alt)

    def _alt(self, result: Result, locale: str) -> str:
        number, total = result.position + 1, len(self.results)
        return cut(sentence("report_alt", locale, number=number, total=total), ALT_LIMIT)


def settled(message: discord.Message, line: str) -> discord.ui.LayoutView:
    """Build a report anew without its pictures, with what was done about it."""
    view = discord.ui.LayoutView(timeout=None)
    for text in (*_texts(message.components), line):
        view.add_item(discord.ui.TextDisplay(text))
    return view


def _texts(components: Iterable[object]) -> Iterator[str]:
    for component in components:
        if isinstance(component, discord.TextDisplay):
            yield component.content
        elif isinstance(component, discord.Container):
            yield from _texts(component.children)


def _name(result: Result) -> str:
    return f"{result.position + 1}{result.path.suffix}"
