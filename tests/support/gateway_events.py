"""Gateway events for the bot of a simulated world, including hidden channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.bot_harness import BotHarness
from tests.support.messages import Json

HIDDEN = "___hidden___"
OBFUSCATED = 1 << 17
BLANKED = (
    "topic",
    "nsfw",
    "bitrate",
    "user_limit",
    "rtc_region",
    "video_quality_mode",
    "available_tags",
    "default_reaction_emoji",
    "default_forum_layout",
    "default_sort_order",
    "rate_limit_per_user",
    "default_auto_archive_duration",
    "default_thread_rate_limit_per_user",
    "last_message_id",
)
"""Fields that Discord blanks in one form or another."""


def hidden_channel(channel_id: int, guild_id: int, *, kind: int = 0, form: str = "minimal") -> Json:
    """Return the gateway's payload of a channel that the bot may not view.

    `form` is "minimal" if blanked fields are missing, "null" if they are null.
    """
    deny = {"id": str(guild_id), "type": 0, "allow": "0", "deny": "1024"}
    shown: Json = {
        "id": str(channel_id),
        "guild_id": str(guild_id),
        "type": kind,
        "position": 1,
        "parent_id": None,
        "name": HIDDEN,
        "flags": OBFUSCATED,
        "permission_overwrites": [deny],
    }
    return shown if form == "minimal" else dict.fromkeys(BLANKED) | shown


def guild_payload(guild_id: int) -> Json:
    """Return a GUILD_CREATE payload without channels."""
    everyone = {
        "id": str(guild_id),
        "name": "@everyone",
        "permissions": "0",
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
    }
    return {
        "id": str(guild_id),
        "name": "new",
        "owner_id": "1",
        "roles": [everyone],
        "member_count": 1,
        "members": [],
        "channels": [],
    }


def receive(world: BotHarness, event: str, payload: Any) -> None:
    """Dispatch an event as if the bot's gateway had sent it."""
    world.bot.client._connection.parsers[event](payload)


def hide(world: BotHarness, channel_id: int, **fields: object) -> None:
    """Hide a channel from the bot; users see it as before."""
    receive(world, "CHANNEL_UPDATE", hidden_channel(channel_id, world.guild.id) | fields)


def alter_interactions(world: BotHarness, alter: Callable[[Json], None]) -> None:
    """Change every interaction from now on, before the bot's gateway receives it."""

    def change(event: str, payload: Json) -> None:
        if event == "INTERACTION_CREATE":
            alter(payload)

    world.env.backend.subscribers.insert(0, change)
