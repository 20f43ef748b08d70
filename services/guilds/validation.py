"""Validation of the values that moderators set as rules; an invalid one raises BadValue."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

from services.catalog import ModelTable, StyleTable
from services.errors import BadValue
from services.kling import MAX_COUNT
from services.models import RULE_LISTS, RULES, Detail, GuildRules, Rule
from services.policy import LONGEST, plain

MOST_UNITS = 1_000_000
"""Maximum limit in units a day: far more than anyone pays for, far less than a column can store."""

REASON_LENGTH = 300
STYLE_NAME = 40
STYLE_WORDS = 300

SNOWFLAKE_LIMIT = 2**63
"""Discord's ids (snowflakes) have to be below the maximum of a column, which they reach in 2084."""


class RuleValues:
    """Validates values of rules and returns them in the form in which they are stored."""

    def __init__(self, *, models: ModelTable, styles: StyleTable, most_images: int) -> None:
        """Take models and styles; `most_images`: the operator's limit of images in a request."""
        self._most_images = min(most_images, MAX_COUNT)
        self._names: dict[str, Collection[Detail]] = {
            "model": [row.name for row in models.menu()],
            "style": [key for key, _ in styles],
        }

    def check(self, name: str, value: Detail) -> Detail:
        """Return the validated value of a rule (a field of GuildRules); None means not set."""
        if name not in RULES:
            raise BadValue(name, "setting")
        rule = RULES[name]
        if rule.kind == "switch":
            return _switch(name, value)
        if rule.kind == "number":
            return _whole(name, rule.expected, rule.lowest, rule.highest, value or 0)
        return None if value is None else self._check_set(name, rule, value)

    def _check_set(self, name: str, rule: Rule, value: Detail) -> Detail:
        match rule.kind:
            case "units":
                return self.units(name, value)
            case "count":
                return _whole(name, "count", 1, self._most_images, value)
            case "channel":
                return _whole(name, "channel", 1, SNOWFLAKE_LIMIT - 1, value)
            case kind:
                if value not in self._names[kind]:
                    raise BadValue(name, kind)
                return str(value)

    def units(self, field: str, value: Detail, *, lowest: int = 0) -> int:
        """Return a validated number of images a day."""
        return _whole(field, "units", lowest, MOST_UNITS, value)

    def until(self, until: float | None, *, now: float) -> float | None:
        """Return a validated end: an instant in the future, or None for no end."""
        if until is not None and not (math.isfinite(until) and until > now):
            raise BadValue("duration", "duration")
        return until

    def reason(self, text: str) -> str:
        """Return a validated reason; it may be empty."""
        tidy = text.strip()
        if len(tidy) > REASON_LENGTH:
            raise BadValue("reason", "text", highest=REASON_LENGTH)
        return tidy

    def phrase(self, phrase: str) -> dict[str, Detail]:
        """Return a validated blocked phrase: as typed, and in its search form."""
        tidy = " ".join(phrase.split())
        if len(tidy) > LONGEST:
            raise BadValue("phrase", "text", highest=LONGEST)
        if not plain(tidy):
            raise BadValue("phrase", "letters")
        return {"phrase": tidy, "word": plain(tidy)}

    def style(self, name: str, name_zh: str, fragment: str) -> dict[str, Detail]:
        """Return a server's validated style: names for users, prompt fragment for the provider."""
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
    """Raise BadValue if a list of rules is full. An entry that is in the list may be set again."""
    name, rule = RULE_LISTS[field]
    known = [getattr(one, rule.key) if rule.key else one for one in getattr(rules, name)]
    if new not in known and len(known) >= rule.highest:
        raise BadValue(field, "room", highest=rule.highest)


def _whole(field: str, expected: str, lowest: int, highest: int, value: Detail) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise BadValue(field, expected, lowest=lowest, highest=highest)
    return value


def _switch(field: str, value: Detail) -> bool:
    if value not in (None, True, False):
        raise BadValue(field, "switch")
    return bool(value)
