"""The clock as a parameter: all code that waits or reads the time receives a Clock."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Source of the current time and of waiting."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds; 0 only yields to other coroutines."""
        ...


class SystemClock:
    """The system clock."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for the given seconds."""
        await asyncio.sleep(seconds)
