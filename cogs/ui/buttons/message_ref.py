"""A message in the ids of buttons: found again when nothing else is known of it."""

from __future__ import annotations

import re

import discord

from services.models import Job, Posting

BASE = 36
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

_LINK = re.compile(r"discord\.com/channels/(?P<guild>\d+|@me)/(?P<channel>\d+)/(?P<message>\d+)")


def code_of(posting: Posting) -> str:
    """Write a message into a custom id."""
    numbers = (posting.guild_id or 0, posting.channel_id, posting.message_id)
    return "-".join(map(_written, numbers))


def posting_of(code: str) -> Posting:
    """Read what `code_of` has written."""
    guild_id, channel_id, message_id = (int(part, BASE) for part in code.split("-"))
    return Posting(guild_id=guild_id or None, channel_id=channel_id, message_id=message_id)


def linked_in(text: str) -> Posting | None:
    """Return the first message that a text links to: reports before this version said no more."""
    found = _LINK.search(text)
    if found is None:
        return None
    guild_id = None if found["guild"] == "@me" else int(found["guild"])
    return Posting(
        guild_id=guild_id, channel_id=int(found["channel"]), message_id=int(found["message"])
    )


def address_of(posting: Posting) -> str:
    """Return the address of a message."""
    place = f"{posting.guild_id or '@me'}/{posting.channel_id}"
    return f"https://discord.com/channels/{place}/{posting.message_id}"


def pressed(interaction: discord.Interaction) -> Posting | None:
    """Return the message that was pressed; None where its reader alone sees it."""
    message, channel_id = interaction.message, interaction.channel_id
    if message is None or message.flags.ephemeral or channel_id is None:
        return None
    return Posting(guild_id=interaction.guild_id, channel_id=channel_id, message_id=message.id)


def nowhere(job: Job) -> Posting:
    """Stand for a message that nobody can name, where a Job was asked for."""
    return Posting(guild_id=job.place.guild_id, channel_id=job.place.channel_id, message_id=0)


def _written(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, BASE)
        text = _DIGITS[digit] + text
    return text or "0"
