"""Whether database and pictures can be written: while they can not, nothing new is accepted.

What was accepted is safe in its rows and goes on by itself when there is room again. The operators
are told once when it begins and once when it is over. Of several processes the first to meet it
tells, and the first to see it over; of its folder each machine tells by itself. While the database
can not be written each process goes by its own memory: such a one keeps nothing.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Protocol

from services.common.clock import Clock
from services.errors import StoreUnavailable
from services.fleet.claims import Claims, OwnClaims
from services.monitoring.alerts import QUIET_S, Operators
from services.storage import ImageStorage

log = logging.getLogger(__name__)

EVERY_S = 60.0
IN_TROUBLE_S = 10.0
"""How soon it is noticed that there is room again."""

LEAST_BYTES = 64_000_000
"""Less free than a source and a few results may take: as good as full."""

_PROBE_NOTE = "write_probe"
_FOLDER = "PICTURES_PATH"


class WritableNotes(Protocol):
    """The database, as far as it is tried here."""

    async def put(self, name: str, text: str) -> None:
        """Write a text over an earlier one; StoreUnavailable when that can not be."""
        ...


class WriteCheck:
    """Tries all places now and then, and at once when somebody met trouble."""

    def __init__(
        self,
        *,
        memory: WritableNotes,
        folder: Path,
        vault: ImageStorage,
        operators: Operators,
        clock: Clock,
        database: str = "DATABASE_PATH",
        claims: Claims | None = None,
        machine: str = "",
    ) -> None:
        """Take the database, the folder of pictures, where they are kept, and whom to tell.

        `claims` decides which process does, `machine` names this one's computer.
        """
        self._database, self._machine = database, machine
        self._claims = claims or OwnClaims()
        self._claim, self._is_claimed = "", False
        self._memory, self._folder, self._vault = memory, folder, vault
        self._operators, self._clock = operators, clock
        self._doubted = asyncio.Event()
        self.trouble: str | None = None
        """What can not be written and why, in the system's words; None while all is well."""

    def check(self) -> None:
        """Raise StoreUnavailable while something can not be written."""
        if self.trouble is not None:
            raise StoreUnavailable(self.trouble)

    def doubt(self) -> None:
        """Look at once: something could not be written."""
        self._doubted.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await self._rest(IN_TROUBLE_S if self.trouble else EVERY_S)

    async def look(self) -> None:
        """Try all places; tell the operators when trouble begins, and when it is over."""
        before, self.trouble = self.trouble, await self._find_trouble()
        if self.trouble is not None and before is None:
            log.error("nothing new is accepted: %s", self.trouble)
            await self._notify_start(self.trouble)
        elif self.trouble is None and before is not None:
            log.warning("database and pictures can be written again")
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
            await self._vault.check()
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
    """Write a file that is gone afterwards; return the bytes that are free."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(4096))
        probe.flush()
    return shutil.disk_usage(folder).free
