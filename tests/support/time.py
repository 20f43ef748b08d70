"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from asyncio import FIRST_COMPLETED, Future
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from contextvars import Context
from itertools import count
from typing import Any, TypeVar

import pytest

from services.engine import Engine
from tests.support.requests import NOON

R = TypeVar("R")

NEAR_S, FAR_S = 0.25, 2.0
"""Seconds allowed for an answer while no thread is at work: from this process (a few turns of the
loop), and from another one, which a busy computer keeps waiting.
"""

LOOK_S, TURN_S = 0.005, 0.001
"""Seconds between two checks of steps under way, and of an engine about to take some."""

TURNS = 5
"""Turns of the loop after which a woken task runs and a closed connection is gone, so that no
later test is blamed.
"""

STUCK_S = 30.0
"""Seconds after which a working thread is assumed to wait for time to pass."""


class HandClock:
    """A services.common.clock.Clock moved by hand; `on_move` makes other clocks follow."""

    def __init__(self, now: float = NOON) -> None:
        self._now = now
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.on_move: Callable[[float], object] = lambda _seconds: None
        self.asleep: set[asyncio.Task[Any] | None] = set()
        """The tasks that are asleep."""
        self.at_work = 0
        """Calls running in threads whose end the loop has not seen yet."""
        self._dozes: asyncio.Future[None] | None = None

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), waiting))
        sleeper = asyncio.current_task()
        self.asleep.add(sleeper)
        if self._dozes is not None and not self._dozes.done():
            self._dozes.set_result(None)
        try:
            await waiting
        finally:
            self.asleep.discard(sleeper)

    def next_sleep(self) -> asyncio.Future[None]:
        """Return a future that is done as soon as another task falls asleep."""
        if self._dozes is None or self._dozes.done():
            self._dozes = asyncio.get_running_loop().create_future()
        return self._dozes

    def next_at(self) -> float | None:
        """Return when the first sleeper wakes; cancelled sleepers do not count."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def set_back(self, seconds: float) -> None:
        """Set the time back; sleepers do not sleep longer because of it."""
        self._now -= seconds
        self._sleepers = [(at - seconds, order, one) for at, order, one in self._sleepers]

    def set_forward(self, seconds: float) -> None:
        """Set the time forward without letting it pass: sleepers sleep on for as long."""
        self._now += seconds
        self._sleepers = [(at + seconds, order, one) for at, order, one in self._sleepers]

    def move_to(self, instant: float) -> None:
        """Move on and wake every task whose time has come."""
        self.on_move(max(instant - self._now, 0.0))
        self._now = max(instant, self._now)
        while (first := self.next_at()) is not None and first <= self._now:
            heapq.heappop(self._sleepers)[2].set_result(None)


@asynccontextmanager
async def count_threads(clock: HandClock) -> AsyncGenerator[None]:
    """Count the running loop's thread calls in the clock, however long they take.

    This is the outermost part of a world: when all else is closed, the loop may still close
    connections.
    """
    loop = asyncio.get_running_loop()
    run = loop.run_in_executor

    def rested(_: object) -> None:
        clock.at_work -= 1

    def run_counted(executor: Executor | None, func: Callable[..., R], *args: Any) -> Future[R]:
        done = run(executor, func, *args)
        clock.at_work += 1
        done.add_done_callback(rested, context=Context())
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "run_in_executor", run_counted)
        yield
        for _ in range(TURNS):
            await asyncio.sleep(0)


async def until_only_time_helps(
    engines: Sequence[Engine],
    clock: HandClock,
    *,
    reports: Collection[asyncio.Task[None]] = (),
    timeout_s: float = NEAR_S,
) -> None:
    """Wait until each engine rests, or each of its steps sleeps: real I/O is given real time.

    Tasks that report to a fleet sleep by then too.
    """
    waited_s = stuck_s = 0.0
    for _ in range(TURNS):  # a task that was just woken still counts as asleep
        await asyncio.sleep(0)
    while waited_s < timeout_s or clock.next_at() is None:
        working = [one for one in engines if not one.is_resting and not _sleeps(one, clock)]
        reporting = [one for one in reports if one not in clock.asleep and not one.done()]
        if not working and not reporting:
            return
        steps = [step for one in working for step in one._steps.values()]
        look_s = LOOK_S if steps else TURN_S
        any_of = {*steps, clock.next_sleep()}
        come, _ = await asyncio.wait(any_of, timeout=look_s, return_when=FIRST_COMPLETED)
        if clock.at_work and stuck_s < STUCK_S:
            stuck_s += look_s
        elif not come:
            waited_s += look_s


def _sleeps(engine: Engine, clock: HandClock) -> bool:
    """Return whether all that an engine has under way waits for time to pass."""
    steps = engine._steps.values()
    return bool(steps) and all(step in clock.asleep for step in steps)
