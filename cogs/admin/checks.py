"""Who governs: Manage Server, or whomever the server's owner let in through Discord's settings.

Discord enforces this itself before it hands a command on; here it is asked once more, since a
registration may be stale.
"""

from __future__ import annotations

from typing import Any, cast

import discord
from discord import app_commands


async def is_moderator(interaction: discord.Interaction, *, command_id: int | None = None) -> bool:
    """Let a moderator of this server pass; raises CheckFailure for everybody else.

    A press has no command: `command_id` is that of the one which it goes on from.
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
    """Ask Discord whether the owner named this member, or a role of theirs, for the command."""
    command_id = command_id or cast("dict[str, Any]", interaction.data or {}).get("id")
    if command_id is None or interaction.guild_id is None:
        return False
    try:
        found = await interaction.client.http.get_application_command_permissions(
            interaction.application_id, interaction.guild_id, int(command_id)
        )
    except discord.NotFound:  # nobody changed anything
        return False
    theirs = {member.id, *(role.id for role in member.roles)}
    return any(one["permission"] and int(one["id"]) in theirs for one in found["permissions"])
