"""Supervision of background tasks: errors are logged, counted and retried.

Only a vital task can end the process, and only by a ConfigError, which no retry can fix.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.common.clock import Clock, SystemClock
from services.common.metrics import NO_METRICS, Metrics
from services.errors import ConfigError, StoreUnavailable

log = logging.getLogger(__name__)

R = TypeVar("R")

Work = Callable[[], Awaitable[R]]

FIRST_S, LONGEST_S = 1.0, 60.0
"""Seconds before the first retry, doubled with each further error, and the longest such delay."""

STEADY_S = 60.0
"""After a run of at least this many seconds, the delays start at the first one again."""

TRIES = 8
"""Default number of attempts of work that runs once; they take about two minutes in all."""


class Supervisor:
    """Runs background tasks; `name` becomes a metric label, so there are only a few names."""

    def __init__(self, *, clock: Clock | None = None, meter: Metrics = NO_METRICS) -> None:
        self._clock = clock or SystemClock()
        self._meter = meter
        self._running: set[asyncio.Task[None]] = set()

    async def run(
        self,
        name: str,
        work: Work[object],
        *,
        most: int | None = None,
        longest_s: float = LONGEST_S,
        vital: bool = False,
    ) -> None:
        """Run work until it returns, again after each error, at most `most` times if that is given.

        The delay between attempts doubles up to `longest_s`. If the work is `vital`, a ConfigError
        is raised.
        """
        failures = 0
        while most is None or failures < most:
            began = self._clock.now()
            if await self.attempt(name, _done(work), vital=vital):
                return
            failures = 1 if self._clock.now() - began > STEADY_S else failures + 1
            await self._clock.sleep(min(FIRST_S * 2.0 ** min(failures - 1, 10), longest_s))

    async def attempt(self, name: str, work: Work[R], *, vital: bool = False) -> R | None:
        """Run work once; return None after an error.

        If the work is `vital`, a ConfigError is raised.
        """
        done: list[R] = []
        error = await raised_by(_kept_in(done, work))
        if error is None:
            return done[0]
        if vital and isinstance(error, ConfigError):
            raise error
        self.report(name, error)
        return None

    def start(self, name: str, work: Work[object], *, most: int = TRIES) -> asyncio.Task[None]:
        """Run work in a new task, as `run` does."""
        task = asyncio.create_task(self.run(name, work, most=most), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def report(self, name: str, error: BaseException) -> None:
        """Log and count an error that the caller has caught."""
        self._meter.background_failed(name)
        if isinstance(error, StoreUnavailable):
            log.warning("%s: the database cannot be read or written: %s", name, error)
        else:
            log.error("%s failed and will be retried", name, exc_info=error)


async def raised_by(doing: Awaitable[object]) -> Exception | None:
    """Await something and return the exception that it raised, or None if it raised none."""
    try:
        await doing
    except Exception as error:  # noqa: BLE001  one task's fault must not end the others
        return error
    return None


async def _kept_in(done: list[R], work: Work[R]) -> None:
    done.append(await work())


def _done(work: Work[object]) -> Work[bool]:
    async def to_its_end() -> bool:
        """Run the work; True says that it returned."""
        await work()
        return True

    return to_its_end
