"""How long this process has waited itself: no step of the wall clock makes that shorter.

When a submission left stands in its row by the wall clock, which somebody may set forward. So
before an absence counts, the process has slept for as long as well; one that was started meanwhile
sleeps anew.
"""

from __future__ import annotations

import asyncio

from services.common.clock import Clock

MOST = 256
"""Waits that are kept; one that was dropped begins anew."""


class Waited:
    """Waits a while beside each submission whose answer was lost."""

    def __init__(self) -> None:
        """Begin with none."""
        self._waits: dict[str, asyncio.Task[None]] = {}

    def is_over(self, key: str, seconds: float, clock: Clock) -> bool:
        """Tell whether this process has slept so long since it was first asked about a key."""
        if key not in self._waits:
            while len(self._waits) >= MOST:
                self._waits.pop(next(iter(self._waits))).cancel()
            self._waits[key] = asyncio.create_task(clock.sleep(seconds), name=f"waits for {key}")
        wait = self._waits[key]
        return wait.done() and not wait.cancelled()

    async def close(self) -> None:
        """End every wait."""
        waits = list(self._waits.values())
        self._waits.clear()
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
