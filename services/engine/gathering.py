"""When looks are worth gathering: with many tasks in flight they fall due together."""

from __future__ import annotations

import math

MANY = 50
"""Jobs at the provider from which on looks are gathered."""

GATHER_S = 1.0
"""Looks within such a stretch of time fall due at its end."""


class Gathering:
    """Knows whether looks are worth gathering, and when they then fall due."""

    def __init__(self) -> None:
        """Begin with nothing in flight."""
        self._pays = False

    def note(self, in_flight: int, *, lists: bool) -> None:
        """Take how many Jobs are at the provider, and whether it is known to answer lists."""
        self._pays = lists and in_flight >= MANY

    def due(self, instant: float) -> float:
        """Return when a look wanted at an instant (Unix seconds) falls due; never earlier."""
        return math.ceil(instant / GATHER_S) * GATHER_S if self._pays else instant
