"""Escapes untrusted text, so that markdown, mentions and links in it have no effect."""

from __future__ import annotations

import re
from urllib.parse import quote

import discord

_MEANING = re.compile(r"[\\*_~`|<\[#]|^[->]")
"""Characters that start Discord markdown: emphasis, code, spoilers, links, mentions, time stamps.

At the start of a line also headings, quotes and lists. discord.py's own escape function lets
through a second masked link on a line, and one after a URL (discord.py 2.7.1).
"""

_DOTS = ".\u2024\u3002\ufe52\uff0e\uff61"
"""The full stop, and characters that browsers treat as one in a host name (UTS 46)."""

_ADDRESS = re.compile(
    rf":(?=[^\w\s]{{0,9}}/)|(?<=[^\W_])[{_DOTS}](?=[\w{_DOTS}-]{{1,253}}(?::\d+)?/)"
    rf"|(?i:(?<=\bwww)[{_DOTS}])"
)
"""Characters that make a URL: the colon before a slash (https:, steam: ..), and the dots of a host.

Dots count if a path follows (discord.gg/..) or the host begins with www. Discord does not link a
URL whose characters are escaped with backslashes, and does not show the backslashes.
"""

_OPENS = re.compile(f"{_MEANING.pattern}|{_ADDRESS.pattern}")

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters and writing-direction marks.

Discord may remove control characters, which would join what they separate. Direction marks
(Unicode, UAX 9) would also turn the bot's text around them. Arabic and Hebrew letters have their
own direction and need no marks.
"""

_ENDS_ADDRESS = re.compile(
    r"[\s()<>\[\]\\\"'`|*\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Characters that end the URL of a masked link, break its line or turn its direction."""

_FROM_A_PROGRAM = re.compile(
    r"Traceback|\w(Error|Exception): |panic: |\b0x[0-9a-f]{4}|\.(go|java|js|py)[:\"]"
    r"|(?i:<(!doctype|html|head|body|title|center|h1)\b)|(?i:\b(get|post) \W?https?://)|^\s*\{\W"
)
"""A stack trace, an HTML page, an object or a URL: output of a gateway whose program failed."""


def is_for_people(words: str) -> bool:
    """Return whether a provider's text is meaningful to a user."""
    return bool(words.strip()) and not _FROM_A_PROGRAM.search(words)


def plain(words: str) -> str:
    """Return the text on one line, escaped."""
    line = _UNSEEN.sub("", " ".join(words.split()))
    return discord.utils.escape_mentions(_OPENS.sub(r"\\\g<0>", line))


def link(name: str, address: str) -> str:
    """Return a masked link; characters that would end its URL or its line are percent-encoded."""
    return f"[{name}](<{_ENDS_ADDRESS.sub(_quoted, address)}>)"


def _quoted(character: re.Match[str]) -> str:
    return quote(character[0], safe="", errors="replace")


def as_code(words: str, limit: int) -> str:
    """Return the text as a code block, in which only the block's end has a meaning."""
    return f"```\n{words[:limit].replace('`', 'ˋ')}\n```"
