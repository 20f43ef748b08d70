"""Reports on their way: to the server's log channel, or to the people who run the bot."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Literal

import discord

from cogs.delivery import TOGETHER, Fit
from cogs.discord_errors import translated
from cogs.locales import SOURCE
from cogs.log_channel import LogChannel, Message
from cogs.report_letter import Report
from services.errors import DeliveryFailed

log = logging.getLogger(__name__)

REMEMBERED = 5000
"""Jobs in memory: a member's second report of the same pictures is not sent again."""

FILE_LIMIT = 10 * 1024 * 1024
"""Bytes a file may have anywhere (Discord)."""

SEND_S = 30.0

Told = Literal["moderators", "operators", "nobody", "before"]
"""Who has the report now."""

Write = Callable[[str], Message]


class Reports:
    """Brings reports to those who can act."""

    def __init__(
        self,
        client: discord.Client,
        *,
        log_channel: LogChannel,
        fit: Fit,
        operator_ids: Collection[int],
    ) -> None:
        """Take where reports go, and what makes pictures small enough for it."""
        self._client = client
        self._log_channel = log_channel
        self._fit = fit
        self._operator_ids = operator_ids
        self._reporters: OrderedDict[str, set[int]] = OrderedDict()

    async def file(self, report: Report) -> Told:
        """Pass a report on; the pictures go along once, later reports of them are a line."""
        reporters = self._reporters.setdefault(report.job.id, set())
        if report.reporter_id in reporters:
            return "before"
        if reporters:
            told = await self._send(report, report.again)
        else:
            results = await self._fit(report.results, each=FILE_LIMIT, together=TOGETHER)
            report = replace(report, results=results)
            told = await self._send(report, report.message)
        if told != "nobody":
            reporters.add(report.reporter_id)
        self._forget_the_oldest()
        return told

    async def _send(self, report: Report, write: Write) -> Told:
        guild_id = report.job.place.guild_id
        if guild_id is not None and await self._log_channel.send(guild_id, write):
            return "moderators"
        reached = [await self._send_privately(one, write) for one in self._operator_ids]
        return "operators" if any(reached) else "nobody"

    async def _send_privately(self, operator_id: int, write: Write) -> bool:
        try:
            with translated():
                async with asyncio.timeout(SEND_S):
                    channel = await self._client.create_dm(discord.Object(operator_id))
                    await channel.send(**write(SOURCE))
        except DeliveryFailed as error:
            log.warning("operator %s got no report: %s", operator_id, type(error).__name__)
            return False
        return True

    def _forget_the_oldest(self) -> None:
        while len(self._reporters) > REMEMBERED:
            self._reporters.popitem(last=False)
