"""Values that a member who tries everything enters: modest ones, and the largest allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MODEST = "as an oil painting"
WHOLE = (
    "@everyone **a** `b` ||c|| [d](https://example.com) > e <@1> \u202eright to left\u202c مرحبا "
    "שלום 你好，世界 👩‍👩‍👧‍👦🏳️‍🌈 z̷̛͎a̵l̶g̸o \\* _ ~ # - "
)
"""Text that could break out of its place: mentions, markdown, both directions, long emoji."""

TYPED = {
    r"link|url": "https://example.com/cat.png",
    r"^(for|until|time|duration|expires|length)$": "7d",
}
"""Texts that must have a certain form, by the option's name."""


class Option:
    """Types of a command's option (Discord)."""

    STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)


class Part:
    """Types of form fields and selects (Discord)."""

    SELECT, INPUT, USERS, ROLES, MENTIONABLES, CHANNELS = range(3, 9)
    UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 19, 21, 22, 23


@dataclass(frozen=True, slots=True)
class PickableObjects:
    """The objects that can be picked, by their kind."""

    upload: str
    user: str
    role: str
    channel: str

    def option(self, option: Mapping[str, Any], *, boldly: bool) -> Any:
        """Return a value for a command's option."""
        kind = option["type"]
        if option.get("choices"):
            return option["choices"][-1 if boldly else 0]["value"]
        if kind == Option.STRING:
            return typed(option, boldly=boldly)
        if kind in (Option.INTEGER, Option.NUMBER):
            return number(option, boldly=boldly)
        picked = {
            Option.BOOLEAN: boldly,
            Option.USER: self.user,
            Option.CHANNEL: self.channel,
            Option.ROLE: self.role,
            Option.MENTIONABLE: self.user,
            Option.ATTACHMENT: self.upload,
        }
        return picked[kind]

    def field(self, part: Mapping[str, Any]) -> Any:
        """Return a value for a field of a modal, or for a select."""
        kind = part["type"]
        if kind == Part.INPUT:
            return part.get("value") or typed({**part, "name": part["custom_id"]}, boldly=True)
        if kind in (Part.SELECT, Part.CHECKBOXES):
            least = max(part.get("min_values") or 1, 1)
            return [option["value"] for option in part["options"][:least]]
        picked = {
            Part.USERS: [self.user],
            Part.MENTIONABLES: [self.user],
            Part.ROLES: [self.role],
            Part.CHANNELS: [self.channel],
            Part.UPLOAD: [self.upload] * max(part.get("min_values") or 1, 1),
            Part.CHECKBOX: True,
        }
        return picked[kind] if kind in picked else part["options"][0]["value"]


def number(option: Mapping[str, Any], *, boldly: bool) -> int:
    """Return a number within an option's bounds: the largest, or the least above zero."""
    low, high = option.get("min_value"), option.get("max_value")
    if boldly and high is not None:
        return int(high)
    return max(1 if low is None else int(low), 1)


def typed(option: Mapping[str, Any], *, boldly: bool) -> str:
    """Return a text that fits an option or a text field."""
    for pattern, text in TYPED.items():
        if re.search(pattern, option["name"]):
            return text
    most = min(option.get("max_length") or 2500, 4000)
    text = (WHOLE * (most // len(WHOLE) + 1))[:most] if boldly else MODEST[:most]
    return text.ljust(option.get("min_length") or 1, ".")
