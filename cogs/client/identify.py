"""Limits when shards may identify: at Discord's rate, and within its daily quota."""

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
from services.fleet import IDENTIFY_EVERY_S

log = logging.getLogger(__name__)

ASKED_EVERY_S = 60.0
"""Interval for asking Discord how many identifies are left today, in seconds. In between, the
process counts its own."""

Reserve = Callable[[int], Awaitable[float]]
"""Reserves a bucket's next identify; returns how long to wait for it, in seconds. The bucket of a
shard is its number modulo `max_concurrency` (Discord)."""


class LocalIdentifyRate:
    """Identify rate limit of this process alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free_at: dict[int, float] = {}

    async def __call__(self, bucket: int) -> float:
        """Reserve the bucket's next identify; return the wait in seconds."""
        now = self._clock.now()
        at = max(now, self._free_at.get(bucket, 0.0))
        self._free_at[bucket] = at + IDENTIFY_EVERY_S
        return at - now


class IdentifyLimiter:
    """Serializes the identifies of each bucket and keeps them within Discord's daily quota."""

    def __init__(self, bot: RepaintBot, *, reserve: Reserve, clock: Clock) -> None:
        """`reserve` is the rate limit: of this process, or shared by several."""
        self._bot, self._reserve, self._clock = bot, reserve, clock
        self._asked_at = float("-inf")
        self._left, self._renewed_in = RESERVE + 1, 0.0
        self.at_once = 1
        """How many shards may identify at the same time (Discord, max_concurrency)."""
        self._locks: dict[int, asyncio.Lock] = {}
        self._asking = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, shard_id: int) -> AsyncGenerator[None]:
        """Hold the lock of the shard's bucket while the shard connects; raises IdentifiesSpent."""
        async with self._asking:
            await self._ask()
        async with self._locks.setdefault(shard_id % self.at_once, asyncio.Lock()):
            if self._left <= RESERVE:
                wait_s = self._asked_at + self._renewed_in - self._clock.now()
                raise IdentifiesSpent(max(wait_s, WAITS_S[0]))
            self._left -= 1  # counted even if connecting fails: the identify may have been sent
            yield

    async def wait(self, shard_id: int) -> None:
        """Wait until this shard may identify. Its caller holds the bucket's lock."""
        wait_s = await self._reserve(shard_id % self.at_once)
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    async def _ask(self) -> None:
        """Ask Discord how many identifies are left today, at most once a minute.

        If Discord does not answer, the last known values stay.
        """
        if self._clock.now() - self._asked_at < ASKED_EVERY_S:
            return
        try:
            _, _, limit = await self._bot.http.get_bot_gateway()
            self._left, self.at_once = int(limit["remaining"]), int(limit["max_concurrency"])
            self._renewed_in = int(limit["reset_after"]) / 1000
        except (discord.DiscordException, *ODD, *NO_ANSWER) as error:
            log.info("the number of identifies left is unknown: %s", type(error).__name__)
            self._left = max(self._left, RESERVE + 1)
        else:
            self._asked_at = self._clock.now()
        if self._left <= RESERVE:
            words = "Discord allows %d more identifies today; the next in %.0f s"
            log.error(words, self._left, self._renewed_in)
