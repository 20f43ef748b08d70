"""Durations as people type them: 30m, 12h, 7d, 2w, 1d12h; in Chinese too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.errors import BadValue

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S

LONGEST_S = 10 * 366 * DAY_S
"""Whatever is meant to last longer is meant for ever, and has no expiry."""

LETTERS = {"minutes": "m", "hours": "h", "days": "d", "weeks": "w"}
"""The shortest form of each unit."""

_SECONDS = {"minutes": MINUTE_S, "hours": HOUR_S, "days": DAY_S, "weeks": WEEK_S}
_UNITS = {
    "minutes": ("m", "min", "mins", "minute", "minutes", "分", "分钟", "分鐘"),
    "hours": ("h", "hr", "hrs", "hour", "hours", "时", "時", "小时", "小時", "个小时", "個小時"),
    "days": ("d", "day", "days", "天", "日"),
    "weeks": ("w", "week", "weeks", "周", "週", "星期", "个星期", "個星期"),
}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names}
_NAMES = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_PART = re.compile(rf"(\d{{1,6}})\s*({_NAMES})\s*")
_WHOLE = re.compile(rf"(?:\d{{1,6}}\s*(?:{_NAMES})\s*)+")
_NUMBER_LAST = re.compile(r".*\d\s*", re.DOTALL)


class Span(NamedTuple):
    """Some of one unit: a key of LETTERS."""

    number: int
    unit: str


def seconds_of(text: str, *, field: str = "duration") -> float:
    """Read a duration in seconds, a minute to ten years; raises BadValue with the field's name."""
    parts = parts_of(text)
    if parts is None:
        raise BadValue(field, "duration")
    return _sum(parts)


def parts_of(text: str) -> list[Span] | None:
    """Read a duration unit by unit, as it was typed; None for what is none."""
    typed = unicodedata.normalize("NFKC", text).strip().casefold()
    if not _WHOLE.fullmatch(typed):
        return None
    parts = [Span(int(count), _UNIT_OF[name]) for count, name in _PART.findall(typed)]
    return parts if MINUTE_S <= _sum(parts) <= LONGEST_S else None


def completed(text: str) -> Iterator[list[Span]]:
    """Read a duration whose last unit may still be missing: "2" may become 2 minutes, 2 hours .."""
    endings = LETTERS.values() if _NUMBER_LAST.fullmatch(text) else ("",)
    for ending in endings:
        parts = parts_of(f"{text}{ending}")
        if parts is not None:
            yield parts


def briefly(parts: Sequence[Span]) -> str:
    """Write a duration in the shortest form that is read: 1d12h."""
    return "".join(f"{count}{LETTERS[unit]}" for count, unit in parts)


def _sum(parts: Sequence[Span]) -> float:
    return sum(count * _SECONDS[unit] for count, unit in parts)
