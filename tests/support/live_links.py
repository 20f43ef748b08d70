"""Text that Discord's app turns into a link or an invite card."""

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
    """Return the links that Discord makes clickable; escaped characters and code are not."""
    return _LINK.findall(_ESCAPED.sub(_STOP, _CODE.sub(" ", text.replace("\x00", ""))))


def shown(text: str) -> str:
    """Return text without markdown as users see it: without the backslashes."""
    return _ESCAPED.sub(r"\1", text)
