"""Reports on their way: to the server's log channel, or to the people who run the bot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import discord

from cogs.delivery import TOGETHER, Fit
from cogs.discord_errors import translated
from cogs.locales import SOURCE
from cogs.log_channel import LogChannel
from cogs.report_letter import WITHOUT, Report
from cogs.some_form import SEND_S, Form, send_some_form
from services.archive import Archive
from services.clock import Clock
from services.errors import DeliveryFailed
from services.models import Posting

log = logging.getLogger(__name__)

FILE_LIMIT = 10 * 1024 * 1024
"""Bytes a file may have anywhere (Discord)."""

Told = Literal["moderators", "operators", "nobody", "no_receiver", "before", "enough", "too_many"]
"""Who has the report now, or why nobody has it."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a report."""

    told: Told
    free_at: float = 0.0
    """When the next one is taken, of a report that is one too many."""


class Reports:
    """Brings reports to those who can act."""

    def __init__(
        self,
        client: discord.Client,
        *,
        archive: Archive,
        log_channel: LogChannel,
        fit: Fit,
        clock: Clock,
        operator_ids: Collection[int],
    ) -> None:
        """Take what remembers reports, where they go, what makes pictures small enough."""
        self._client = client
        self._archive = archive
        self._log_channel = log_channel
        self._fit = fit
        self._clock = clock
        self._operator_ids = operator_ids

    async def refused(self, job_id: str, posting: Posting, *, reporter_id: int) -> Filed | None:
        """Tell before a form opens why a report would reach nobody; None: it is welcome."""
        judged = await self._archive.judge_report(
            job_id, guild_id=posting.guild_id, user_id=reporter_id, now=self._clock.now()
        )
        if judged.verdict in ("before", "too_many"):
            return Filed(judged.verdict, judged.free_at)
        if self._operator_ids or await self._log_channel.is_writable(posting.guild_id):
            return None
        return Filed("no_receiver")

    async def file(self, report: Report) -> Filed:
        """Pass a report on; the pictures go along once, later reports of them are a line."""
        job_id, guild_id = report.job.id, report.posting.guild_id
        taken = await self._archive.take_report(
            job_id, guild_id=guild_id, user_id=report.reporter_id, now=self._clock.now()
        )
        if taken.verdict in ("before", "enough", "too_many"):
            return Filed(taken.verdict, taken.free_at)
        told: Told = "nobody"
        try:
            told = await self._sent(report, whole=taken.verdict == "first")
        finally:
            if told == "nobody":
                await self._archive.drop_report(
                    job_id, guild_id=guild_id, user_id=report.reporter_id
                )
        return Filed(told)

    async def _sent(self, report: Report, *, whole: bool) -> Told:
        if not whole:
            return await self._send(report, report.again)
        results = await self._fit(report.results, each=FILE_LIMIT, together=TOGETHER)
        forms = [replace(report, results=results, without=one) for one in WITHOUT]
        return await self._send(report, *(one.message for one in forms))

    async def _send(self, report: Report, *forms: Form) -> Told:
        guild_id = report.posting.guild_id
        if guild_id is not None and await self._log_channel.send(guild_id, *forms):
            return "moderators"
        reached = [await self._send_privately(one, forms) for one in self._operator_ids]
        return "operators" if any(reached) else "nobody"

    async def _send_privately(self, operator_id: int, forms: Sequence[Form]) -> bool:
        try:
            with translated():
                async with asyncio.timeout(SEND_S):
                    channel = await self._client.create_dm(discord.Object(operator_id))
            await send_some_form(channel, *forms, locale=SOURCE)
        except DeliveryFailed as error:
            log.warning("operator %s got no report: %s", operator_id, type(error).__name__)
            return False
        return True
