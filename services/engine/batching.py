"""Batching of polls: with many tasks in flight, polls fall due together.

A gateway's list may lag behind, or never change at all. So with each list call one task is also
polled on its own. If that poll finds a finished task that the list shows as unfinished, three times
in a row, list calls are not used for a while.
"""

from __future__ import annotations

import math

MANY = 50
"""Minimum number of jobs with a slot at the provider for which polls are batched."""

GATHER_S = 1.0
"""Polls planned within an interval of this length fall due at its end, in seconds."""

STRIKES = 3
"""Consecutive stale list entries after which the list is not trusted: one can be a race between the
list call and the poll, three in a row mean that the list lags."""

DISTRUST_S = 600.0
"""How long a list that lags is not used, in seconds."""


KEPT_S = 2.0
"""How long generation times are cached, in seconds: polls of many jobs need the same times."""


class TaskTimesCache:
    """A short-lived cache of generation times, by kind of task: its model and number of images."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], tuple[float, list[float]]] = {}

    def get(self, kind: tuple[str, int], now: float) -> list[float] | None:
        """Return the cached seconds of a kind of task, shortest first; None if not cached."""
        read_at, times = self._kept.get(kind, (float("-inf"), []))
        return times if read_at <= now < read_at + KEPT_S else None

    def put(self, kind: tuple[str, int], times: list[float], now: float) -> None:
        """Cache the generation times of a kind of task."""
        self._kept[kind] = (now, times)


class PollBatcher:
    """Decides whether and until when polls are batched, and whether list calls are trusted."""

    def __init__(self) -> None:
        self._pays = False
        self._strikes = 0
        self._distrusted_until = 0.0

    def update(self, in_flight: int, *, lists: bool) -> None:
        """Update the number of jobs at the provider, and whether list calls can be used."""
        self._pays = lists and in_flight >= MANY

    def list_trusted(self, now: float) -> bool:
        """Return whether list calls may be used now: their content has not lagged recently."""
        return now >= self._distrusted_until

    def record_comparison(self, *, is_stale: bool, now: float) -> None:
        """Record whether a list call just showed a finished task as unfinished."""
        self._strikes = self._strikes + 1 if is_stale else 0
        if self._strikes >= STRIKES:
            self._strikes, self._distrusted_until = 0, now + DISTRUST_S

    def batch_time(self, instant: float) -> float:
        """Return when a poll planned for `instant` (Unix seconds) falls due; never earlier."""
        return math.ceil(instant / GATHER_S) * GATHER_S if self._pays else instant
