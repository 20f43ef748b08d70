"""Context of an interaction: reply target, visibility, permissions and the member's roles."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from cogs.compat import AGE_RESTRICTED, ROLE_IDS
from services.errors import MissingPermissions
from services.models import Job, MemberContext, ReplyTarget

FIXERS_SHOWN = 4


def is_forced_private(interaction: discord.Interaction, *, can_post: bool) -> bool:
    """Return whether Discord shows the answer only to the user, even if the request is public.

    Discord does so for a user-installed app if its user may not use external apps in the channel
    (Discord, user-installed apps).
    """
    return (
        interaction.guild_id is not None
        and not can_post
        and not interaction.permissions.use_external_apps
    )


def list_fixers(interaction: discord.Interaction) -> tuple[str, ...]:
    """Return mentions of those who can give the bot a permission: the owner, and managing roles.

    A managing role may manage roles or channels. Mentions in a private answer ping nobody.
    """
    guild = interaction.guild
    return () if guild is None else tuple(_fixers(guild))[:FIXERS_SHOWN]


def _fixers(guild: discord.Guild) -> Iterator[str]:
    if guild.owner_id is not None:
        yield f"<@{guild.owner_id}>"
    for role in reversed(guild.roles):
        allowed = role.permissions
        may = allowed.administrator or allowed.manage_roles or allowed.manage_channels
        if may and not role.managed and not role.is_default():
            yield f"<@&{role.id}>"


def format_channel_link(job: Job) -> str:
    """Return the link to the channel in which a job was requested."""
    return f"https://discord.com/channels/{job.place.guild_id or '@me'}/{job.place.channel_id}"


def link_to(job: Job) -> str | None:
    """Return the link to the job's message; None if there is no message that others can open."""
    place = job.place
    if place.message_id is None or place.ephemeral:
        return None
    return f"{format_channel_link(job)}/{place.message_id}"


NEEDED = ("view_channel", "attach_files", "embed_links")
"""Permissions for posting images with the bot's token, besides the one to send messages."""


def make_reply_target(interaction: discord.Interaction, *, private: bool = False) -> ReplyTarget:
    """Return the data needed to post later, when the interaction object is gone."""
    return ReplyTarget(
        application_id=interaction.application_id,
        interaction_id=interaction.id,
        token=interaction.token,
        asked_at=interaction.created_at.timestamp(),
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        can_post=_can_post(interaction),
        ephemeral=private or is_forced_private(interaction, can_post=_can_post(interaction)),
        file_limit=interaction.filesize_limit,
        locale=str(interaction.locale),
        guild_locale=str(interaction.guild_locale) if interaction.guild_locale else None,
    )


def member_context(
    interaction: discord.Interaction, member: discord.abc.Snowflake | None = None
) -> MemberContext:
    """Return the facts that a server's rules check: roles, membership and channel.

    `member`: another member of the server; by default the interaction's user.
    """
    who = interaction.user if member is None else member
    said: tuple[int, ...] = interaction.extras.get(ROLE_IDS, ()) if member is None else ()
    known = tuple(role.id for role in who.roles) if isinstance(who, discord.Member) else ()
    return MemberContext(
        role_ids=tuple(dict.fromkeys((*said, *known))),
        known_role_ids=_get_role_ids(interaction.guild),
        is_exempt=member is None and interaction.permissions.manage_guild,
        joined_at=who.joined_at.timestamp()
        if isinstance(who, discord.Member) and who.joined_at
        else None,
        channel_ids=_channel_ids(interaction.channel),
        age_restricted=_is_age_restricted(interaction),
    )


def _get_role_ids(guild: discord.Guild | None) -> frozenset[int]:
    """Return the ids of a server's roles; empty if the bot does not know them."""
    if guild is None or guild.unavailable:
        return frozenset()
    return frozenset(role.id for role in guild.roles)


def _channel_ids(channel: object) -> tuple[int, ...]:
    """Return the ids of a channel, of a thread's parent and of the surrounding category."""
    around = channel.parent if isinstance(channel, discord.Thread) else channel
    ids = (getattr(channel, "id", None), getattr(around, "id", None))
    found = (*ids, getattr(around, "category_id", None))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _is_age_restricted(interaction: discord.Interaction) -> bool:
    """Return the channel's age restriction from the payload, else from the cache.

    From the cache, a thread uses its parent's restriction.
    """
    said: bool | None = interaction.extras.get(AGE_RESTRICTED)
    channel = interaction.channel
    around = channel.parent if isinstance(channel, discord.Thread) else channel
    return bool(getattr(around, "nsfw", False)) if said is None else said


def missing_permissions(interaction: discord.Interaction) -> MissingPermissions | None:
    """Return why the bot cannot post in this channel of a server that it is in; None if it can."""
    if interaction.guild_id is None or not _can_post(interaction):
        return None
    allowed = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    sending = "send_messages_in_threads" if in_thread else "send_messages"
    missing = tuple(name for name in (*NEEDED, sending) if not getattr(allowed, name))
    return MissingPermissions(missing, fixers=list_fixers(interaction)) if missing else None


def _can_post(interaction: discord.Interaction) -> bool:
    """Return whether the bot's own token can post in this channel; false for a user-installed app.

    Also false if a user-installed app answers another user than the one who installed it: the
    installation for the server is checked, not the user's.
    """
    if interaction.guild_id is None:
        return interaction.context.dm_channel is True
    # Not "is it the user's installation": a user who installed nothing may click a button.
    return interaction.is_guild_integration()
