"""Channels as the gateway shows them to a bot: those that it may not view are obfuscated.

Discord has done so since 2026-11-16. Its docs name the fields that stay (id, type, position,
parent) and those that are replaced (name, flag, one overwrite). They do not say how a blanked field
looks, so the sandbox has three forms of it.
"""

from __future__ import annotations

from typing import Literal

from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import CATEGORY, THREAD, Channel, Guild
from sandbox.discord.core.payloads import channel_payload
from sandbox.discord.core.permissions import VIEW_CHANNEL
from sandbox.discord.state.seed_data import World

HIDDEN_NAME = "___hidden___"
OBFUSCATED = 1 << 17

Form = Literal["full", "minimal", "null"]
"""How a blanked field looks: present and empty (full), missing (minimal), or null."""

_STAYS = ("id", "type", "guild_id", "position", "parent_id")
_EMPTY: dict[type, object] = {str: "", int: 0, bool: False, list: [], dict: {}}


def is_viewable(world: World, channel: Channel) -> bool:
    """Return whether the bot may view a channel, or for a category one of its children."""
    if world.may(world.bot, channel=channel, bits=VIEW_CHANNEL):
        return True
    children = (one for one in world.channels.values() if one.parent_id == channel.id)
    return channel.kind == CATEGORY and any(is_viewable(world, child) for child in children)


def gateway_channel(world: World, channel: Channel, *, guild: Guild, form: Form) -> Json:
    """Return a channel as the bot's gateway shows it."""
    whole = channel_payload(channel, guild=guild)
    if is_viewable(world, channel):
        return whole
    deny = {"id": guild.id, "type": 0, "allow": "0", "deny": str(VIEW_CHANNEL)}
    said = {"name": HIDDEN_NAME, "flags": OBFUSCATED, "permission_overwrites": [deny]}
    blank = (
        {} if form == "minimal" else {name: _blank(value, form) for name, value in whole.items()}
    )
    return blank | {name: whole[name] for name in _STAYS} | said


def shown_threads(world: World, guild: Guild) -> list[Json]:
    """Return the threads that the gateway shows: those in channels that the bot may view."""
    channels = (world.channels[channel_id] for channel_id in guild.channels)
    threads = (one for one in channels if one.kind == THREAD and is_viewable(world, one))
    return [channel_payload(one, guild=guild) for one in threads]


def _blank(value: object, form: Form) -> object:
    return None if form == "null" else _EMPTY.get(type(value))
