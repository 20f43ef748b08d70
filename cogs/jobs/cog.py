"""/jobs: a user's own jobs, to view, cancel and repost. Only that user sees them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import discord
from discord import app_commands
from discord.ext import commands

from cogs.jobs.cancel import format_finished
from cogs.jobs.pages import DIRECT, POST, UNFINISHED, JobDetailPage, JobListPage
from cogs.jobs.pagination import PageRef, picking, turning
from cogs.jobs.repost import Repost
from cogs.posting import TOGETHER, Fit
from cogs.ui import answer_privately, sentence
from cogs.ui.buttons import make_viewer, on_button
from services.history import JobWithResults, MemberJobs
from services.models import OPEN, Entry, State

FETCH = "fetch"
"""Verb of the Fetch button, which posts the images into a message that the bot can no longer
edit."""


class JobsCog(commands.Cog):
    """Shows users their own jobs."""

    def __init__(
        self, bot: commands.Bot, *, member_jobs: MemberJobs, repost: Repost, fit: Fit
    ) -> None:
        """`repost` posts images again, `fit` shrinks files to a limit."""
        self._bot = bot
        self._member_jobs = member_jobs
        self._repost = repost
        self._fit = fit

    async def cog_load(self) -> None:
        """Register the buttons, also for messages sent before a restart."""
        self._bot.add_dynamic_items(turning(self._turn), picking(self._pick))
        for verb, press in {POST: self._post, DIRECT: self._direct, FETCH: self._fetch}.items():
            self._bot.add_dynamic_items(on_button(verb, press))

    @app_commands.command(description="What you asked for: look, cancel, post again")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def jobs(self, interaction: discord.Interaction) -> None:
        """Answer privately with the first page."""
        await interaction.response.defer(thinking=True, ephemeral=True)
        await self._show_page(interaction, PageRef())

    async def _turn(self, interaction: discord.Interaction, spot: PageRef) -> None:
        await interaction.response.defer()
        await self._show_page(interaction, spot)

    async def _show_page(self, interaction: discord.Interaction, spot: PageRef) -> None:
        guild_id = interaction.guild_id if spot.scope == "here" else None
        spot = spot if guild_id is not None else PageRef("all", spot.number)
        page = await self._member_jobs.page(
            interaction.user.id, guild_id=guild_id, number=spot.number
        )
        small = await asyncio.gather(*(self._thumbnail(entry) for entry in page.entries))
        listing = JobListPage(
            page=page,
            spot=spot,
            thumbnails={
                entry.job.id: path
                for entry, path in zip(page.entries, small, strict=True)
                if path is not None
            },
            locale=str(interaction.locale),
            in_server=interaction.guild_id is not None,
        )
        await interaction.edit_original_response(view=listing.view(), attachments=listing.files())

    async def _thumbnail(self, entry: Entry) -> Path | None:
        return None if entry.first is None else await self._member_jobs.thumbnail(entry.first)

    async def _pick(self, interaction: discord.Interaction, spot: PageRef, job_id: str) -> None:
        viewer = make_viewer(interaction)
        opened = await self._member_jobs.open(job_id, viewer)
        await interaction.response.defer()
        shown = opened.results if opened.job.state not in UNFINISHED else ()
        single = JobDetailPage(
            job=opened.job,
            results=await self._fit(shown, each=interaction.filesize_limit, together=TOGETHER),
            ancestors=await self._member_jobs.ancestors(opened.job, viewer),
            spot=spot,
            locale=str(interaction.locale),
        )
        await interaction.edit_original_response(view=single.view(), attachments=single.files())

    async def _post(self, interaction: discord.Interaction, job_id: str) -> None:
        opened = await self._finished(interaction, job_id)
        if opened is not None:
            await self._repost.here(interaction, opened)

    async def _direct(self, interaction: discord.Interaction, job_id: str) -> None:
        opened = await self._finished(interaction, job_id)
        if opened is not None:
            await self._repost.directly(interaction, opened)

    async def _fetch(self, interaction: discord.Interaction, job_id: str) -> None:
        opened = await self._finished(interaction, job_id)
        if opened is not None:
            await self._repost.in_place(interaction, opened)

    async def _finished(
        self, interaction: discord.Interaction, job_id: str
    ) -> JobWithResults | None:
        """Return a job that ended with images; otherwise answer with its state, return None."""
        opened = await self._member_jobs.open(job_id, make_viewer(interaction))
        job, locale = opened.job, str(interaction.locale)
        if job.state in (State.DELIVERED, State.UNDELIVERED):
            return opened
        over = job.state not in OPEN
        text = format_finished(job, locale) if over else sentence("fetch_too_early", locale)
        await answer_privately(interaction, text)
        return None
