"""What a place is like beyond what an interaction says: who sees the answer, who can mend it."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from services.models import Job

FIXERS_SHOWN = 4


def is_forced_private(interaction: discord.Interaction, *, can_post: bool) -> bool:
    """Tell whether Discord shows the answer to its asker alone, whatever is wished for.

    So it does for an app that only its member brought along, where that member may not use
    external apps (Discord, user-installed apps).
    """
    return (
        interaction.guild_id is not None
        and not can_post
        and not interaction.permissions.use_external_apps
    )


def fixers_of(interaction: discord.Interaction) -> tuple[str, ...]:
    """Name who can give the bot a permission: the owner, and roles that manage roles or channels.

    As mentions, which ping nobody in a private answer.
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


def room_of(job: Job) -> str:
    """Return the address of the place where a Job was asked for."""
    return f"https://discord.com/channels/{job.place.guild_id or '@me'}/{job.place.channel_id}"


def link_to(job: Job) -> str | None:
    """Return the address of the Job's message; None where there is none that others could open."""
    place = job.place
    if place.message_id is None or place.ephemeral:
        return None
    return f"{room_of(job)}/{place.message_id}"
