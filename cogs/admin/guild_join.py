"""Leaves a blocked server as soon as it adds the bot again."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial

import discord
from discord.ext import commands

from cogs.client import RepaintBot
from cogs.ui import translated
from services.common.supervisor import TRIES
from services.errors import ChannelGone
from services.guilds import GuildService

log = logging.getLogger(__name__)


class ArrivalsCog(commands.Cog):
    """Checks each server that adds the bot."""

    def __init__(self, bot: RepaintBot, *, community: GuildService) -> None:
        self._bot = bot
        self._community = community

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Leave a server that operators blocked.

        A server that is only missing on the allow list is not left, because it may still be added.
        """
        await self._bot.supervisor.run("guild_joined", partial(self._judge, guild.id), most=TRIES)

    async def _judge(self, guild_id: int) -> None:
        if not (await self._community.access()).is_blocked(guild_id):
            return
        with suppress(ChannelGone), translated():
            await self._bot.http.leave_guild(guild_id)
        log.info("left server %s: the operators block it", guild_id)
