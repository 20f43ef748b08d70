"""/repaint-admin limits, role-limit: images per day."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands

from cogs.admin.responder import AdminCommands, named
from cogs.admin.settings_text import limits_state

Units = app_commands.Range[int, 0, 10_000]
"""Range of limits in images per day; the maximum is far above any use."""

_FIELDS = {"member": "user_daily", "server": "guild_daily"}


class LimitsPart(AdminCommands):
    """Commands for the limits of the server, its members and its roles."""

    @app_commands.command()
    @app_commands.describe(
        member="Pictures a member may make a day; 0 = no limit",
        server="Pictures everybody here may make a day; 0 = no cap of your own",
        default="Go back to what the people who run the bot set",
    )
    async def limits(
        self,
        interaction: discord.Interaction,
        member: Units | None = None,
        server: Units | None = None,
        default: Literal["member", "server"] | None = None,
    ) -> None:
        """Show or set how many pictures a day."""
        fields = named(user_daily=member, guild_daily=server)
        if default is not None:
            fields[_FIELDS[default]] = None
        await self.responder.change(interaction, fields, limits_state)

    @app_commands.command(name="role-limit")
    @app_commands.describe(
        role="The role; of several, the highest limit counts",
        images="Pictures a member with this role may make a day; 0 = no limit; empty = remove",
    )
    async def role_limit(
        self,
        interaction: discord.Interaction,
        role: discord.Role,
        images: Units | None = None,
    ) -> None:
        """Set or remove a limit for everybody who has a role."""
        change = self.responder.community.set_role_limit
        await self.responder.decide(interaction, change, role.id, images, show=limits_state)
