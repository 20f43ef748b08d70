"""What Discord makes a link or an invite card of, as its app reads a message's text."""

from __future__ import annotations

import re

_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_LINK = re.compile(
    r"(?:https?|steam|discord)://[^\s<]+"
    r"|<[^: >]+:/[^ >]+>"
    r"|\[[^\]\n]*\]\([^)\n]*\)"
    r"|(?:[\w-]+[.\u2024\u3002\ufe52\uff0e\uff61])+(?:gg|gift|new|com)/[\w/-]+"
    r"|www[.\u2024\u3002\ufe52\uff0e\uff61]\w+",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_STOP = "\ue000"


def live_links(text: str) -> list[str]:
    """Find what Discord makes live: an escaped sign is text, and so is everything in code."""
    return _LINK.findall(_ESCAPED.sub(_STOP, _CODE.sub(" ", text.replace("\x00", ""))))


def shown(text: str) -> str:
    """What members see of text that has no markdown: without the backslashes."""
    return _ESCAPED.sub(r"\1", text)
