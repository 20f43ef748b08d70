"""The Cancel button of a running job, and the Withhold button when cancelling is too late."""

from __future__ import annotations

from collections.abc import Collection

import discord
from discord.ext import commands

from cogs.posting import ChannelDelivery
from cogs.ui import text
from cogs.ui.buttons import JobButton, make_viewer, on_button
from services.engine import Progress
from services.models import Job, State
from services.requests import Cancelling, CancelOutcome

CANCEL, WITHHOLD = "cancel", "withhold"

_OVER = (State.DELIVERED, State.UNDELIVERED, State.READY)
"""States in which a job has images; each has a sentence of its own."""


class CancelCog(commands.Cog):
    """Cancels a job, or withholds its images, when a button is clicked; every answer is private."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        cancelling: Cancelling,
        delivery: ChannelDelivery,
        operator_ids: Collection[int],
    ) -> None:
        """`delivery` edits the job's message."""
        self._bot = bot
        self._cancelling = cancelling
        self._delivery = delivery
        self._operator_ids = operator_ids

    async def cog_load(self) -> None:
        """Register the buttons, also for messages sent before a restart."""
        self._bot.add_dynamic_items(on_button(CANCEL, self._cancel))
        self._bot.add_dynamic_items(on_button(WITHHOLD, self._withhold))

    async def _cancel(self, interaction: discord.Interaction, job_id: str) -> None:
        viewer = make_viewer(interaction, self._operator_ids)
        answer = await self._cancelling.cancel(job_id, viewer)
        view = _view(answer, str(interaction.locale))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _withhold(self, interaction: discord.Interaction, job_id: str) -> None:
        viewer = make_viewer(interaction, self._operator_ids)
        job = await self._cancelling.withhold(job_id, viewer)
        key = "withheld_too_late" if job is None else "withheld_done"
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(discord.ui.TextDisplay(text.sentence(key, str(interaction.locale))))
        await interaction.response.edit_message(view=view)
        if job is not None:
            await self._delivery.update_progress(job, Progress(phase="withheld"))


def _view(answer: CancelOutcome, locale: str) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(_words(answer, locale)))
    if answer.verdict in ("painting", "generated") and not answer.job.withheld:
        row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
        label = text.sentence("button_withhold", locale)
        row.add_item(JobButton(WITHHOLD, answer.job.id, label=label))
        view.add_item(row)
    return view


def _words(answer: CancelOutcome, locale: str) -> str:
    if answer.verdict == "over":
        return format_finished(answer.job, locale)
    keys = {"cancelled": "cancelled", "generated": "cancel_generated"}
    key = keys.get(answer.verdict, "cancel_too_late")
    return text.sentence(key, locale, units=answer.job.units)


def format_finished(job: Job, locale: str) -> str:
    """Return how a finished job ended."""
    if job.outcome is not None and job.state not in _OVER:
        return text.format_outcome(job.outcome, locale, given_back=job.given_back)
    key = f"job_over_{job.state}" if job.state in _OVER else "job_over"
    return text.sentence(key, locale)
