"""Measures how long this process itself has waited, independent of the wall clock.

A job's row holds the time of its submission by the wall clock, which can be set forward. Before the
engine concludes that a task is missing, this process must also have slept for the whole period. A
process that was started meanwhile sleeps for the whole period again.
"""

from __future__ import annotations

import asyncio

from services.common.clock import Clock

MOST = 256
"""Maximum number of waits; the oldest is dropped and starts again when it is asked for."""


class Waited:
    """Runs one timed wait for each submission whose response was lost."""

    def __init__(self) -> None:
        self._waits: dict[str, asyncio.Task[None]] = {}

    def is_over(self, key: str, seconds: float, clock: Clock) -> bool:
        """Return whether this process has slept `seconds` since the first call with `key`."""
        if key not in self._waits:
            while len(self._waits) >= MOST:
                self._waits.pop(next(iter(self._waits))).cancel()
            self._waits[key] = asyncio.create_task(clock.sleep(seconds), name=f"waits for {key}")
        wait = self._waits[key]
        return wait.done() and not wait.cancelled()

    async def close(self) -> None:
        """Cancel all waits."""
        waits = list(self._waits.values())
        self._waits.clear()
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
