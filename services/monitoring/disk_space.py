"""Free disk space: operators are warned before the database and images can no longer be written."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from services.common.clock import Clock
from services.monitoring.notices import OperatorNotices

log = logging.getLogger(__name__)

EVERY_S = 300.0

SCARCE = 1024**3
SCARCE_SHARE = 0.1
"""A disk is nearly full with less than 1 GiB free, or less than a tenth of a disk below 10 GiB."""

RELIEF = 1.5
"""The warning ends when this multiple of the limit is free, so that single files do not toggle
it."""


class Room(NamedTuple):
    """Total and free bytes of a disk."""

    total: int
    free: int


def measure_free_space(path: Path) -> Room:
    """Measure the disk that holds, or will hold, a file or folder."""
    there = next(one for one in (path, *path.resolve().parents) if one.exists())
    usage = shutil.disk_usage(there)
    return Room(usage.total, usage.free)


class DiskSpaceCheck:
    """Checks the disks every five minutes."""

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        notices: OperatorNotices,
        clock: Clock,
        measure: Callable[[Path], Room] = measure_free_space,
    ) -> None:
        """`paths`: where files are written; `measure`: returns the space of a path's disk."""
        self._paths = paths
        self._notices = notices
        self._clock = clock
        self._measure = measure

    async def run(self) -> None:
        """Check until cancelled."""
        while True:
            try:
                await self.look()
            except OSError:
                log.exception("the free disk space cannot be read")
            await self._clock.sleep(EVERY_S)

    async def look(self) -> None:
        """Notify operators when a disk becomes nearly full, and when all have space again."""
        rooms = await asyncio.to_thread(lambda: [self._measure(path) for path in self._paths])
        room = min(rooms, key=lambda each: each.free / _scarce(each))
        free = f"{room.free / 1024**2:,.0f} MiB"
        if room.free < _scarce(room):
            await self._notices.disk_full(full=True, free=free)
        elif room.free >= RELIEF * _scarce(room):
            await self._notices.disk_full(full=False, free=free)


def _scarce(room: Room) -> float:
    return min(SCARCE, room.total * SCARCE_SHARE)
