"""Members first: while somebody waits for an answer, heavy work begins one piece at a time.

Discord gives an answer three seconds. A burst of commands that all become Jobs would fill the loop
with the work of the first ones while the later ones wait; so each kind of heavy work passes a door
in single file, and whoever stands at its head lets members go first, for a moment at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Literal

from services.common.clock import Clock, SystemClock

ANSWER_S = 3.0
"""Nobody waits for an answer for longer (Discord)."""

WorkKind = Literal["submit", "fetch", "deliver"]

PATIENCE_S: Mapping[WorkKind, float] = {"submit": 0.25, "fetch": 0.1, "deliver": 0.1}
"""How long the head of each line stands back: 4 or 10 a second go on, what an image pack can do.
What is nearer to its end goes on sooner."""

LOOKED_OVER = 64
"""Members noted before those that were answered are forgotten."""

GLANCE_S = 0.01
"""How often the head of a line looks whether the members have been answered."""


class InteractivePriority:
    """Knows whether a member waits for an answer."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Take the clock; nobody waits yet."""
        self._clock = clock or SystemClock()
        self._waiting: dict[Callable[[], bool], float] = {}
        self._most = LOOKED_OVER
        self._doors: dict[WorkKind, asyncio.Lock] = {kind: asyncio.Lock() for kind in PATIENCE_S}

    def arrived(self, is_answered: Callable[[], bool]) -> None:
        """Note that somebody waits until `is_answered` says otherwise, or it is too late."""
        self._waiting[is_answered] = self._clock.now()
        if len(self._waiting) > self._most:  # where no heavy work is done nobody else looks
            self.look()
            self._most = max(2 * len(self._waiting), LOOKED_OVER)

    def look(self) -> bool:
        """Find out whether anybody still waits."""
        until = self._clock.now() - ANSWER_S
        self._waiting = {
            is_answered: since
            for is_answered, since in self._waiting.items()
            if since > until and not is_answered()
        }
        return bool(self._waiting)

    async def wait_for_idle(self, kind: WorkKind) -> None:
        """Begin a piece of heavy work: at once where nobody waits, else in its turn."""
        async with self._doors[kind]:
            if self._waiting and self.look():
                await self._stand_back(PATIENCE_S[kind])

    async def _stand_back(self, seconds: float) -> None:
        for _ in range(round(seconds / GLANCE_S)):
            await self._clock.sleep(GLANCE_S)
            if not self.look():
                return
