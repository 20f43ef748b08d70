"""Completes gateway payloads before discord.py parses them.

Discord hides a channel that the bot may not view: it sends id, type, position and parent, and
blanks the rest (docs, "Obfuscated Channels", since 2026-11-16). The docs do not say whether a
blanked field is missing, null or empty; discord.py 2.7.1 raises for a missing and for a null one.
The same goes for fields of messages and attachments that Discord documents as nullable or optional.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]

HIDDEN_NAME = "___hidden___"
"""The name of every channel that the bot may not view (Discord, obfuscated channels)."""

PRIVATE_TYPES = frozenset({1, 3})
"""Direct messages and groups: they have recipients, and Discord blanks none of their fields."""

_LONG_AGO = "2015-01-01T00:00:00+00:00"

_CHANNEL: Mapping[str, object] = {
    "name": HIDDEN_NAME,
    "position": 0,
    "flags": 0,
    "permission_overwrites": (),
    "rate_limit_per_user": 0,
    "default_auto_archive_duration": 1440,
    "default_thread_rate_limit_per_user": 0,
    "bitrate": 64_000,
    "user_limit": 0,
    "video_quality_mode": 1,
    "available_tags": (),
    "default_forum_layout": 0,
}
"""Fields of a guild channel that discord.py requires."""

_THREAD: Mapping[str, object] = {
    "name": HIDDEN_NAME,
    "parent_id": "0",
    "owner_id": "0",
    "flags": 0,
    "rate_limit_per_user": 0,
    "message_count": 0,
    "member_count": 0,
    "total_message_sent": 0,
    "applied_tags": (),
    "thread_metadata": {
        "archived": False,
        "auto_archive_duration": 1440,
        "archive_timestamp": _LONG_AGO,
        "locked": False,
    },
}
_THREAD_TYPES = frozenset({10, 11, 12})

_GUILD_LISTS = (
    "channels",
    "threads",
    "roles",
    "emojis",
    "stickers",
    "members",
    "presences",
    "voice_states",
    "stage_instances",
    "guild_scheduled_events",
    "soundboard_sounds",
)

_MESSAGE_LISTS = (
    "attachments",
    "embeds",
    "mentions",
    "mention_roles",
    "components",
    "message_snapshots",
    "sticker_items",
)


_SNAPSHOT: Mapping[str, object] = {
    "type": 0,
    "content": "",
    "flags": 0,
    "timestamp": _LONG_AGO,
    "edited_timestamp": None,
    "attachments": (),
    "embeds": (),
    "components": (),
    "mentions": (),
    "mention_roles": (),
}
"""Fields of a forwarded message that discord.py requires."""

_TO_ANSWER = (
    "id",
    "type",
    "token",
    "version",
    "application_id",
    "attachment_size_limit",
    "guild_id",
    "locale",
    "guild_locale",
    "authorizing_integration_owners",
    "context",
)


def complete_channel(channel: Json) -> Json:
    """Fill in fields of a channel or thread that are missing or null and that discord.py needs."""
    kind = channel.get("type")
    if kind in PRIVATE_TYPES:
        return channel
    return _filled(channel, _THREAD if kind in _THREAD_TYPES else _CHANNEL)


def complete_guild(guild: Json) -> Json:
    """Complete a guild's channels and threads; replace null lists by empty ones."""
    whole = guild | {name: [] for name in _GUILD_LISTS if guild.get(name, ()) is None}
    for name in ("channels", "threads"):
        if name in whole:
            whole[name] = [complete_channel(one) for one in whole[name] if _has_kind(one)]
    return whole


def bare_guild(guild: Json) -> Json:
    """Return a guild reduced to its roles and members; used if an entry of a list is unreadable."""
    spared = ("roles", "members")
    return complete_guild(guild | {name: [] for name in _GUILD_LISTS if name not in spared})


def complete_interaction(interaction: Json) -> Json:
    """Complete the channel, the message and the resolved objects of an interaction."""
    whole = dict(interaction)
    if isinstance(whole.get("channel"), dict):
        whole["channel"] = complete_channel(whole["channel"])
    if isinstance(whole.get("message"), dict):
        whole["message"] = complete_message(whole["message"])
    given = whole.get("data")
    if isinstance(given, dict) and isinstance(given.get("resolved"), dict):
        whole["data"] = given | {"resolved": _complete_resolved(given["resolved"])}
    return whole


def bare_interaction(interaction: Json) -> Json:
    """Return the fields of an interaction that are needed to answer it."""
    return {name: interaction[name] for name in _TO_ANSWER if name in interaction} | {"data": {}}


def complete_message(message: Json) -> Json:
    """Complete a message and those that it forwards.

    Leave out a poll, which the bot never reads.
    """
    whole = {name: value for name, value in message.items() if name != "poll"}
    whole |= {name: [] for name in _MESSAGE_LISTS if whole.get(name, ()) is None}
    if "attachments" in whole:
        whole["attachments"] = [complete_attachment(one) for one in whole["attachments"]]
    if "message_snapshots" in whole:
        given = [one for one in whole["message_snapshots"] if isinstance(one.get("message"), dict)]
        whole["message_snapshots"] = [_complete_snapshot(one) for one in given]
    return whole


def complete_attachment(attachment: Json) -> Json:
    """Use an attachment's own URL if it has no `proxy_url`, and fill in other missing fields."""
    filled: Json = {"filename": "file", "size": 0, "url": "", "proxy_url": attachment.get("url")}
    return _filled(attachment, filled)


def _complete_snapshot(snapshot: Json) -> Json:
    filled = _filled(snapshot["message"], _SNAPSHOT)
    return snapshot | {"message": complete_message(filled)}


def _complete_resolved(resolved: Json) -> Json:
    completions: Mapping[str, Callable[[Json], Json]] = {
        "channels": complete_channel,
        "messages": complete_message,
        "attachments": complete_attachment,
    }
    whole = {name: value for name, value in resolved.items() if value is not None}
    for name, complete in completions.items():
        if isinstance(whole.get(name), dict):
            whole[name] = {key: complete(one) for key, one in whole[name].items()}
    return whole


def _has_kind(channel: object) -> bool:
    return isinstance(channel, dict) and isinstance(channel.get("type"), int)


def _filled(given: Json, defaults: Mapping[str, object]) -> Json:
    missing = {name: value for name, value in defaults.items() if given.get(name) is None}
    return given | missing
