"""/repaint-operator: commands for the whole bot, only for the users in OPERATOR_IDS."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from cogs.admin.operator_access import BotBlocksPart, BotServersPart
from cogs.admin.statistics import MOST_DAYS, FigureAnswers
from cogs.ui import Names, format_audit_entries, format_audit_entry
from services.guilds import GuildService

Reason = app_commands.Range[str, 1, 300]
Days = app_commands.Range[int, 1, MOST_DAYS]


@app_commands.default_permissions(administrator=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class OperatorCog(
    commands.GroupCog, group_name="repaint-operator", group_description="The whole bot"
):
    """Commands for operators. Discord shows them to other users too; the check refuses those."""

    def __init__(
        self,
        *,
        community: GuildService,
        names: Names,
        figures: FigureAnswers,
        operator_ids: Collection[int],
    ) -> None:
        self._community = community
        self._figures = figures
        self._operator_ids = operator_ids
        group = self.app_command
        assert group is not None
        for make in (BotBlocksPart, BotServersPart):
            part = make(community=community, names=names, operator_ids=operator_ids)
            for command in part.get_app_commands():
                group.add_command(command)

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Return whether the user is an operator."""
        return interaction.user.id in self._operator_ids

    @app_commands.command()
    @app_commands.describe(reason="Shown to members who ask meanwhile")
    async def pause(self, interaction: discord.Interaction, reason: Reason | None = None) -> None:
        """Take no more requests anywhere; what was accepted is still delivered."""
        entry = await self._community.pause_bot(reason=reason or "", by=interaction.user.id)
        text = format_audit_entry(entry, str(interaction.locale))
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command()
    async def resume(self, interaction: discord.Interaction) -> None:
        """Take requests again."""
        entry = await self._community.resume_bot(by=interaction.user.id)
        text = format_audit_entry(entry, str(interaction.locale))
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command()
    async def history(self, interaction: discord.Interaction) -> None:
        """Show what was decided for the whole bot, the latest first."""
        entries = await self._community.audit(None, limit=20)
        text = format_audit_entries(entries, str(interaction.locale))
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command()
    @app_commands.describe(
        days="How many days, today included; 30 unless you say", theme="Dark or light"
    )
    async def stats(
        self,
        interaction: discord.Interaction,
        days: Days = 30,
        theme: Literal["dark", "light"] = "dark",
    ) -> None:
        """Show what the whole bot painted, as a picture."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        figures = await self._community.statistics(None, days=days)
        about = interaction.client.user.name if interaction.client.user else ""
        await self._figures.give(interaction, figures, about=about, theme=theme)
