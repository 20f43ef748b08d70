"""Life cycle of the bot: log in, work until asked to stop, then drain."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from cogs.client.bot import RepaintBot
from cogs.client.factory import Connection
from cogs.client.gateway import login
from services.common.clock import Clock
from services.common.shutdown import Shutdown
from services.engine import Engine
from services.settings import Settings

DRAIN_S = 10.0
"""Seconds for which deliveries that have begun may continue at shutdown. All other jobs wait in the
database for the next start."""

END_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotApp:
    """The bot, built and not started yet."""

    connection: Connection
    engine: Engine
    housekeeping: Callable[[], Awaitable[object]]
    """Runs the background tasks; never returns by itself."""
    door: AbstractAsyncContextManager[object]
    """The HTTP server; it listens only after this context is entered."""
    clock: Clock

    @property
    def client(self) -> RepaintBot:
        """Return the Discord client."""
        return self.connection.client


async def serve(bot: BotApp, settings: Settings, *, stop: Shutdown) -> None:
    """Log in, work until asked to stop, then drain; also stop when the gateway fails for good."""

    async def at_work() -> None:
        """Log in and run; this ends only by cancellation or by a permanent error."""
        await login(bot.client, settings, clock=bot.clock)
        gc.freeze()  # loaded modules stay alive: scanning them again blocks the loop for 67 ms
        await asyncio.gather(bot.engine.run(), bot.housekeeping(), bot.connection.stay())

    work = [
        asyncio.create_task(at_work(), name="work"),
        asyncio.create_task(stop.wait(), name="stop"),
    ]
    try:
        done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        stop.ask()
        await asyncio.gather(bot.connection.hand_over(DRAIN_S), bot.engine.drain(DRAIN_S))
        await bot.connection.leave()
        for task in work:
            task.cancel()
        # Bounded: on Python 3.11 a wait_for of discord.py can swallow a cancellation.
        await asyncio.wait({asyncio.gather(*work, return_exceptions=True)}, timeout=END_S)
