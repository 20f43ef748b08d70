"""/repaint-admin channels: the channels in which requests are accepted."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs.admin.checks import is_moderator
from cogs.admin.responder import AdminCommands, get_guild_id, id_in, offered
from cogs.admin.settings_text import channels_state
from cogs.compat import HIDDEN_NAME

Place = (
    discord.TextChannel
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.ForumChannel
    | discord.Thread
    | discord.CategoryChannel
)


class ChannelsPart(AdminCommands):
    """Commands for the list of channels; an empty list means every channel."""

    channels = app_commands.Group(name="channels", description="Where pictures may be asked for")

    @channels.command()
    @app_commands.describe(channel="A channel, a thread, or a category with all its channels")
    async def allow(self, interaction: discord.Interaction, channel: Place) -> None:
        """Take requests in this channel, and only in those allowed."""
        allow = self.responder.community.allow_channel
        await self.responder.decide(interaction, allow, channel.id, show=channels_state)

    @channels.command()
    @app_commands.describe(channel="One of those allowed")
    async def remove(self, interaction: discord.Interaction, channel: str) -> None:
        """Take a channel off the list."""
        channel_id = id_in(channel, field="channel")
        disallow = self.responder.community.disallow_channel
        await self.responder.decide(interaction, disallow, channel_id, show=channels_state)

    @channels.command()
    async def everywhere(self, interaction: discord.Interaction) -> None:
        """Empty the list: take requests in every channel."""
        allow_all = self.responder.community.allow_every_channel
        await self.responder.decide(interaction, allow_all, show=channels_state)

    @channels.command()
    async def show(self, interaction: discord.Interaction) -> None:
        """Show where requests are taken."""
        await self.responder.show(interaction, None, channels_state)

    @remove.autocomplete("channel")
    @app_commands.check(is_moderator)
    async def _allowed(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        rules = await self.responder.community.rules(get_guild_id(interaction))
        guild = interaction.guild
        found = {one: guild and guild.get_channel_or_thread(one) for one in rules.channels}
        return offered(
            {str(one): _label(one, channel) for one, channel in found.items()},
            typed,
        )


def _label(channel_id: int, channel: object) -> str:
    """Return a channel's label. A channel that the bot may not view is shown as a Discord link."""
    name = getattr(channel, "name", HIDDEN_NAME)
    return f"<#{channel_id}>" if name == HIDDEN_NAME else f"#{name}"
