"""What the bot may do in a channel that somebody chose (`app_permissions`, since 2026-07-16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import discord


def app_permissions_in(
    interaction: discord.Interaction, channel_id: int
) -> discord.Permissions | None:
    """Return what the interaction says of the bot's permissions there; None: it says nothing."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    channel = data.get("resolved", {}).get("channels", {}).get(str(channel_id), {})
    said = channel.get("app_permissions")
    return None if said is None else discord.Permissions(int(said))
