"""Groups the commands of all subjects under /repaint-admin."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from re import Match

import discord
from discord import app_commands
from discord.ext import commands

from cogs.admin.blocked_words import WordsPart
from cogs.admin.channels import ChannelsPart
from cogs.admin.limits import LimitsPart
from cogs.admin.log import LogPart
from cogs.admin.members import BlocksPart, GrantsPart
from cogs.admin.pause import PausingPart
from cogs.admin.responder import DECIDE, AdminCommands, AdminResponder
from cogs.admin.roles import RolesPart
from cogs.admin.settings import SettingsPart
from cogs.admin.statistics import FigureAnswers
from cogs.admin.styles import StylesPart
from cogs.client import RepaintBot
from cogs.ui import Names
from cogs.ui.buttons import JOB, matching
from services.catalog import ModelTable, StyleTable
from services.common.clock import Clock
from services.common.supervisor import TRIES


class AdminCog(commands.Cog):
    """All commands of /repaint-admin."""

    def __init__(
        self,
        bot: RepaintBot,
        *,
        responder: AdminResponder,
        names: Names,
        figures: FigureAnswers,
        models: ModelTable,
        styles: StyleTable,
        clock: Clock,
    ) -> None:
        self._bot = bot
        self._responder = responder
        self._blocks = BlocksPart(responder, names=names, clock=clock)
        self._words = WordsPart(responder)
        self._parts: Sequence[AdminCommands] = (
            LimitsPart(responder),
            GrantsPart(responder, names=names, clock=clock),
            self._blocks,
            ChannelsPart(responder),
            RolesPart(responder),
            self._words,
            StylesPart(responder, styles=styles),
            SettingsPart(responder, models=models, styles=styles),
            PausingPart(responder),
            LogPart(responder, figures=figures),
        )

    async def cog_load(self) -> None:
        """Add the commands to the tree: in servers only, for members who manage the server."""
        self._bot.add_dynamic_items(matching(f"{DECIDE}{JOB}", self._decide))
        group = app_commands.Group(
            name="repaint-admin",
            description="Who may paint how much, and where",
            guild_only=True,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            default_permissions=discord.Permissions(manage_guild=True),
        )
        for part in self._parts:
            for command in part.get_app_commands():
                group.add_command(command)
        self._bot.tree.add_command(group)

    async def _decide(self, interaction: discord.Interaction, match: Match[str]) -> None:
        """Carry out the decision that a moderator has confirmed after a warning."""
        decision = await self._responder.decided(interaction, match["job"])
        if decision.action == "block":
            await self._blocks.carry_out(interaction, decision, interaction.user)
        else:
            await self._words.carry_out(interaction, decision)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Delete the settings of a deleted role, with retries while the database is unavailable."""
        forgetting = partial(self._forget_role, role)
        await self._bot.supervisor.run("role_deleted", forgetting, most=TRIES)

    async def _forget_role(self, role: discord.Role) -> None:
        """Remove the role's limit and requirement: no option can name it, no member can have it."""
        community = self._responder.community
        rules = await community.rules(role.guild.id)
        by = self._bot.application_id or 0
        if any(limit.role_id == role.id for limit in rules.role_limits):
            await community.set_role_limit(role.guild.id, role.id, None, by=by)
        if role.id in rules.required_roles:
            entry = await community.remove_required_role(role.guild.id, role.id, by=by)
            await self._responder.post_to_log(entry)
