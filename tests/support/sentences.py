"""Search for a sentence of the bot in a text, whatever its fields contain."""

from __future__ import annotations

from cogs.ui.locales import phrase
from tests.cogs.ui.test_locales import fields_of

COUNTS = frozenset({"units", "jobs", "count", "total", "ahead"})
"""Fields that select the plural form."""


def has_sentence(said: str, key: str, locale: str) -> bool:
    """Return whether a text has everything of a sentence except its fields."""
    names = fields_of(locale)[key]
    ways = (phrase(key, locale, _filled(names, number)) for number in ("\0", 0, 1))
    return any(all(piece.strip() in said for piece in way.split("\0")) for way in ways)


def _filled(names: set[str], number: int | str) -> dict[str, int | str]:
    return {name: number if name in COUNTS else "\0" for name in names}
