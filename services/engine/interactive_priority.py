"""Interactive work first: while a user waits for a response, heavy steps start one at a time.

Discord allows three seconds for a response. A burst of commands that all become jobs would fill the
event loop with the steps of the first jobs while later users wait. So, while a user waits, at most
one heavy step of each kind starts at a time, delayed by up to 0.25 s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Literal

from services.common.clock import Clock, SystemClock

ANSWER_S = 3.0
"""The longest time that a user can wait for a response, in seconds (Discord)."""

WorkKind = Literal["submit", "fetch", "deliver"]

PATIENCE_S: Mapping[WorkKind, float] = {"submit": 0.25, "fetch": 0.1, "deliver": 0.1}
"""Maximum delay in seconds of a step, by kind: at least 4 or 10 steps a second still start, as many
as a resource pack of the provider allows. Steps nearer to a job's end are delayed less."""

LOOKED_OVER = 64
"""When more waiting users than this are recorded, those already answered are removed."""

GLANCE_S = 0.01
"""Interval in seconds at which a delayed step checks whether all users have been answered."""


class InteractivePriority:
    """Records which users wait for a response, and delays heavy steps meanwhile."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Take the clock; by default the system's."""
        self._clock = clock or SystemClock()
        self._waiting: dict[Callable[[], bool], float] = {}
        self._most = LOOKED_OVER
        self._doors: dict[WorkKind, asyncio.Lock] = {kind: asyncio.Lock() for kind in PATIENCE_S}

    def arrived(self, is_answered: Callable[[], bool]) -> None:
        """Record that a user waits until `is_answered` returns True, or for three seconds."""
        self._waiting[is_answered] = self._clock.now()
        if len(self._waiting) > self._most:  # prune here, in case no heavy work is done
            self.look()
            self._most = max(2 * len(self._waiting), LOOKED_OVER)

    def look(self) -> bool:
        """Forget users who were answered or waited for 3 s; return whether any other waits."""
        until = self._clock.now() - ANSWER_S
        self._waiting = {
            is_answered: since
            for is_answered, since in self._waiting.items()
            if since > until and not is_answered()
        }
        return bool(self._waiting)

    async def wait_for_idle(self, kind: WorkKind) -> None:
        """Wait before a heavy step: not at all if no user waits, else up to PATIENCE_S.

        Steps of one kind wait one after the other.
        """
        async with self._doors[kind]:
            if self._waiting and self.look():
                await self._stand_back(PATIENCE_S[kind])

    async def _stand_back(self, seconds: float) -> None:
        """Wait until no user waits for a response any more, at most for `seconds`."""
        for _ in range(round(seconds / GLANCE_S)):
            await self._clock.sleep(GLANCE_S)
            if not self.look():
                return
