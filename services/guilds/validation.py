"""What the values of a server's rules may be; anything else is a BadValue."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import partial

from services.catalog.models import ModelTable
from services.catalog.styles import StyleTable
from services.errors import BadValue
from services.kling.payloads import MAX_COUNT
from services.models import Detail, GuildRules
from services.policy.blocked_words import LONGEST, plain

MOST_UNITS = 1_000_000
"""Images a day: far above what anybody pays for, far below what a column holds."""

MOST_DAYS = 3_650
MOST_ROLES = 100
MOST_REQUIRED_ROLES = 5
MOST_CHANNELS = 100
MOST_WORDS = 200
REASON_LENGTH = 300
MOST_STYLES = 50
STYLE_NAME = 40
STYLE_WORDS = 300

SNOWFLAKE_LIMIT = 2**63
"""What a column holds; Discord's ids do not get there before 2084."""

MOST = {
    "role": MOST_ROLES,
    "required_role": MOST_REQUIRED_ROLES,
    "channel": MOST_CHANNELS,
    "phrase": MOST_WORDS,
    "style": MOST_STYLES,
}
"""Entries that a list of a server may have, by the field of whoever adds one."""


class RuleValues:
    """Checks values one by one and returns them as they are kept."""

    def __init__(self, *, models: ModelTable, styles: StyleTable, most_images: int) -> None:
        """Take the tables that names are looked up in, and the operators' images a request."""
        most = min(most_images, MAX_COUNT)
        self._checks = {
            "user_daily": partial(self.optional_units, "user_daily"),
            "guild_daily": partial(self.optional_units, "guild_daily"),
            "max_count": partial(_optional_whole, "max_count", "count", 1, most),
            "private_only": partial(_switch, "private_only"),
            "spoiler": partial(_switch, "spoiler"),
            "age_restricted_only": partial(_switch, "age_restricted_only"),
            "min_membership_days": _days,
            "default_model": partial(
                _name, "default_model", "model", [row.name for row in models.menu()]
            ),
            "default_style": partial(_name, "default_style", "style", [key for key, _ in styles]),
            "log_channel_id": _channel,
        }

    def check(self, name: str, value: Detail) -> Detail:
        """Check a field of GuildRules."""
        if name not in self._checks:
            raise BadValue(name, "setting")
        return self._checks[name](value)

    def optional_units(self, field: str, value: Detail) -> int | None:
        """Check images a day, or None."""
        return None if value is None else self.units(field, value)

    def units(self, field: str, value: Detail, *, lowest: int = 0) -> int:
        """Check images a day."""
        return _whole(field, "units", lowest, MOST_UNITS, value)

    def until(self, until: float | None, *, now: float) -> float | None:
        """Check an end: an instant to come, or None."""
        if until is not None and not (math.isfinite(until) and until > now):
            raise BadValue("duration", "duration")
        return until

    def reason(self, text: str) -> str:
        """Check a reason; it may be empty."""
        tidy = text.strip()
        if len(tidy) > REASON_LENGTH:
            raise BadValue("reason", "text", highest=REASON_LENGTH)
        return tidy

    def phrase(self, phrase: str) -> dict[str, Detail]:
        """Check a blocked phrase: as it was typed, and as it is looked for."""
        tidy = " ".join(phrase.split())
        if len(tidy) > LONGEST:
            raise BadValue("phrase", "text", highest=LONGEST)
        if not plain(tidy):
            raise BadValue("phrase", "letters")
        return {"phrase": tidy, "word": plain(tidy)}

    def style(self, name: str, name_zh: str, fragment: str) -> dict[str, Detail]:
        """Check a style of a server's own: names for people, words for the provider."""
        tidy, other = " ".join(name.split()), " ".join(name_zh.split())
        words = " ".join(fragment.split()).strip(" ,")
        if not tidy or len(tidy) > STYLE_NAME or len(other) > STYLE_NAME:
            raise BadValue("name", "text", highest=STYLE_NAME)
        if len(words) > STYLE_WORDS:
            raise BadValue("words", "text", highest=STYLE_WORDS)
        key = "-".join(re.findall(r"\w+", tidy.casefold()))
        if not key:
            raise BadValue("name", "letters")
        return {"style_key": key, "name": tidy, "name_zh": other or tidy, "fragment": words}


def check_room(rules: GuildRules, field: str, new: Detail) -> None:
    """Hold a list to so many; what is on it already may be set again. Raises BadValue."""
    known: Mapping[str, Sequence[Detail]] = {
        "role": [limit.role_id for limit in rules.role_limits],
        "required_role": rules.required_roles,
        "channel": rules.channels,
        "phrase": rules.words,
        "style": [style.key for style in rules.styles],
    }
    if new not in known[field] and len(known[field]) >= MOST[field]:
        raise BadValue(field, "room", highest=MOST[field])


def _whole(field: str, expected: str, lowest: int, highest: int, value: Detail) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise BadValue(field, expected, lowest=lowest, highest=highest)
    return value


def _optional_whole(
    field: str, expected: str, lowest: int, highest: int, value: Detail
) -> int | None:
    return None if value is None else _whole(field, expected, lowest, highest, value)


def _days(value: Detail) -> int:
    return _whole("min_membership_days", "days", 0, MOST_DAYS, value or 0)


def _switch(field: str, value: Detail) -> bool:
    if value not in (None, True, False):
        raise BadValue(field, "switch")
    return bool(value)


def _name(field: str, expected: str, known: Sequence[str], value: Detail) -> str | None:
    if value is not None and value not in known:
        raise BadValue(field, expected)
    return None if value is None else str(value)


def _channel(value: Detail) -> int | None:
    return _optional_whole("log_channel_id", "channel", 1, SNOWFLAKE_LIMIT - 1, value)
