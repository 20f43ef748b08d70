"""Durations as people type them: 30m, 12h, 7d, 2w, 1d12h; Chinese units work too."""

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
"""Longest accepted duration in seconds: ten years. For more, a moderator can leave the end out."""

LETTERS = {"minutes": "m", "hours": "h", "days": "d", "weeks": "w"}
"""Letter of each unit in the shortest spelling."""

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
    """A number of one unit; `unit` is a key of LETTERS."""

    number: int
    unit: str


def parse_seconds(text: str, *, field: str = "duration") -> float:
    """Return a typed duration in seconds, from a minute to ten years.

    Raises BadValue with the name of the field if the text is no such duration.
    """
    parts = parse_spans(text)
    if parts is None:
        raise BadValue(field, "duration")
    return _sum(parts)


def parse_spans(text: str) -> list[Span] | None:
    """Parse a typed duration into its parts, one per unit; return None if it is not valid."""
    typed = unicodedata.normalize("NFKC", text).strip().casefold()
    if not _WHOLE.fullmatch(typed):
        return None
    parts = [Span(int(count), _UNIT_OF[name]) for count, name in _PART.findall(typed)]
    return parts if MINUTE_S <= _sum(parts) <= LONGEST_S else None


def completed(text: str) -> Iterator[list[Span]]:
    """Yield the durations that an unfinished text may become.

    If the text ends with a number, each unit is tried: "2" gives 2 minutes, 2 hours, 2 days and 2
    weeks.
    """
    endings = LETTERS.values() if _NUMBER_LAST.fullmatch(text) else ("",)
    for ending in endings:
        parts = parse_spans(f"{text}{ending}")
        if parts is not None:
            yield parts


def briefly(parts: Sequence[Span]) -> str:
    """Format a duration in the shortest form that `parse_spans` parses: 1d12h."""
    return "".join(f"{count}{LETTERS[unit]}" for count, unit in parts)


def _sum(parts: Sequence[Span]) -> float:
    return sum(count * _SECONDS[unit] for count, unit in parts)
