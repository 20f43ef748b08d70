"""Two servers with a moderator and a member each, and the bot in both."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import simcord

from bot import open_bot
from services.common.shutdown import Shutdown
from tests.support.bot_harness import BotHarness, simulated_bot

DRAWING_S = 60.0
"""Seconds; a child process draws the chart slowly on a busy computer."""

MANAGE_SERVER = discord.Permissions(manage_guild=True)


@dataclass
class GuildHarness:
    """One server, seen and run by its moderators."""

    world: BotHarness
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    log: simcord.ChannelHandle
    mods: simcord.RoleHandle
    painters: simcord.RoleHandle
    mod: simcord.MemberActor
    member: simcord.MemberActor

    async def admin(
        self, command: str, *, by: simcord.MemberActor | None = None, **options: Any
    ) -> str:
        """Call a command of /repaint-admin; return its answer, which only the caller sees."""
        found = await (by or self.mod).slash(self.channel, f"repaint-admin {command}", **options)
        assert found.ephemeral
        assert found.response is not None
        return found.response.content

    async def offered(self, command: str, option: str, typed: str = "", **filled: Any) -> list[str]:
        """Return the choices of an autocomplete, as `name=value`."""
        path = f"repaint-admin {command}"
        found = await self.mod.autocomplete(self.channel, path, option, typed, **filled)
        return [f"{choice['name']}={choice['value']}" for choice in found]

    def logged(self) -> list[str]:
        """Lines in the log channel, the oldest first."""
        return [message.content for message in self.log.history()]


def furnish_guild(
    world: BotHarness, guild: simcord.GuildHandle, member: simcord.MemberActor
) -> GuildHarness:
    mods = guild.create_role("Mods", permissions=MANAGE_SERVER)
    return GuildHarness(
        world=world,
        guild=guild,
        channel=guild.create_text_channel("talk"),
        log=guild.create_text_channel("log"),
        mods=mods,
        painters=guild.create_role("Painters"),
        mod=guild.add_member(world.env.create_user("mod"), roles=[mods]),
        member=member,
    )


@asynccontextmanager
async def open_guild_harness(folder: Path, **settings: object) -> AsyncGenerator[GuildHarness]:
    """Open a world and furnish its server.

    It is no fixture: pytest-asyncio ends those in another context than simcord began in.
    """
    async with simulated_bot(folder, **settings) as world:
        world.env.settle_timeout = DRAWING_S
        yield furnish_guild(world, world.guild, world.ann)


def furnish_other_guild(server: GuildHarness) -> GuildHarness:
    """Furnish another server of the same bot."""
    guild = server.world.env.create_guild("Elsewhere")
    member = guild.add_member(server.world.env.create_user("eve"))
    return furnish_guild(server.world, guild, member)


@asynccontextmanager
async def restart_bot(world: BotHarness) -> AsyncGenerator[None]:
    """Run another bot on the same database, in the same Discord."""
    async with AsyncExitStack() as stack:
        bot = await open_bot(stack, world.settings, clock=world.clock, stop=Shutdown())
        await world.env.restart_bot(bot.client)
        await bot.client.register()
        yield
