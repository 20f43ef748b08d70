"""Checks whether database and image storage can be written. If not, no requests are accepted.

Accepted jobs are safe in their rows and continue when writing works again. The operators are
notified once when the problem begins and once when it ends. With several processes, the first one
that detects the problem notifies, and the first one that detects its end; about its own folder each
machine notifies. While the database cannot be written, claims cannot be stored, and each process
notifies by itself.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from pathlib import Path

from services.common.clock import Clock
from services.common.key_value import KeyValueStore
from services.errors import StoreUnavailable
from services.fleet import Claims, OwnClaims
from services.monitoring.alerts import QUIET_S, Operators
from services.storage import ImageStorage

log = logging.getLogger(__name__)

EVERY_S = 60.0
IN_TROUBLE_S = 10.0
"""Seconds between the checks while there is a problem."""

LEAST_BYTES = 64_000_000
"""Free bytes below which the disk counts as full: less than a source and a few results need."""

_PROBE_NOTE = "write_probe"
_FOLDER = "PICTURES_PATH"


class WriteCheck:
    """Writes to database, folder and image storage every minute, and at once after `doubt`."""

    def __init__(
        self,
        *,
        memory: KeyValueStore,
        folder: Path,
        storage: ImageStorage,
        operators: Operators,
        clock: Clock,
        database: str = "DATABASE_PATH",
        claims: Claims | None = None,
        machine: str = "",
    ) -> None:
        """Build the check; `run` starts it.

        Args:
            memory: The database.
            folder: The local folder of images.
            storage: The image storage.
            operators: Receive the notifications.
            clock: Source of time.
            database: Name of the database setting, for texts.
            claims: Decides which process notifies.
            machine: This computer's name.
        """
        self._database, self._machine = database, machine
        self._claims = claims or OwnClaims()
        self._claim, self._is_claimed = "", False
        self._memory, self._folder, self._storage = memory, folder, storage
        self._operators, self._clock = operators, clock
        self._doubted = asyncio.Event()
        self.trouble: str | None = None
        """The place that cannot be written, with the system's error text; None if there is none."""

    def raise_if_failing(self) -> None:
        """Raise StoreUnavailable while a place cannot be written."""
        if self.trouble is not None:
            raise StoreUnavailable(self.trouble)

    def doubt(self) -> None:
        """Make `run` check at once, because a write of the caller has failed."""
        self._doubted.set()

    async def run(self) -> None:
        """Check every minute, or every 10 s during a problem, that all places can be written.

        Runs until cancelled; a call of `doubt` starts the next check at once.
        """
        while True:
            await self.look()
            await self._rest(IN_TROUBLE_S if self.trouble else EVERY_S)

    async def look(self) -> None:
        """Write to the database, the local folder and the image storage; set `trouble`.

        Notifies the operators when a problem begins and when it ends.
        """
        before, self.trouble = self.trouble, await self._find_trouble()
        if self.trouble is not None and before is None:
            log.error("no new requests are accepted: %s", self.trouble)
            await self._notify_start(self.trouble)
        elif self.trouble is None and before is not None:
            log.warning("database and images can be written again")
            await self._notify_end()

    async def _notify_start(self, trouble: str) -> None:
        place = trouble.partition(":")[0]
        where = f"{place} {self._machine}" if place == _FOLDER else place
        self._claim = f"unwritable {where}".strip()
        first = await self._claims.claim(self._claim, for_s=QUIET_S)
        self._is_claimed = first is not None
        if first is not False:
            await self._operators.alert("unwritable", reason=trouble)

    async def _notify_end(self) -> None:
        if await self._claims.release(self._claim) or not self._is_claimed:
            await self._operators.alert("writable")

    async def _find_trouble(self) -> str | None:
        try:
            await self._memory.put(_PROBE_NOTE, f"{self._clock.now():.0f}")
        except StoreUnavailable as error:
            return f"{self._database}: {error}"
        try:
            free = await asyncio.to_thread(_try_folder, self._folder)
        except OSError as error:
            return f"{_FOLDER}: {error.strerror or type(error).__name__}"
        if free < LEAST_BYTES:
            return f"{_FOLDER}: {free // 10**6} MB free"
        try:
            await self._storage.check()
        except StoreUnavailable as error:
            return str(error)
        return None

    async def _rest(self, seconds: float) -> None:
        waits = [self._clock.sleep(seconds), self._doubted.wait()]
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._doubted.clear()
            for task in tasks:
                task.cancel()


def _try_folder(folder: Path) -> int:
    """Write a temporary file; return the free bytes."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(4096))
        probe.flush()
    return shutil.disk_usage(folder).free
