"""Measures how long this process itself has waited, independent of the wall clock.

A job's row holds the time of its submission by the wall clock, which can be set forward or back.
Before the engine concludes that a task is missing, unknown or uncertain, this process must itself
have slept for the whole period. A process that was started meanwhile sleeps for the whole period
again.
"""

from __future__ import annotations

import asyncio

from services.common.clock import Clock

MOST = 4096
"""Number of waits above which those that are over are dropped, the oldest first. One that is asked
for later starts again. A wait that still runs is never dropped, or its job would never end."""


class Waited:
    """Timed waits of this process, one per period of a job in doubt; `key` names the period."""

    def __init__(self) -> None:
        self._waits: dict[str, asyncio.Task[None]] = {}

    def is_over(self, key: str, seconds: float, clock: Clock) -> bool:
        """Return whether this process has slept `seconds` since the first call with `key`."""
        self.begin(key, seconds, clock)
        return self._is_done(key)

    def begin(self, key: str, seconds: float, clock: Clock) -> None:
        """Start to wait `seconds` for `key`, unless this process has started that before."""
        if key in self._waits:
            return
        if len(self._waits) >= MOST:
            over = next((one for one, wait in self._waits.items() if wait.done()), None)
            if over is not None:
                del self._waits[over]
        self._waits[key] = asyncio.create_task(clock.sleep(seconds), name=f"waits for {key}")

    def is_running(self, key: str) -> bool | None:
        """Return whether the wait for `key` still runs; None if this process has not begun it."""
        return not self._is_done(key) if key in self._waits else None

    def _is_done(self, key: str) -> bool:
        wait = self._waits[key]
        return wait.done() and not wait.cancelled()

    async def close(self) -> None:
        """Cancel all waits of this process."""
        waits = list(self._waits.values())
        self._waits.clear()
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
