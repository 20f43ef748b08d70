"""Encodes a message into custom ids, so that it can be found without stored state."""

from __future__ import annotations

import re

import discord

from services.models import Job, Posting

BASE = 36
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

_LINK = re.compile(r"discord\.com/channels/(?P<guild>\d+|@me)/(?P<channel>\d+)/(?P<message>\d+)")


def encode_posting(posting: Posting) -> str:
    """Return the code of a message for a custom id."""
    numbers = (posting.guild_id or 0, posting.channel_id, posting.message_id)
    return "-".join(map(_written, numbers))


def decode_posting(code: str) -> Posting:
    """Decode the result of `encode_posting`."""
    guild_id, channel_id, message_id = (int(part, BASE) for part in code.split("-"))
    return Posting(guild_id=guild_id or None, channel_id=channel_id, message_id=message_id)


def linked_in(text: str) -> Posting | None:
    """Return the first message that a text links to; older reports contain only such a link."""
    found = _LINK.search(text)
    if found is None:
        return None
    guild_id = None if found["guild"] == "@me" else int(found["guild"])
    return Posting(
        guild_id=guild_id, channel_id=int(found["channel"]), message_id=int(found["message"])
    )


def make_message_link(posting: Posting) -> str:
    """Return the link to a message."""
    place = f"{posting.guild_id or '@me'}/{posting.channel_id}"
    return f"https://discord.com/channels/{place}/{posting.message_id}"


def pressed(interaction: discord.Interaction) -> Posting | None:
    """Return the message whose component the user clicked; None if the message is private."""
    message, channel_id = interaction.message, interaction.channel_id
    if message is None or message.flags.ephemeral or channel_id is None:
        return None
    return Posting(guild_id=interaction.guild_id, channel_id=channel_id, message_id=message.id)


def nowhere(job: Job) -> Posting:
    """Return a Posting with message id 0 in the job's channel, for a message that is unknown."""
    return Posting(guild_id=job.place.guild_id, channel_id=job.place.channel_id, message_id=0)


def _written(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, BASE)
        text = _DIGITS[digit] + text
    return text or "0"
