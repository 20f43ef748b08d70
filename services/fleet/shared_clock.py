"""One time for all processes on a database: instants of one are compared with those of another."""

from __future__ import annotations

import contextlib
import logging

from services.common.clock import Clock
from services.db import Store
from services.errors import StoreUnavailable

log = logging.getLogger(__name__)

EVERY_S = 300.0
"""Clocks drift apart by less than a hundredth of a second within so long."""

FAR_S = 5.0


class CommonClock:
    """This computer's clock, set by the database's."""

    def __init__(self, clock: Clock) -> None:
        """Take the computer's own."""
        self._clock = clock
        self._ahead_s = 0.0

    def now(self) -> float:
        """Return seconds since the Unix epoch, as the database counts them."""
        return self._clock.now() + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        """Wait for the given seconds."""
        await self._clock.sleep(seconds)

    async def set_by(self, store: Store) -> None:
        """Ask the database what time it is; StoreUnavailable."""
        before = self._clock.now()
        time = await store.time()
        after = self._clock.now()
        if time is None:
            return
        self._ahead_s = time - (before + after) / 2
        if abs(self._ahead_s) > FAR_S:
            log.warning("this computer's clock is %.0f s off the database's", -self._ahead_s)


async def common_clock(store: Store, clock: Clock) -> Clock:
    """Return the clock that all processes on this database go by; StoreUnavailable."""
    if await store.time() is None:  # a file has one process
        return clock
    common = CommonClock(clock)
    await common.set_by(store)
    return common


async def keep_time(store: Store, clock: Clock) -> None:
    """Set a common clock now and then; never ends by itself."""
    while True:
        await clock.sleep(EVERY_S)
        if isinstance(clock, CommonClock):
            with contextlib.suppress(StoreUnavailable):
                await clock.set_by(store)
