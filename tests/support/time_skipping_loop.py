"""An event loop for real sockets whose time passes only while there is nothing to do.

When no callback is ready, no byte has arrived and no thread is working, the clock jumps to the
next timer. A day of waiting takes only the milliseconds of its work. This holds for the bot,
discord.py, aiohttp and the sandbox, as long as all of them are in this process.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

from sandbox.clock import Clock

R = TypeVar("R")

SOCKET_POLLS = 2
SOCKET_POLL_S = 0.0003
"""Bytes written to a loopback socket can be read at once; a few polls allow for the kernel."""

WORK_S = 0.05
STUCK_S = 30.0


class Stuck(AssertionError):
    """Nothing is ready, no timer is set and nothing arrives: some task waits for ever."""


class TimeSkippingSelector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Polls the sockets for a moment, then makes time jump instead of waiting."""

    loop: TimeSkippingLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0:
            return super().select(0)
        began = time.monotonic()
        looks = 0
        while looks < SOCKET_POLLS or self.loop.at_work or timeout is None:
            # A finished thread wakes this up: only sockets need polling again.
            events = super().select(WORK_S if self.loop.at_work else SOCKET_POLL_S)
            if events:
                return events
            looks += 1
            if time.monotonic() - began > STUCK_S:
                raise Stuck
        self.loop.jump(timeout)
        return []


class TimeSkippingLoop(asyncio.SelectorEventLoop):
    """Event loop of a world of real sockets; waiting takes no real time."""

    def __init__(self) -> None:
        self.instant = 0.0
        self.began_at = time.time()
        self.at_work = 0
        self.on_jump: Callable[[float], object] = lambda _now: None
        """Called with the Unix seconds at each jump, for clocks outside the loop."""
        selector = TimeSkippingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.instant

    def jump(self, seconds: float) -> None:
        self.instant += seconds
        self.on_jump(self.began_at + self.instant)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., R], *args: Any
    ) -> asyncio.Future[R]:
        """Keep time from passing while a thread works."""
        self.at_work += 1
        done = super().run_in_executor(executor, func, *args)
        done.add_done_callback(self._rested)
        return done

    def _rested(self, _: object) -> None:
        self.at_work -= 1


def loop_in_use() -> TimeSkippingLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TimeSkippingLoop)
    return loop


def now() -> float:
    """Return the Unix seconds of the running loop."""
    loop = loop_in_use()
    return loop.began_at + loop.instant


class BotClock:
    """A services.common.clock.Clock that follows the running loop."""

    def now(self) -> float:
        return now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class WorldClock(Clock):
    """The sandbox's clock, which follows the running loop."""

    def now(self) -> float:
        return now() + self._skipped

    def __init__(self) -> None:
        super().__init__()
        self._skipped = 0.0

    def advance(self, seconds: float) -> None:
        self._skipped += seconds
        super().advance(0)


def run_skipping_time(work: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine to its end on such a loop."""
    with asyncio.Runner(loop_factory=TimeSkippingLoop) as runner:
        return runner.run(work)
