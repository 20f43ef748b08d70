"""When looks are worth gathering: with many tasks in flight they fall due together.

A gateway's list may lag behind, or never move at all. So with each list one task is asked for by
itself as well; where it was done and the list did not know, three times in a row, lists are left
alone for a while.
"""

from __future__ import annotations

import math

MANY = 50
"""Jobs at the provider from which on looks are gathered."""

GATHER_S = 1.0
"""Looks within such a stretch of time fall due at its end."""

STRIKES = 3
"""A task may be done between the list and the look at it; not three times in a row."""

DISTRUST_S = 600.0


KEPT_S = 2.0
"""What was learned is read anew after so long: a look at each of many Jobs asks for the same."""


class TaskTimesCache:
    """How long tasks of a kind took, kept for a moment."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: dict[tuple[str, int], tuple[float, list[float]]] = {}

    def get(self, kind: tuple[str, int], now: float) -> list[float] | None:
        """Return the times of a kind (model, units), shortest first; None: read them."""
        read_at, times = self._kept.get(kind, (float("-inf"), []))
        return times if read_at <= now < read_at + KEPT_S else None

    def keep(self, kind: tuple[str, int], times: list[float], now: float) -> None:
        """Keep what was read."""
        self._kept[kind] = (now, times)


class PollBatcher:
    """Knows whether looks are worth gathering, and when they then fall due."""

    def __init__(self) -> None:
        """Begin with nothing in flight."""
        self._pays = False
        self._strikes = 0
        self._distrusted_until = 0.0

    def note(self, in_flight: int, *, lists: bool) -> None:
        """Take how many Jobs are at the provider, and whether it is known to answer lists."""
        self._pays = lists and in_flight >= MANY

    def list_trusted(self, now: float) -> bool:
        """Tell whether lists are believed."""
        return now >= self._distrusted_until

    def record_comparison(self, *, is_stale: bool, now: float) -> None:
        """Take whether a task was over of which a list had just said that it is not."""
        self._strikes = self._strikes + 1 if is_stale else 0
        if self._strikes >= STRIKES:
            self._strikes, self._distrusted_until = 0, now + DISTRUST_S

    def batch_time(self, instant: float) -> float:
        """Return when a look wanted at an instant (Unix seconds) falls due; never earlier."""
        return math.ceil(instant / GATHER_S) * GATHER_S if self._pays else instant
