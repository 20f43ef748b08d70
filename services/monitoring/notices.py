"""Notices that operators get once, also across restarts, such as a reached cap or a full disk."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from services.common.key_value import KeyValueStore
from services.common.supervisor import Supervisor, Work
from services.errors import QuotaExceeded, StoreUnavailable
from services.monitoring.alerts import Operators

log = logging.getLogger(__name__)


_DELETES = "deletes"


class OperatorNotices:
    """Sends operator notices in background tasks, so that user responses are never delayed."""

    def __init__(
        self,
        *,
        operators: Operators,
        memory: KeyValueStore,
        machine: str = "",
        supervisor: Supervisor | None = None,
    ) -> None:
        """`memory` stores which notices were sent.

        `machine` is this computer's name; it stands in notices about the computer's disk.
        """
        self._disk = f"told:disk {machine}".strip()
        self._machine = machine
        self._supervisor = supervisor or Supervisor()
        self._operators = operators
        self._memory = memory
        self._deletes: str | None = None
        self._running: set[asyncio.Task[None]] = set()

    def cap_reached(self, refusal: QuotaExceeded, guild_id: int | None, day: str) -> None:
        """Notify once a day for each cap that the operators set themselves."""
        if refusal.side == "member" or refusal.source != "operator":
            return
        where = "bot" if refusal.side == "bot" else str(guild_id)
        facts = {
            "where": where,
            "used": amount(refusal.used, refusal.unit),
            "limit": amount(refusal.limit, refusal.unit),
        }
        name = f"told:cap:{where}:{refusal.unit}"
        self._start(partial(self._once, name, day, "cap_reached", **facts))

    async def disk_full(self, *, full: bool, free: str) -> None:
        """Notify when a disk becomes nearly full (`full`), and when it has space again."""
        before = await self._swap(self._disk, "full" if full else "over")
        free = f"{free} ({self._machine})" if self._machine else free
        if full and before != "full":
            await self._operators.alert("disk_full", free=free)
        elif not full and before == "full":
            await self._operators.alert("disk_over", free=free)

    async def deletes_refused(self, jobs: int, *, reason: str) -> None:
        """Notify when images of `jobs` jobs cannot be deleted, and when all can again (0)."""
        state = "refused" if jobs else "over"
        if state == self._deletes:
            return
        before, self._deletes = await self._swap(f"told:{_DELETES}", state), state
        if jobs and before != "refused":
            await self._operators.alert("deletes_refused", jobs=str(jobs), reason=reason)
        elif not jobs and before == "refused":
            await self._operators.alert("deletes_over")

    async def settle(self) -> None:
        """Wait until all started notices are sent."""
        await asyncio.gather(*self._running)

    async def _once(self, name: str, text: str, key: str, **facts: str) -> None:
        if await self._swap(name, text) != text:
            await self._operators.alert(key, **facts)

    async def _swap(self, name: str, text: str) -> str | None:
        """Store a notice's state and return the one before.

        If that fails, return the new state: then the notice counts as sent, and is not repeated for
        ever.
        """
        try:
            return await self._memory.swap(name, text)
        except StoreUnavailable:
            log.exception("%s: the state of an operator notice cannot be stored", name)
            return text

    def _start(self, work: Work[None]) -> None:
        task = self._supervisor.start("notices", work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def amount(figure: float, unit: str) -> str:
    """Format a number of images or US dollars."""
    return f"${figure:,.2f}" if unit == "usd" else f"{figure:.0f}"
