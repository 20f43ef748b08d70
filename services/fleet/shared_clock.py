"""A clock that all processes on a database share, because they compare each other's times."""

from __future__ import annotations

import contextlib
import logging

from services.common.clock import Clock
from services.db import Store
from services.errors import StoreUnavailable

log = logging.getLogger(__name__)

EVERY_S = 300.0
"""Seconds between synchronizations. In that time clocks drift by less than a hundredth of a
second."""

FAR_S = 5.0


class CommonClock:
    """This computer's clock, corrected to the database's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_s = 0.0

    def now(self) -> float:
        """Return seconds since the Unix epoch, by the database's clock."""
        return self._clock.now() + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        """Wait for the given seconds."""
        await self._clock.sleep(seconds)

    async def set_by(self, store: Store) -> None:
        """Synchronize with the database's clock; raises StoreUnavailable."""
        before = self._clock.now()
        time = await store.time()
        after = self._clock.now()
        if time is None:
            return
        self._ahead_s = time - (before + after) / 2
        if abs(self._ahead_s) > FAR_S:
            log.warning("this computer's clock is %.0f s off the database's", -self._ahead_s)


async def common_clock(store: Store, clock: Clock) -> Clock:
    """Return the clock that all processes on this database use; raises StoreUnavailable."""
    if await store.time() is None:  # a database file has only one process
        return clock
    common = CommonClock(clock)
    await common.set_by(store)
    return common


async def keep_time(store: Store, clock: Clock) -> None:
    """Synchronize a CommonClock with the database every five minutes; never returns by itself."""
    while True:
        await clock.sleep(EVERY_S)
        if isinstance(clock, CommonClock):
            with contextlib.suppress(StoreUnavailable):
                await clock.set_by(store)
