"""The bot at work: logged in, at it until asked to stop, then drained."""

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
from services.settings.loading import Settings

DRAIN_S = 10.0
"""How long deliveries under way may take at a stop; the rows keep the rest."""

END_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotApp:
    """The bot, opened and not yet at work."""

    connection: Connection
    engine: Engine
    housekeeping: Callable[[], Awaitable[object]]
    """Never ends by itself."""
    door: AbstractAsyncContextManager[object]
    """The HTTP port; nothing is listened to before it is entered."""
    clock: Clock

    @property
    def client(self) -> RepaintBot:
        """Return the client of Discord."""
        return self.connection.client


async def serve(bot: BotApp, settings: Settings, *, stop: Shutdown) -> None:
    """Log in, work until asked to stop, then drain; an end of the gateway for good ends it too."""

    async def at_work() -> None:
        """Log in and stay: ends only by being cancelled, or by what ends the bot for good."""
        await login(bot.client, settings, clock=bot.clock)
        gc.freeze()  # all that is loaded stays: to go through it again holds the loop up for 67 ms
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
        # Bounded: on Python 3.11 a wait_for below (discord.py's) can swallow being cancelled.
        await asyncio.wait({asyncio.gather(*work, return_exceptions=True)}, timeout=END_S)
