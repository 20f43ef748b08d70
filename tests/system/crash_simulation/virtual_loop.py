"""An event loop whose clock jumps to the next timer, and which dies after a given number of turns.

Between any two awaits of the program lies at least one turn of the loop, so a fuse counted in turns
can kill it between any two. A dead loop is left as it is: no clean-up code runs, as after SIGKILL.
"""

# pyright: reportAttributeAccessIssue=false
# It uses asyncio's private parts, for which no type stubs exist.

from __future__ import annotations

import asyncio
import gc
import heapq
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar

R = TypeVar("R")

START = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC; the day changes within a simulation."""


class Crash(BaseException):
    """The process is dead."""


class Stuck(AssertionError):
    """Nothing is ready and no timer is set: some task waits for ever."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Event loop of a simulated process; waiting takes no real time."""

    def __init__(self, *, began_at: float, fuse: int | None) -> None:
        super().__init__()
        self.instant = began_at
        self.turns_left = fuse

    def time(self) -> float:
        return self.instant

    def run_in_executor(
        self, executor: Executor | None, work: Callable[..., R], *words: Any
    ) -> asyncio.Future[R]:
        """Do the work now and deliver its result one turn later, without the self-pipe.

        Work for the default executor (`asyncio.to_thread`) is done here too.
        """
        executor = executor or Inline()
        assert isinstance(executor, Inline)
        brought: asyncio.Future[R] = self.create_future()
        self.call_soon(_bring, *executor.outcome(partial(work, *words)), brought)
        return brought

    def _run_once(self) -> None:
        """Run one turn as asyncio does, but without polling sockets: there are none."""
        if not self._ready:
            self._jump()
        if self.turns_left is not None:
            self.turns_left -= 1
            if self.turns_left < 0:
                raise Crash
        soon = self.instant + self._clock_resolution
        while self._scheduled and self._scheduled[0]._when < soon:
            self._ready.append(self._next_timer())
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle._cancelled:
                handle._run()

    def _jump(self) -> None:
        """Move time to the next timer that is not cancelled."""
        while self._scheduled and self._scheduled[0]._cancelled:
            self._next_timer()
            self._timer_cancelled_count -= 1
        if self._scheduled:
            self.instant = max(self.instant, self._scheduled[0]._when)
        elif not self._stopping:
            raise Stuck

    def _next_timer(self) -> asyncio.TimerHandle:
        timer = heapq.heappop(self._scheduled)
        timer._scheduled = False
        return timer


class LoopClock:
    """A services.common.clock.Clock that follows the running loop."""

    def now(self) -> float:
        # asyncio compares its timers to a nanosecond, which Unix seconds are too large for.
        return START + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _bring(value: Any, problem: Exception | None, brought: asyncio.Future[Any]) -> None:
    if brought.cancelled():
        return
    if problem is None:
        brought.set_result(value)
    else:
        brought.set_exception(problem)


def nothing() -> None:
    """Do nothing."""


class Inline(Executor):
    """Runs work at once in the calling thread; `trouble` may raise instead."""

    def __init__(self) -> None:
        self.trouble: Callable[[], None] = nothing

    def outcome(self, work: Callable[[], R]) -> tuple[R | None, Exception | None]:
        """Do the work; return its result, or the error that it raised."""
        try:
            self.trouble()
            return work(), None
        except Exception as error:  # noqa: BLE001  an executor hands every error on
            return None, error


def live(
    life: Coroutine[Any, Any, None], *, began_at: float, fuse: int | None
) -> tuple[float, bool]:
    """Run one life of the process; return when it ended (Unix seconds), and whether by a kill."""
    loop = VirtualLoop(began_at=began_at - START, fuse=fuse)
    asyncio.set_event_loop(loop)
    main = loop.create_task(life)
    try:
        loop.run_until_complete(main)
    except Crash:
        _bury(loop)
        return START + loop.instant, True
    finally:
        asyncio.set_event_loop(None)
    loop.close()
    return START + loop.instant, False


_graves: list[object] = []


def _bury(loop: VirtualLoop) -> None:
    """Keep a reference to unfinished tasks: collecting them would run their clean-up code."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task._log_destroy_pending = False
    _graves.append((loop, tasks))
    for part in (loop._selector, loop._ssock, loop._csock):
        part.close()
    loop._closed = True
    gc.freeze()  # no collection scans the dead lives again
