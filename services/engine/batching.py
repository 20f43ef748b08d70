"""Batching of polls: with many tasks in flight, polls fall due together.

A gateway's list may lag behind, or never change at all. So with each list call one task is also
polled on its own. If that poll finds a finished task that the list shows as unfinished, three times
in a row, list calls are not used for a while.
"""

from __future__ import annotations

import math

MANY = 50
"""Minimum number of jobs at the provider for which polls are batched."""

GATHER_S = 1.0
"""Polls within an interval of this length fall due at its end, in seconds."""

STRIKES = 3
"""One stale list entry can be a race between list call and poll; three in a row mean that the list
lags."""

DISTRUST_S = 600.0


KEPT_S = 2.0
"""How long generation times are cached, in seconds: polls of many jobs need the same times."""


class TaskTimesCache:
    """A short-lived cache of generation times by model and units."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], tuple[float, list[float]]] = {}

    def get(self, kind: tuple[str, int], now: float) -> list[float] | None:
        """Return the cached times of a kind (model, units), shortest first; None if not cached."""
        read_at, times = self._kept.get(kind, (float("-inf"), []))
        return times if read_at <= now < read_at + KEPT_S else None

    def put(self, kind: tuple[str, int], times: list[float], now: float) -> None:
        """Cache the times of a kind."""
        self._kept[kind] = (now, times)


class PollBatcher:
    """Decides whether polls are batched, and when they then fall due."""

    def __init__(self) -> None:
        self._pays = False
        self._strikes = 0
        self._distrusted_until = 0.0

    def update(self, in_flight: int, *, lists: bool) -> None:
        """Update the number of jobs at the provider, and whether it supports list calls."""
        self._pays = lists and in_flight >= MANY

    def list_trusted(self, now: float) -> bool:
        """Return whether list calls are trusted."""
        return now >= self._distrusted_until

    def record_comparison(self, *, is_stale: bool, now: float) -> None:
        """Record whether a list call showed a finished task as unfinished."""
        self._strikes = self._strikes + 1 if is_stale else 0
        if self._strikes >= STRIKES:
            self._strikes, self._distrusted_until = 0, now + DISTRUST_S

    def batch_time(self, instant: float) -> float:
        """Return when a poll planned for an instant (Unix seconds) falls due; never earlier."""
        return math.ceil(instant / GATHER_S) * GATHER_S if self._pays else instant
