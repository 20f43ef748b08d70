"""Whether the event loop keeps its appointments: one that is blocked answers nobody in time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial

from services.clock import Clock
from services.meter import Meter
from services.supervisor import Supervisor

EVERY_S = 1.0


@asynccontextmanager
async def watched_loop(meter: Meter, *, clock: Clock) -> AsyncGenerator[None]:
    """Measure once a second until the block ends, on a clock that nobody sets."""
    now = asyncio.get_running_loop().time
    work = partial(watch, meter, clock=clock, now=now)
    supervisor = Supervisor(clock=clock, meter=meter)
    watching = asyncio.create_task(supervisor.keep("loop_watch", work), name="loop watch")
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def watch(meter: Meter, *, clock: Clock, now: Callable[[], float]) -> None:
    """Sleep, and note by how much it was too long; `now` gives seconds from anywhere."""
    while True:
        due = now() + EVERY_S
        await clock.sleep(EVERY_S)
        meter.loop_was_late(max(now() - due, 0.0))
