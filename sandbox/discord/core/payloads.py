"""Discord's JSON representation of the records."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.discord.core.cdn import Cdn
from sandbox.discord.core.json_types import Json, stamp
from sandbox.discord.core.model import (
    FORUM,
    GROUP,
    LOADING,
    STAGE,
    THREAD,
    VOICE,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
)

BARE_GUILD: Json = {
    "icon": None,
    "splash": None,
    "banner": None,
    "description": None,
    "features": [],
    "emojis": [],
    "stickers": [],
    "afk_channel_id": None,
    "afk_timeout": 300,
    "default_message_notifications": 1,
    "explicit_content_filter": 0,
    "mfa_level": 0,
    "nsfw": False,
    "nsfw_level": 0,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "premium_progress_bar_enabled": False,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "home_header": None,
    "incidents_data": None,
    "discovery_splash": None,
    "application_id": None,
    "region": "deprecated",
    "widget_enabled": False,
    "widget_channel_id": None,
    "public_updates_channel_id": None,
    "safety_alerts_channel_id": None,
    "max_presences": None,
    "max_video_channel_users": 25,
    "max_stage_video_channel_users": 50,
    "rules_channel_id": None,
    "verification_level": 0,
    "vanity_url_code": None,
    "max_members": 500_000,
}
_SOUND: Json = {"bitrate": 64_000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
_BY_KIND: dict[int, Json] = {
    VOICE: _SOUND,
    STAGE: _SOUND,
    FORUM: {
        "available_tags": [],
        "default_reaction_emoji": None,
        "default_sort_order": None,
        "default_forum_layout": 0,
    },
}
Resolve = Callable[[str], Attachment | None]
MEDIA_FIELDS = ("media", "file")
EMBED_MEDIA = ("image", "thumbnail")
FILE = 13


def user_payload(user: User) -> Json:
    """Return a user object."""
    return {
        "id": user.id,
        "username": user.username,
        "global_name": user.global_name,
        "discriminator": "0000" if user.bot else "0",
        "avatar": user.avatar,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
        "bot": user.bot,
    }


def role_payload(role: Role) -> Json:
    """Return a role object."""
    return {
        "id": role.id,
        "name": role.name,
        "description": None,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def member_payload(member: Member, *, whole: bool = True) -> Json:
    """Return a guild member object; without the user if not `whole` (resolved members)."""
    shown: Json = {
        "roles": member.roles,
        "joined_at": stamp(member.joined_at),
        "nick": None,
        "avatar": None,
        "banner": None,
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "flags": 0,
    }
    if whole:
        shown |= {"user": user_payload(member.user), "deaf": False, "mute": False}
    return shown


def channel_payload(channel: Channel, *, guild: Guild | None) -> Json:
    """Return a channel object; `guild` is its guild, None for a DM or group chat."""
    last = next(reversed(channel.messages), None)
    shown: Json = {"id": channel.id, "type": channel.kind, "last_message_id": last, "flags": 0}
    if guild is None:
        people = [channel.recipient] if channel.recipient else channel.people
        shown |= {"recipients": [user_payload(person) for person in people]}
        group = {"name": channel.name, "icon": None, "owner_id": people[0].id}
        return shown | group if channel.kind == GROUP else shown
    shown |= {"guild_id": channel.guild_id, "name": channel.name, "rate_limit_per_user": 0}
    if channel.kind == THREAD:
        return shown | _thread_part(channel, guild=guild)
    return shown | {
        "topic": channel.topic,
        "position": channel.position,
        "parent_id": channel.parent_id,
        "nsfw": channel.nsfw,
        "permission_overwrites": _overwrites(channel, guild=guild),
        **_BY_KIND.get(channel.kind, {}),
    }


def guild_payload(guild: Guild) -> Json:
    """Return a guild object as REST returns it."""
    return BARE_GUILD | {
        "id": guild.id,
        "name": guild.name,
        "owner_id": guild.owner_id,
        "preferred_locale": guild.preferred_locale,
        "roles": [role_payload(role) for role in guild.roles.values()],
    }


def message_payload(message: Message, *, cdn: Cdn, channel: Channel) -> Json:
    """Return a message object with newly signed URLs."""
    held = {attachment.id: attachment for attachment in message.attachments}
    listed = [item for item in message.attachments if item.id not in message.referenced]
    shown: Json = {
        "id": message.id,
        "type": message.kind,
        "channel_id": message.channel_id,
        "author": user_payload(message.author),
        "content": message.content,
        "timestamp": stamp(message.created_at),
        "edited_timestamp": stamp(message.edited_at) if message.edited_at else None,
        "tts": False,
        "pinned": False,
        "flags": message.flags,
        "mention_everyone": message.pings.everyone,
        "mentions": [user_payload(user) for user in message.pings.users],
        "mention_roles": message.pings.roles,
        "attachments": [cdn.payload(attachment) for attachment in listed],
        "embeds": [shown_embed(embed, cdn=cdn, resolve=held.get) for embed in message.embeds],
        "components": [shown_component(c, cdn=cdn, resolve=held.get) for c in message.components],
    }
    if message.nonce is not None:
        shown["nonce"] = message.nonce
    if message.reference is not None:
        shown["message_reference"] = message.reference
    if message.interaction_id is not None:
        shown |= {"application_id": message.author.id, "webhook_id": message.author.id}
        shown["interaction_metadata"] = message.metadata
    if message.flags & LOADING:
        shown["loading"] = True
    return shown | {"guild_id": channel.guild_id} if channel.guild_id else shown


def shown_component(component: Json, *, cdn: Cdn, resolve: Resolve) -> Json:
    """Return a component with its media resolved, children included."""
    shown = dict(component)
    for key in MEDIA_FIELDS:
        if key in component:
            shown[key] = _unfurled(component[key], cdn=cdn, resolve=resolve)
    if component.get("type") == FILE:
        attachment = resolve(component["file"].get("attachment_id", ""))
        if attachment is not None:
            shown |= {"name": attachment.filename, "size": len(attachment.body)}
    for key in ("components", "items"):
        if key in component:
            children: list[Json] = component[key]
            shown[key] = [shown_component(child, cdn=cdn, resolve=resolve) for child in children]
    if "accessory" in component:
        shown["accessory"] = shown_component(component["accessory"], cdn=cdn, resolve=resolve)
    return shown


def shown_embed(embed: Json, *, cdn: Cdn, resolve: Resolve) -> Json:
    """Return an embed with its images resolved."""
    shown: Json = {"type": "rich", **embed}
    for key in EMBED_MEDIA:
        if key in shown:
            shown[key] = _unfurled(shown[key], cdn=cdn, resolve=resolve)
    return shown


def _unfurled(media: Json, *, cdn: Cdn, resolve: Resolve) -> Json:
    attachment = resolve(media.get("attachment_id", ""))
    if attachment is None:
        return media | {"id": "0", "proxy_url": media.get("url", ""), "width": 0, "height": 0}
    url = cdn.url(attachment)
    return {
        "id": attachment.id,
        "url": url,
        "proxy_url": url,
        "attachment_id": attachment.id,
        "content_type": attachment.content_type,
        "width": attachment.width or 0,
        "height": attachment.height or 0,
    }


def _thread_part(channel: Channel, *, guild: Guild) -> Json:
    return {
        "parent_id": channel.parent_id,
        "owner_id": guild.owner_id,
        "message_count": len(channel.messages),
        "total_message_sent": len(channel.messages),
        "member_count": 1,
        "thread_metadata": {
            "archived": channel.archived,
            "locked": channel.locked,
            "auto_archive_duration": 10080,
            "archive_timestamp": stamp(0),
            "create_timestamp": stamp(0),
        },
    }


def _overwrites(channel: Channel, *, guild: Guild) -> list[Json]:
    return [
        {
            "id": target,
            "type": 0 if target in guild.roles else 1,
            "allow": str(allow),
            "deny": str(deny),
        }
        for target, (allow, deny) in channel.overwrites.items()
    ]
