"""When a shard may identify: in Discord's pace, and no more often than its day allows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord

from cogs.client.bot import RepaintBot
from cogs.client.gateway import ODD, RESERVE, WAITS_S, IdentifiesSpent
from services.common.clock import Clock
from services.common.net import NO_ANSWER
from services.fleet.member import IDENTIFY_EVERY_S

log = logging.getLogger(__name__)

ASKED_EVERY_S = 60.0
"""Discord is asked that often how many identifies are left today; ours in between are counted."""

Reserve = Callable[[int], Awaitable[float]]
"""Reserves a bucket's next identify; returns how long to wait for it (seconds)."""


class LocalIdentifyRate:
    """Reserves identifies for this process alone."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock
        self._free_at: dict[int, float] = {}

    async def __call__(self, bucket: int) -> float:
        """Reserve the bucket's next identify; return how long to wait for it."""
        now = self._clock.now()
        at = max(now, self._free_at.get(bucket, 0.0))
        self._free_at[bucket] = at + IDENTIFY_EVERY_S
        return at - now


class IdentifyLimiter:
    """Lets shards identify in turn, and no more of them than Discord allows in a day."""

    def __init__(self, bot: RepaintBot, *, reserve: Reserve, clock: Clock) -> None:
        """Take whose identifies they are, and who keeps the pace."""
        self._bot, self._reserve, self._clock = bot, reserve, clock
        self._asked_at = float("-inf")
        self._left, self._renewed_in = RESERVE + 1, 0.0
        self.at_once = 1
        """How many may identify at the same time (Discord, max_concurrency)."""
        self._locks: dict[int, asyncio.Lock] = {}
        self._asking = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, shard_id: int) -> AsyncGenerator[None]:
        """Hold the turn of the shard's bucket while it connects; raises IdentifiesSpent."""
        async with self._asking:
            await self._ask()
        async with self._locks.setdefault(shard_id % self.at_once, asyncio.Lock()):
            if self._left <= RESERVE:
                wait_s = self._asked_at + self._renewed_in - self._clock.now()
                raise IdentifiesSpent(max(wait_s, WAITS_S[0]))
            self._left -= 1  # even if nothing comes of it: it may have been sent
            yield

    async def take(self, shard_id: int) -> None:
        """Wait until this shard, whose turn it is, may identify."""
        wait_s = await self._reserve(shard_id % self.at_once)
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    async def _ask(self) -> None:
        """Ask Discord what is left, now and then; without an answer what was known stands."""
        if self._clock.now() - self._asked_at < ASKED_EVERY_S:
            return
        try:
            _, _, limit = await self._bot.http.get_bot_gateway()
            self._left, self.at_once = int(limit["remaining"]), int(limit["max_concurrency"])
            self._renewed_in = int(limit["reset_after"]) / 1000
        except (discord.DiscordException, *ODD, *NO_ANSWER) as error:
            log.info("how many identifies are left is not known: %s", type(error).__name__)
            self._left = max(self._left, RESERVE + 1)
        else:
            self._asked_at = self._clock.now()
        if self._left <= RESERVE:
            words = "Discord lets this bot identify %d times more today; the next in %.0f s"
            log.error(words, self._left, self._renewed_in)
