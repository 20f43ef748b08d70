"""The Report button under results, and what moderators can do about a report."""

from __future__ import annotations

from collections.abc import Collection

import discord
from discord.ext import commands

from cogs.audit_words import line_of
from cogs.buttons import Filled, JobForm, answering, hearing, viewer_of
from cogs.buttons.verbs import REPORT, REPORT_BLOCK, REPORT_DELETE
from cogs.log_channel import LogChannel
from cogs.places import link_to, room_of
from cogs.removal import Removal
from cogs.report_letter import Report, settled
from cogs.reports import Reports
from cogs.tree import answer_privately
from cogs.wording import sentence
from services.archive import Archive
from services.community import Community
from services.errors import NotYours
from services.models import Job

REASON_LIMIT = 300


class ReportCog(commands.Cog):
    """Takes reports, and the presses under them."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        archive: Archive,
        reports: Reports,
        removal: Removal,
        community: Community,
        log_channel: LogChannel,
        operator_ids: Collection[int],
    ) -> None:
        """Take the partners; operators may do here what moderators may."""
        self._bot = bot
        self._archive = archive
        self._reports = reports
        self._removal = removal
        self._community = community
        self._log_channel = log_channel
        self._operator_ids = operator_ids

    async def cog_load(self) -> None:
        """Listen to presses, also those under messages of earlier runs."""
        presses = {REPORT: self._ask_why, REPORT_DELETE: self._delete, REPORT_BLOCK: self._block}
        for verb, press in presses.items():
            self._bot.add_dynamic_items(answering(verb, press))
        self._bot.add_listener(hearing(REPORT, self._report), "on_interaction")

    async def _ask_why(self, interaction: discord.Interaction, job_id: str) -> None:
        await self._archive.job(job_id, viewer_of(interaction, self._operator_ids))
        locale = str(interaction.locale)
        form = JobForm(REPORT, job_id, title=sentence("report_title", locale))
        form.add_text(
            "reason",
            label=sentence("report_question", locale),
            most=REASON_LIMIT,
            required=False,
        )
        await interaction.response.send_modal(form)

    async def _report(self, interaction: discord.Interaction, job_id: str, filled: Filled) -> None:
        opened = await self._archive.open(job_id, viewer_of(interaction, self._operator_ids))
        report = Report(
            job=opened.job,
            results=opened.results,
            reporter_id=interaction.user.id,
            reason=filled.text("reason"),
            link=_link_of(interaction.message, opened.job),
        )
        await interaction.response.defer(ephemeral=True, thinking=True)
        told = await self._reports.file(report)
        text = sentence(f"report_told_{told}", str(interaction.locale))
        await interaction.edit_original_response(content=text)

    async def _delete(self, interaction: discord.Interaction, job_id: str) -> None:
        viewer = viewer_of(interaction, self._operator_ids)
        await self._archive.job(job_id, viewer, to_change=True)
        await interaction.response.defer()
        gone = await self._removal.take_down(job_id, viewer)
        key = "report_deleted" if gone else "report_deleted_on_disk"
        assert interaction.message is not None
        line = sentence(key, self._log_channel.locale_of(interaction.guild_id),
                        by=interaction.user.mention)  # fmt: skip
        view = settled(interaction.message, line)
        await interaction.edit_original_response(view=view, attachments=[])

    async def _block(self, interaction: discord.Interaction, job_id: str) -> None:
        viewer = viewer_of(interaction, self._operator_ids)
        job = await self._archive.job(job_id, viewer)
        guild_id = job.place.guild_id
        if guild_id is None or not (viewer.may_manage or viewer.is_operator):
            raise NotYours
        reason = sentence("report_block_reason", self._log_channel.locale_of(guild_id))
        entry = await self._community.block(
            guild_id, job.request.user_id, reason=reason, until=None, by=interaction.user.id
        )
        locale = str(interaction.locale)
        text = f"{line_of(entry, locale)}\n{sentence('report_blocked_hint', locale)}"
        await answer_privately(interaction, text)
        await self._log_channel.post(entry)


def _link_of(message: discord.Message | None, job: Job) -> str:
    """Return the address that moderators can open: that of what was pressed if others see it."""
    if message is not None and not message.flags.ephemeral:
        return message.jump_url
    return link_to(job) or room_of(job)
