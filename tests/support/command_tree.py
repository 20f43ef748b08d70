"""A bot with all its commands, not logged in, for tests that read the commands."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot import open_bot
from cogs.client.bot import RepaintBot
from services.common.clock import SystemClock
from services.common.shutdown import Shutdown
from tests.support.bot_harness import settings_for


@asynccontextmanager
async def bot_with_commands(folder: Path) -> AsyncGenerator[RepaintBot]:
    """Open the bot with one operator, and fill its command tree."""
    settings = settings_for(folder, kling_url="http://127.0.0.1", OPERATOR_IDS=1)
    async with AsyncExitStack() as stack:
        bot = await open_bot(stack, settings, clock=SystemClock(), stop=Shutdown())
        await bot.client.fill()
        yield bot.client
