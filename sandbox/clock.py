"""The sandbox's time: real time that a test may set forward."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """Unix time in seconds; `advance` skips ahead and wakes the sleepers whose time has come."""

    def __init__(self) -> None:
        # Based on the monotonic clock, so that a correction of the wall clock moves no deadline.
        self._ahead = time.time() - time.monotonic()
        self._sleepers: set[asyncio.Future[None]] = set()

    def now(self) -> float:
        """Return Unix seconds."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Skip `seconds` ahead; raises ValueError if they are negative, as time never runs back."""
        if seconds < 0:
            raise ValueError(f"the clock can not go back {-seconds} s")
        self._ahead += seconds
        for sleeper in self._sleepers:
            _wake(sleeper)

    async def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` of this clock."""
        await self.sleep_until(self.now() + seconds)

    async def sleep_until(self, instant: float) -> None:
        """Sleep until this clock shows `instant`; return at once if it already does."""
        while (left := instant - self.now()) > 0:
            await self._nap(left)

    async def _nap(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        sleeper: asyncio.Future[None] = loop.create_future()
        alarm = loop.call_later(seconds, _wake, sleeper)
        self._sleepers.add(sleeper)
        try:
            await sleeper
        finally:
            alarm.cancel()
            self._sleepers.discard(sleeper)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
