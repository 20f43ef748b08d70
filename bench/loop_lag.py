"""How late the event loop is: a tick a millisecond, and by how much each came after its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

TICK_S = 0.001


class Stalls:
    """Seconds that ticks were late."""

    def __init__(self) -> None:
        """Begin with none."""
        self.late_s: list[float] = []

    async def watch(self) -> None:
        """Tick until cancelled."""
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.late_s.append(max(time.perf_counter() - due, 0.0))


@asynccontextmanager
async def stalls() -> AsyncGenerator[Stalls]:
    """Watch the loop while the block runs."""
    found = Stalls()
    watching = asyncio.create_task(found.watch())
    try:
        yield found
    finally:
        watching.cancel()
