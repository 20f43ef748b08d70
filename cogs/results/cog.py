"""Buttons under a result: before / after, Details, Original links and Delete."""

from __future__ import annotations

import io
import logging
from collections.abc import Collection, Sequence
from typing import Literal

import discord
from discord.ext import commands

from cogs.jobs import way_back
from cogs.posting import LogChannel
from cogs.results.details import Details
from cogs.results.removal import Removal, deletion_words, in_their_place
from cogs.ui import (
    ALT_LIMIT,
    MESSAGE_LIMIT,
    SOURCE,
    StyleChoices,
    answer_privately,
    cut,
    link,
    nearest,
    note_duplicate_answer,
    sentence,
    stamp,
    translated,
)
from cogs.ui.buttons import (
    COMPARE,
    DELETE,
    DETAILS,
    LINKS,
    FormValues,
    JobModal,
    make_viewer,
    on_button,
    on_modal,
)
from services.catalog import ModelTable
from services.common.clock import Clock
from services.errors import DeliveryFailed, UnknownModel
from services.history import Comparisons, JobAccess, JobWithResults
from services.images import Labels
from services.models import MICRO, Job, Result

log = logging.getLogger(__name__)

UNKNOWN_MESSAGE = 10008
"""Code of a message that was deleted (Discord, JSON error codes)."""

LINK_LIFE_S = 30 * 24 * 3600.0
"""Seconds for which links are offered: Kling deletes images after 30 days (image-generation
page)."""


class ResultCog(commands.Cog):
    """Answers clicks under results, privately."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        archive: JobAccess,
        comparisons: Comparisons,
        removal: Removal,
        log_channel: LogChannel,
        models: ModelTable,
        styles: StyleChoices,
        clock: Clock,
        operator_ids: Collection[int],
    ) -> None:
        """`operator_ids`: these users have the same rights here as moderators."""
        self._bot = bot
        self._archive = archive
        self._comparisons = comparisons
        self._removal = removal
        self._log_channel = log_channel
        self._models = models
        self._styles = styles
        self._clock = clock
        self._operator_ids = operator_ids

    async def cog_load(self) -> None:
        """Register the buttons and forms, also for messages sent before a restart."""
        presses = {
            COMPARE: self._compare,
            DETAILS: self._details,
            LINKS: self._links,
            DELETE: self._ask_once,
        }
        for verb, press in presses.items():
            self._bot.add_dynamic_items(on_button(verb, press))
        self._bot.add_listener(on_modal(DELETE, self._delete), "on_interaction")

    async def _compare(self, interaction: discord.Interaction, job_id: str) -> None:
        opened, locale = await self._open(interaction, job_id), str(interaction.locale)
        sources = await self._comparisons.sources(opened)
        if not sources:
            await answer_privately(interaction, sentence("compare_missing_source", locale))
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        labels = [
            Labels(sentence("label_before", tag), sentence("label_after", tag))
            for tag in (locale, SOURCE)
        ]
        path = await self._comparisons.make(
            opened, sources, labels=labels, language=nearest(locale)
        )
        job = opened.job
        alt = _alt(job, len(opened.results), locale)
        spoiler = job.request.options.spoiler
        file = discord.File(path, f"{job.id}_before_after.jpg", spoiler=spoiler, description=alt)
        gallery: discord.ui.MediaGallery[discord.ui.LayoutView] = discord.ui.MediaGallery()
        gallery.add_item(media=file, description=alt, spoiler=spoiler)
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(gallery)
        await interaction.edit_original_response(view=view, attachments=[file])

    async def _details(self, interaction: discord.Interaction, job_id: str) -> None:
        viewer = make_viewer(interaction, self._operator_ids)
        opened = await self._archive.open(job_id, viewer)
        locale = str(interaction.locale)
        details = Details(
            opened=opened,
            ancestors=await self._archive.ancestors(opened.job, viewer),
            style=await self._get_style_name(opened.job, locale),
            estimated_micro=self._estimate(opened.job),
            locale=locale,
        )
        await interaction.response.send_message(view=details.view(), ephemeral=True)

    async def _links(self, interaction: discord.Interaction, job_id: str) -> None:
        opened, locale = await self._open(interaction, job_id), str(interaction.locale)
        results = [one for one in opened.painted if one.url]
        until = (opened.job.ready_at or opened.job.created_at) + LINK_LIFE_S
        if not results:
            await answer_privately(interaction, sentence("links_none", locale))
        elif until < self._clock.now():
            text = sentence("links_lapsed", locale, since=stamp(until))
            await answer_privately(interaction, text)
        else:
            head = sentence("links_head", locale, until=stamp(until, "f"))
            await _send_links(interaction, head, results, locale)

    async def _ask_once(self, interaction: discord.Interaction, job_id: str) -> None:
        viewer = make_viewer(interaction, self._operator_ids)
        job = await self._archive.job(job_id, viewer, to_change=True, forgotten=True)
        locale = str(interaction.locale)
        form = JobModal(DELETE, job_id, title=sentence("form_delete_title", locale))
        form.add_words(deletion_words(job, viewer, locale))
        await interaction.response.send_modal(form)

    async def _delete(self, interaction: discord.Interaction, job_id: str, _: FormValues) -> None:
        """Delete the images from storage and from the messages that show them.

        The clicked message is edited with the click's interaction, which also reaches private
        messages.
        """
        viewer = make_viewer(interaction, self._operator_ids)
        removed = await self._removal.take_off_disk(job_id, viewer)
        job, message = removed.job, interaction.message
        clicked = await _empty_clicked(interaction, job)
        but = message.id if clicked == "emptied" and message is not None else None
        others = await self._removal.empty_messages(job, removed.postings, but=but)
        if removed.is_pending or clicked != "emptied":
            key = "pictures_removed_later" if removed.is_pending else "pictures_removed"
            if clicked == "refused" and not others:
                key = "pictures_still_shown"
            await answer_privately(interaction, sentence(key, str(interaction.locale)))
        if removed.entry is not None:
            await self._log_channel.post(removed.entry)

    async def _open(self, interaction: discord.Interaction, job_id: str) -> JobWithResults:
        return await self._archive.open(job_id, make_viewer(interaction, self._operator_ids))

    async def _get_style_name(self, job: Job, locale: str) -> str | None:
        """Return the style's name; its key if the server no longer offers it."""
        key = job.request.options.style
        styles = await self._styles.table(job.place.guild_id)
        return styles.get(key).name_in(locale) if key and key in styles else key or None

    def _estimate(self, job: Job) -> int | None:
        try:
            price = self._models.get(job.request.options.model).price_usd()
        except UnknownModel:
            return None
        return round(price * MICRO) * job.units


async def _empty_clicked(
    interaction: discord.Interaction, job: Job
) -> Literal["emptied", "gone", "refused"]:
    """Remove the images from the clicked message; say whether Discord accepted the edit.

    "gone": the message no longer exists. "refused": it may still show the images.
    """
    try:
        with translated():
            view = _emptied(interaction, job)
            await interaction.response.edit_message(view=view, attachments=[])
    except DeliveryFailed as error:
        note_duplicate_answer(interaction, error.__cause__)
        log.info("job %s: the clicked message was not emptied: %s", job.id, type(error).__name__)
        is_gone = getattr(error.__cause__, "code", None) == UNKNOWN_MESSAGE
        return "gone" if is_gone else "refused"
    return "emptied"


def _emptied(interaction: discord.Interaction, job: Job) -> discord.ui.LayoutView:
    """Build the clicked message without images; a page of /jobs keeps its back button."""
    message = interaction.message
    private = message is not None and message.flags.ephemeral
    readers = interaction.guild_locale or job.place.readers_locale
    view = in_their_place(str(interaction.locale if private else readers))
    back = way_back(message)
    if back is not None:
        view.add_item(back)
    return view


def _alt(job: Job, total: int, locale: str) -> str:
    prompt = cut(" ".join(job.request.prompt.split()), ALT_LIMIT)
    model = job.request.options.model
    text = sentence("compare_alt", locale, total=total, model=model, prompt=prompt)
    return cut(text, ALT_LIMIT)


async def _send_links(
    interaction: discord.Interaction, head: str, results: Sequence[Result], locale: str
) -> None:
    """Send the links; signed ones can be too long for a message and are then sent as a file."""
    names = [sentence("links_picture", locale, number=one.position + 1) for one in results]
    links = (link(name, one.url) for name, one in zip(names, results, strict=True))
    text = "\n".join([head, *links])
    if len(text) <= MESSAGE_LIMIT:
        await interaction.response.send_message(text, ephemeral=True)
        return
    paper = "\n".join(f"{name}\n{one.url}\n" for name, one in zip(names, results, strict=True))
    file = discord.File(io.BytesIO(paper.encode()), "links.txt")
    words = f"{head}\n{sentence('links_in_file', locale)}"
    await interaction.response.send_message(words, file=file, ephemeral=True)
