"""What people typed, made safe to show: neither markdown nor mentions, links nor ways around."""

from __future__ import annotations

import re
from urllib.parse import quote

import discord

_MEANING = re.compile(r"[\\*_~`|<\[#]|^[->]")
"""What opens anything in Discord's markdown: emphasis, code, spoilers, links, mentions, times, and
headings, quotes and lists where a line begins. The library's own escape lets a second masked link
of a line through, and one behind an address (discord.py 2.7.1)."""

_DOTS = ".\u2024\u3002\ufe52\uff0e\uff61"
"""The full stop, and the signs that browsers read as one in the name of a host (UTS 46)."""

_ADDRESS = re.compile(
    rf":(?=[^\w\s]{{0,9}}/)|(?<=[^\W_])[{_DOTS}](?=[\w{_DOTS}-]{{1,253}}(?::\d+)?/)"
    rf"|(?i:(?<=\bwww)[{_DOTS}])"
)
"""What makes an address: the colon before a slash (https:, steam: ..), and the dots of a host that
a path follows (discord.gg/..) or that begins with www. Discord takes none for an address whose
signs stand behind backslashes, and shows it without them."""

_OPENS = re.compile(f"{_MEANING.pattern}|{_ADDRESS.pattern}")

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls, which Discord may take away so that what stood apart meets; and marks that turn the
writing direction (Unicode, UAX 9): they would turn the bot's words around them too. Arabic and
Hebrew letters bring their direction along and need none."""

_ENDS_ADDRESS = re.compile(
    r"[\s()<>\[\]\\\"'`|*\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What ends the address of a masked link, breaks its line or turns its direction."""

_FROM_A_PROGRAM = re.compile(
    r"Traceback|\w(Error|Exception): |panic: |\b0x[0-9a-f]{4}|\.(go|java|js|py)[:\"]"
    r"|(?i:<(!doctype|html|head|body|title|center|h1)\b)|(?i:\b(get|post) \W?https?://)|^\s*\{\W"
)
"""A trace, a page, an object, an address: what a gateway hands on when its own program broke."""


def is_for_people(words: str) -> bool:
    """Tell whether a provider's words are such that a member can make something of them."""
    return bool(words.strip()) and not _FROM_A_PROGRAM.search(words)


def plain(words: str) -> str:
    """Put words on one line, as text."""
    line = _UNSEEN.sub("", " ".join(words.split()))
    return discord.utils.escape_mentions(_OPENS.sub(r"\\\g<0>", line))


def link(name: str, address: str) -> str:
    """Write a link; what would end its address, or the line, is quoted."""
    return f"[{name}](<{_ENDS_ADDRESS.sub(_quoted, address)}>)"


def _quoted(character: re.Match[str]) -> str:
    return quote(character[0], safe="", errors="replace")


def as_code(words: str, limit: int) -> str:
    """Show words whole, in a block where nothing else than its end means anything."""
    return f"```\n{words[:limit].replace('`', 'ˋ')}\n```"
