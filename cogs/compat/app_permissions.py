"""The bot's permissions in a channel option (`app_permissions`, since 2026-07-16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import discord


def app_permissions_in(
    interaction: discord.Interaction, channel_id: int
) -> discord.Permissions | None:
    """Return the bot's permissions in the chosen channel; None if the interaction does not say."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    channel = data.get("resolved", {}).get("channels", {}).get(str(channel_id), {})
    said = channel.get("app_permissions")
    return None if said is None else discord.Permissions(int(said))
