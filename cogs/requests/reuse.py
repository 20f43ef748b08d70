"""The buttons Again, Edit prompt and Use as source.

The user who clicks is the requester of the new job: it counts against their limit, and they need
the permissions for it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import discord
from discord.ext import commands

from cogs.posting import picture_urls
from cogs.requests.edit_form import EditForms
from cogs.requests.intake import RequestInput, RequestIntake
from cogs.ui import (
    MESSAGE_LIMIT,
    StyleChoices,
    answer_privately,
    as_code,
    format_option_name,
    listed,
    sentence,
    words_for,
)
from cogs.ui.buttons import AGAIN, EDIT, USE, FormValues, make_viewer, on_button, on_modal
from services.catalog import ModelTable
from services.errors import BotError, SourceNotKept
from services.history import JobAccess, JobWithResults
from services.models import Origins
from services.requests import Repeats, fitted


class ReuseCog(commands.Cog):
    """Handles the buttons Again, Edit prompt and Use as source, and the forms they open."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        archive: JobAccess,
        repeats: Repeats,
        counter: RequestIntake,
        forms: EditForms,
        styles: StyleChoices,
        models: ModelTable,
        operator_ids: Collection[int],
    ) -> None:
        self._bot = bot
        self._archive = archive
        self._repeats = repeats
        self._counter = counter
        self._forms = forms
        self._styles = styles
        self._models = models
        self._operator_ids = operator_ids

    async def cog_load(self) -> None:
        """Register the buttons and forms, also for messages sent before a restart."""
        for verb, press in {AGAIN: self._again, EDIT: self._edit, USE: self._use}.items():
            self._bot.add_dynamic_items(on_button(verb, press))
        for verb, submit in {EDIT: self._edited, USE: self._used}.items():
            self._bot.add_listener(on_modal(verb, submit), "on_interaction")

    async def _again(self, interaction: discord.Interaction, job_id: str) -> None:
        opened = await self._open(interaction, job_id)
        draft = await self._same(opened)
        await self._counter.submit(interaction, draft)

    async def _edit(self, interaction: discord.Interaction, job_id: str) -> None:
        opened = await self._open(interaction, job_id)
        await self._counter.admit(interaction)
        await self._repeats.sources(opened)  # raise before the user types anything
        styles = await self._styles.named(interaction)
        form = self._forms.edit(opened.job, str(interaction.locale), styles=styles)
        await interaction.response.send_modal(form)

    async def _edited(
        self, interaction: discord.Interaction, job_id: str, filled: FormValues
    ) -> None:
        async with returning_prompt(interaction, filled):
            opened = await self._open(interaction, job_id)
            options = self._forms.edited(opened.job, filled)
            draft = replace(await self._same(opened), options=options)
            await self._take(interaction, draft, filled)

    async def _use(self, interaction: discord.Interaction, job_id: str) -> None:
        opened = await self._open(interaction, job_id)
        await self._counter.admit(interaction)
        posted = posted_in(interaction.message, job_id)
        there = {one.position for one in opened.results} | posted.keys()
        usable = [one.position for one in opened.painted if one.position in there]
        if not usable:
            raise SourceNotKept
        styles = await self._styles.named(interaction)
        form = self._forms.use(opened.job, usable, str(interaction.locale), styles=styles)
        await interaction.response.send_modal(form)

    async def _used(
        self, interaction: discord.Interaction, job_id: str, filled: FormValues
    ) -> None:
        async with returning_prompt(interaction, filled):
            opened = await self._open(interaction, job_id)
            position = filled.number("result") or 0
            posted = posted_in(interaction.message, job_id).get(position, "")
            source = self._repeats.result(opened, position, posted=posted)
            options = self._forms.used(opened.job, filled)
            draft = RequestInput(source=source, options=options, origins=Origins(job_ids=(job_id,)))
            await self._take(interaction, draft, filled)

    async def _open(self, interaction: discord.Interaction, job_id: str) -> JobWithResults:
        opened = await self._archive.open(job_id, make_viewer(interaction, self._operator_ids))
        await self._counter.check(interaction, origins=Origins(job_ids=(job_id,)))
        return opened

    async def _same(self, opened: JobWithResults) -> RequestInput:
        """Return a RequestInput that repeats a job's request; raises SourceNotKept."""
        request = opened.job.request
        source, *more = await self._repeats.sources(opened)
        # A job without a style stays without: a default that the server set later does not apply.
        options = replace(request.options, style=request.options.style or "")
        return RequestInput(
            source=source,
            prompt=request.prompt,
            options=options,
            kind=request.kind,
            more=tuple(more),
            origins=Origins(job_ids=(opened.job.id,)),
        )

    async def _take(
        self, interaction: discord.Interaction, draft: RequestInput, filled: FormValues
    ) -> None:
        """Submit the form's request; list the options that were dropped for the chosen model."""
        options, left_out = fitted(draft.options, self._models)
        draft = replace(draft, prompt=filled.text("prompt"), options=options)
        await self._counter.submit(interaction, draft)
        if left_out:
            locale = str(interaction.locale)
            names = listed((format_option_name(name, locale) for name in left_out), locale)
            text = sentence("left_out", locale, model=options.model, options=names)
            await answer_privately(interaction, text)


@asynccontextmanager
async def returning_prompt(
    interaction: discord.Interaction, filled: FormValues
) -> AsyncGenerator[None]:
    """Answer a refusal together with the typed prompt, so that the user does not lose it."""
    try:
        yield
    except BotError as error:
        locale = str(interaction.locale)
        words = f"{words_for(error, locale)}\n\n{sentence('prompt_to_copy', locale)}"
        prompt = as_code(filled.text("prompt"), MESSAGE_LIMIT - len(words) - len("\n```\n\n```"))
        await answer_privately(interaction, f"{words}\n{prompt}")


def posted_in(message: discord.Message | None, job_id: str) -> dict[int, str]:
    """Return the URLs of a job's results in a message, newly signed by Discord."""
    name = re.compile(rf".*/(?:SPOILER_)?{job_id}_(?P<number>[1-9])\.\w+")
    urls = () if message is None else picture_urls(message)
    found = ((name.fullmatch(urlsplit(url).path), url) for url in urls)
    return {int(match["number"]) - 1: url for match, url in found if match}
