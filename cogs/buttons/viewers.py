"""Who presses: what Discord says about them, as far as the archive asks."""

from __future__ import annotations

from collections.abc import Collection

import discord

from services.archive import Viewer


def moderates(interaction: discord.Interaction) -> bool:
    """Tell whether the member may see to other members' pictures here."""
    allowed = interaction.permissions
    return interaction.guild_id is not None and (allowed.manage_guild or allowed.manage_messages)


def viewer_of(interaction: discord.Interaction, operator_ids: Collection[int] = ()) -> Viewer:
    """Take whoever pressed or called."""
    return Viewer(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        may_manage=moderates(interaction),
        is_operator=interaction.user.id in operator_ids,
    )
