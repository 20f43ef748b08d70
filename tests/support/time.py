"""Time that stands still until a test moves it."""

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
"""Seconds that an answer is given to come, while no thread is at work: from within this process,
in a few turns of the loop, and from another one, which a busy computer keeps waiting."""

LOOK_S, TURN_S = 0.005, 0.001
"""Seconds between two looks at steps under way, and between two at an engine about to take some."""

TURNS = 5
"""Turns of the loop in which a sleeper that was woken is up, and a connection that was closed is
gone, so that no later test is blamed."""

STUCK_S = 30.0
"""Seconds after which a thread at work is taken for one that waits for time to pass."""


class HandClock:
    """A services.common.clock.Clock moved by hand; `on_move` lets other clocks follow."""

    def __init__(self, now: float = NOON) -> None:
        self._now = now
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.on_move: Callable[[float], object] = lambda _seconds: None
        self.asleep: set[asyncio.Task[Any] | None] = set()
        """The tasks that sleep now."""
        self.at_work = 0
        """Pieces of work that threads were given and the loop has not heard of again."""
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

    def dozes(self) -> asyncio.Future[None]:
        """Is done as soon as another task falls asleep."""
        if self._dozes is None or self._dozes.done():
            self._dozes = asyncio.get_running_loop().create_future()
        return self._dozes

    def next_at(self) -> float | None:
        """When the first sleeper wants to wake; those who gave up do not count."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def set_back(self, seconds: float) -> None:
        """Show an earlier time; whoever sleeps sleeps no longer for that."""
        self._now -= seconds
        self._sleepers = [(at - seconds, order, one) for at, order, one in self._sleepers]

    def set_forward(self, seconds: float) -> None:
        """Show a later time that has not passed: whoever sleeps sleeps on for as long."""
        self._now += seconds
        self._sleepers = [(at + seconds, order, one) for at, order, one in self._sleepers]

    def move_to(self, instant: float) -> None:
        """Move on and wake everybody whose time has come."""
        self.on_move(max(instant - self._now, 0.0))
        self._now = max(instant, self._now)
        while (first := self.next_at()) is not None and first <= self._now:
            heapq.heappop(self._sleepers)[2].set_result(None)


@asynccontextmanager
async def threads_counted(clock: HandClock) -> AsyncGenerator[None]:
    """Let the clock know of work that the loop in use gives to threads, however long it takes.

    The outermost part of a world: when all else is closed, the loop may still hang up on callers.
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
    patience_s: float = NEAR_S,
) -> None:
    """Wait until each engine rests, or each of its steps sleeps: real I/O is given real time.

    Whoever reports to a fleet sleeps then too.
    """
    waited_s = stuck_s = 0.0
    for _ in range(TURNS):  # whoever was woken just now still looks asleep
        await asyncio.sleep(0)
    while waited_s < patience_s or clock.next_at() is None:
        working = [one for one in engines if not one.is_resting and not _sleeps(one, clock)]
        reporting = [one for one in reports if one not in clock.asleep and not one.done()]
        if not working and not reporting:
            return
        steps = [step for one in working for step in one._steps.values()]
        look_s = LOOK_S if steps else TURN_S
        any_of = {*steps, clock.dozes()}
        come, _ = await asyncio.wait(any_of, timeout=look_s, return_when=FIRST_COMPLETED)
        if clock.at_work and stuck_s < STUCK_S:
            stuck_s += look_s
        elif not come:
            waited_s += look_s


def _sleeps(engine: Engine, clock: HandClock) -> bool:
    """Whether all that an engine has under way waits for time to pass."""
    steps = engine._steps.values()
    return bool(steps) and all(step in clock.asleep for step in steps)
