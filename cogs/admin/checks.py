"""Checks that a user is a moderator.

A user is a moderator with Manage Server, or if the server's owner has allowed the command for them
in Discord's settings. Discord enforces this before it sends a command; the bot checks again,
because the registered command may be out of date.
"""

from __future__ import annotations

from typing import Any, cast

import discord
from discord import app_commands


async def is_moderator(interaction: discord.Interaction, *, command_id: int | None = None) -> bool:
    """Return True for a moderator of this server; raise CheckFailure for other users.

    A button click belongs to no command; `command_id` names the one whose permissions count.
    """
    if interaction.guild_id is None or not isinstance(interaction.user, discord.Member):
        raise app_commands.NoPrivateMessage
    if interaction.permissions.manage_guild or await _is_let_in(
        interaction, interaction.user, command_id
    ):
        return True
    raise app_commands.MissingPermissions(["manage_guild"])


async def _is_let_in(
    interaction: discord.Interaction, member: discord.Member, command_id: int | None
) -> bool:
    """Ask Discord whether the owner allowed the command for this member or one of their roles."""
    command_id = command_id or cast("dict[str, Any]", interaction.data or {}).get("id")
    if command_id is None or interaction.guild_id is None:
        return False
    try:
        found = await interaction.client.http.get_application_command_permissions(
            interaction.application_id, interaction.guild_id, int(command_id)
        )
    except discord.NotFound:  # the server has no overrides
        return False
    theirs = {member.id, *(role.id for role in member.roles)}
    return any(one["permission"] and int(one["id"]) in theirs for one in found["permissions"])
