"""Validation of the values of a server's rules; an invalid one raises BadValue."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import partial

from services.catalog import ModelTable, StyleTable
from services.errors import BadValue
from services.kling import MAX_COUNT
from services.models import Detail, GuildRules
from services.policy import LONGEST, plain

MOST_UNITS = 1_000_000
"""Images a day: far more than anyone pays for, far less than a column can store."""

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
"""Maximum of a column; Discord's ids do not reach it before 2084."""

MOST = {
    "role": MOST_ROLES,
    "required_role": MOST_REQUIRED_ROLES,
    "channel": MOST_CHANNELS,
    "phrase": MOST_WORDS,
    "style": MOST_STYLES,
}
"""Maximum entries of a server's lists, by the field of the command that adds one."""


class RuleValues:
    """Validates values and returns them in the form in which they are stored."""

    def __init__(self, *, models: ModelTable, styles: StyleTable, most_images: int) -> None:
        """`most_images`: the operator's maximum number of images in one request."""
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
        """Validate a field of GuildRules."""
        if name not in self._checks:
            raise BadValue(name, "setting")
        return self._checks[name](value)

    def optional_units(self, field: str, value: Detail) -> int | None:
        """Validate images a day, or None."""
        return None if value is None else self.units(field, value)

    def units(self, field: str, value: Detail, *, lowest: int = 0) -> int:
        """Validate images a day."""
        return _whole(field, "units", lowest, MOST_UNITS, value)

    def until(self, until: float | None, *, now: float) -> float | None:
        """Validate an end: a future instant, or None."""
        if until is not None and not (math.isfinite(until) and until > now):
            raise BadValue("duration", "duration")
        return until

    def reason(self, text: str) -> str:
        """Validate a reason; it may be empty."""
        tidy = text.strip()
        if len(tidy) > REASON_LENGTH:
            raise BadValue("reason", "text", highest=REASON_LENGTH)
        return tidy

    def phrase(self, phrase: str) -> dict[str, Detail]:
        """Validate a blocked phrase; return it as typed and in its search form."""
        tidy = " ".join(phrase.split())
        if len(tidy) > LONGEST:
            raise BadValue("phrase", "text", highest=LONGEST)
        if not plain(tidy):
            raise BadValue("phrase", "letters")
        return {"phrase": tidy, "word": plain(tidy)}

    def style(self, name: str, name_zh: str, fragment: str) -> dict[str, Detail]:
        """Validate a server's own style: names for users, a prompt fragment for the provider."""
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
    """Raise BadValue if a list is full. An entry that is already in it may be set again."""
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
