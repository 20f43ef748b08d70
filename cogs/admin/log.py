"""/repaint-admin log-channel, history, stats: past changes and statistics of the server."""

from __future__ import annotations

from functools import partial
from typing import Literal

import discord
from discord import app_commands

from cogs.admin.responder import AdminCommands, AdminResponder, get_guild_id, get_locale
from cogs.admin.settings_text import log_state
from cogs.admin.statistics import MOST_DAYS, FigureAnswers
from cogs.compat import app_permissions_in
from cogs.ui import format_audit_entries
from services.errors import MissingPermissions

NEEDED = ("view_channel", "attach_files")
"""Permissions for log lines and for reports with images, besides the one to send messages."""

Days = app_commands.Range[int, 1, MOST_DAYS]
LogPlace = discord.TextChannel | discord.VoiceChannel | discord.Thread


class LogPart(AdminCommands):
    """Commands for the audit log and the statistics."""

    def __init__(self, responder: AdminResponder, *, figures: FigureAnswers) -> None:
        super().__init__(responder)
        self._figures = figures

    @app_commands.command(name="log-channel")
    @app_commands.describe(channel="Where changes and reports are written; empty = nowhere")
    async def log_channel(
        self, interaction: discord.Interaction, channel: LogPlace | None = None
    ) -> None:
        """Set where changes and members' reports are written."""
        if channel is not None:
            _check(interaction, channel)
        fields = {"log_channel_id": None if channel is None else channel.id}
        state = partial(log_state, has_operators=self.responder.has_operators)
        await self.responder.change(interaction, fields, state)

    @app_commands.command()
    async def history(self, interaction: discord.Interaction) -> None:
        """Show who changed what, the latest first."""
        entries = await self.responder.community.audit(get_guild_id(interaction), limit=20)
        await self.responder.answer(
            interaction, None, format_audit_entries(entries, get_locale(interaction))
        )

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
        """Show what this server painted, as a picture."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        figures = await self.responder.community.statistics(get_guild_id(interaction), days=days)
        about = interaction.guild.name if interaction.guild else ""
        await self._figures.give(interaction, figures, about=about, theme=theme)


def _check(interaction: discord.Interaction, channel: LogPlace) -> None:
    """Raise MissingPermissions if the bot could not write to the channel."""
    allowed = app_permissions_in(interaction, channel.id) or _cached_permissions(
        interaction.guild, channel.id
    )
    in_thread = isinstance(channel, discord.Thread)
    sending = "send_messages_in_threads" if in_thread else "send_messages"
    missing = tuple(name for name in (*NEEDED, sending) if not getattr(allowed, name))
    if missing:
        raise MissingPermissions(missing)


def _cached_permissions(guild: discord.Guild | None, channel_id: int) -> discord.Permissions:
    """Compute the permissions from the cache; none for a channel that is not cached."""
    channel = None if guild is None else guild.get_channel_or_thread(channel_id)
    if guild is None or channel is None:
        return discord.Permissions.none()
    return channel.permissions_for(guild.me)
