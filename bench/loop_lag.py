"""Delay of the event loop: one tick per millisecond, and how late each was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

TICK_S = 0.001


class Stalls:
    """Delays of the ticks in seconds."""

    def __init__(self) -> None:
        self.late_s: list[float] = []

    async def watch(self) -> None:
        """Tick until cancelled."""
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.late_s.append(max(time.perf_counter() - due, 0.0))


@asynccontextmanager
async def stalls() -> AsyncGenerator[Stalls]:
    """Measure the loop's delay while the block runs."""
    found = Stalls()
    watching = asyncio.create_task(found.watch())
    try:
        yield found
    finally:
        watching.cancel()
