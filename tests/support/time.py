"""Time that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from tests.support.requests import NOON


class HandClock:
    """A services.clock.Clock moved by hand; `on_move` lets other clocks follow."""

    def __init__(self, now: float = NOON) -> None:
        self._now = now
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.on_move: Callable[[float], object] = lambda _seconds: None

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), waiting))
        await waiting

    def next_at(self) -> float | None:
        """When the first sleeper wants to wake; those who gave up do not count."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def move_to(self, instant: float) -> None:
        """Move on and wake everybody whose time has come."""
        self.on_move(max(instant - self._now, 0.0))
        self._now = max(instant, self._now)
        while (first := self.next_at()) is not None and first <= self._now:
            heapq.heappop(self._sleepers)[2].set_result(None)
