"""What people typed, made safe to show: neither markdown nor mentions, nor a way around them."""

from __future__ import annotations

import re

import discord

_MEANING = re.compile(r"[\\*_~`|<\[#]|^[->]")
"""What opens anything in Discord's markdown: emphasis, code, spoilers, links, mentions, times, and
headings, quotes and lists where a line begins. The library's own escape lets a second masked link
of a line through, and one behind an address (discord.py 2.7.1)."""


def plain(words: str) -> str:
    """Put words on one line, as text."""
    line = " ".join(words.split())
    return discord.utils.escape_mentions(_MEANING.sub(r"\\\g<0>", line))


def as_code(words: str, limit: int) -> str:
    """Show words whole, in a block where nothing else than its end means anything."""
    return f"```\n{words[:limit].replace('`', 'ˋ')}\n```"
