"""A blocked server that adds the bot again: the bot leaves it."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial

import discord
from discord.ext import commands

from cogs.client.bot import RepaintBot
from cogs.ui.discord_errors import translated
from services.common.supervisor import TRIES
from services.errors import ChannelGone
from services.guilds.service import GuildService

log = logging.getLogger(__name__)


class ArrivalsCog(commands.Cog):
    """Looks at each server that the bot is added to."""

    def __init__(self, bot: RepaintBot, *, community: GuildService) -> None:
        """Take the client that leaves, and the service that knows who is blocked."""
        self._bot = bot
        self._community = community

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Leave a blocked server; one that is not on the list may be put there, and is not left."""
        await self._bot.supervisor.keep("guild_joined", partial(self._judge, guild.id), most=TRIES)

    async def _judge(self, guild_id: int) -> None:
        if not (await self._community.access()).is_blocked(guild_id):
            return
        with suppress(ChannelGone), translated():
            await self._bot.http.leave_guild(guild_id)
        log.info("left server %s, which is blocked", guild_id)
