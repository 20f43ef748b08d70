"""Durations as people type them: 30m, 12h, 7d, 2w, 1d12h; in Chinese too."""

from __future__ import annotations

import re

from services.errors import BadValue

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S

LONGEST_S = 10 * 366 * DAY_S
"""Whatever is meant to last longer is meant for ever, and has no expiry."""

_UNITS = {
    MINUTE_S: ("m", "min", "mins", "minute", "minutes", "分", "分钟"),
    HOUR_S: ("h", "hr", "hrs", "hour", "hours", "时", "小时"),
    DAY_S: ("d", "day", "days", "天", "日"),
    WEEK_S: ("w", "week", "weeks", "周", "星期"),
}
_SECONDS = {name: seconds for seconds, names in _UNITS.items() for name in names}
_NAMES = "|".join(sorted(_SECONDS, key=len, reverse=True))
_PART = re.compile(rf"(\d{{1,6}})\s*({_NAMES})\s*")
_WHOLE = re.compile(rf"(?:\d{{1,6}}\s*(?:{_NAMES})\s*)+")


def seconds_of(text: str, *, field: str = "duration") -> float:
    """Read a duration in seconds, a minute to ten years; raises BadValue with the field's name."""
    typed = text.strip().casefold()
    if not _WHOLE.fullmatch(typed):
        raise BadValue(field, "duration")
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(typed))
    if not MINUTE_S <= seconds <= LONGEST_S:
        raise BadValue(field, "duration")
    return seconds
