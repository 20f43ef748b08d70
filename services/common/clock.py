"""Time as a parameter: everything that waits or reads the time receives a Clock."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tell the time and wait."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero gives other coroutines a turn."""
        ...


class SystemClock:
    """The computer's own time."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for the given seconds."""
        await asyncio.sleep(seconds)
