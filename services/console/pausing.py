"""`bot.py pause` and `bot.py resume`: the whole bot, also while it runs in another process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from services.allowance import allowance_of
from services.clock import Clock
from services.community import Community
from services.provider import models_of
from services.settings import Settings
from services.store import existing
from services.styles import StyleTable

COMMAND_LINE = 0
"""Who did it, where nobody of Discord did."""


async def pause(settings: Settings, *, reason: str, data: Path, clock: Clock) -> str:
    """Take no more requests and say so; raises StoreUnavailable, BadValue."""
    async with opened_community(settings, data, clock) as community:
        await community.pause_bot(reason=reason, by=COMMAND_LINE)
    return "Paused: no new requests are taken. `python bot.py resume` takes them again.\n"


async def resume(settings: Settings, *, data: Path, clock: Clock) -> str:
    """Take requests again and say so; raises StoreUnavailable."""
    async with opened_community(settings, data, clock) as community:
        if await community.bot_paused() is None:
            return "Nothing was paused.\n"
        await community.resume_bot(by=COMMAND_LINE)
    return "Requests are taken again.\n"


@asynccontextmanager
async def opened_community(
    settings: Settings, data: Path, clock: Clock
) -> AsyncGenerator[Community]:
    """Open what moderators decide, beside a running bot; raises StoreUnavailable."""
    async with existing(settings.database) as store:
        yield Community(
            store=store,
            models=models_of(settings, data),
            styles=StyleTable.load(data / "styles.toml"),
            allowance=allowance_of(settings),
            clock=clock,
        )
