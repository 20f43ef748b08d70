"""/quota: units left today, the limit that applies, when it resets, and open jobs."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from cogs.ui import format_quota_status, member_context
from cogs.ui.buttons import moderates
from services.guilds import GuildService


class QuotaCog(commands.Cog):
    """Shows a member's own quota status, and to moderators that of others."""

    def __init__(self, *, community: GuildService) -> None:
        self._community = community

    @app_commands.command(description="How many pictures you have left today")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(member="Somebody else; for moderators")
    async def quota(
        self, interaction: discord.Interaction, member: discord.User | None = None
    ) -> None:
        """Answer privately."""
        of_other = member is not None and member.id != interaction.user.id
        if of_other and not moderates(interaction):
            raise app_commands.MissingPermissions(["manage_messages"])
        who = member or interaction.user
        visitor = member_context(interaction, who)
        standing = await self._community.standing(
            who.id, interaction.guild_id, visitor, own=not of_other
        )
        text = format_quota_status(standing, str(interaction.locale), of_other=of_other)
        await interaction.response.send_message(text, ephemeral=True)
