"""Discord's ids: milliseconds since 2015 in the upper 42 bits, a counter in the lower 22."""

from __future__ import annotations

from collections.abc import Callable

EPOCH_MS = 1_420_070_400_000
SHIFT = 22
COUNT = 1 << 12


class Snowflakes:
    """Generates increasing ids, each with the time of its creation."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def mint(self) -> str:
        """Return the next id."""
        soonest = (int(self._now() * 1000) - EPOCH_MS) << SHIFT
        # Within one millisecond a counter distinguishes ids; after 4096 the next millisecond is
        # used.
        following = self._last + 1
        if following % (1 << SHIFT) >= COUNT:
            following = ((self._last >> SHIFT) + 1) << SHIFT
        self._last = max(soonest, following)
        return str(self._last)


def id_at(instant: float) -> str:
    """Return the first id of the millisecond of a Unix instant."""
    return str((round(instant * 1000) - EPOCH_MS) << SHIFT)


def snowflake_time(snowflake: str) -> float:
    """Return the Unix instant in seconds at which an id was generated."""
    return ((int(snowflake) >> SHIFT) + EPOCH_MS) / 1000
