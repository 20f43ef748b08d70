"""Several shards on one client, some or all of them, each on its own connection.

discord.py's own shard loop starts shards one after the other, stops all of them when one fails, and
cannot add or release a shard while it runs. Its sockets and its sharded state are used as they are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Literal

from discord.ext import commands
from discord.gateway import DiscordWebSocket

from cogs.client.bot import RepaintBot
from cogs.client.gateway import retry_until_up
from cogs.client.identify import IdentifyLimiter, LocalIdentifyRate, Reserve
from cogs.client.interaction_buffer import Answer, Heard
from cogs.client.shard import ShardConnection, listening
from services.common.clock import Clock
from services.fleet import FleetMember

log = logging.getLogger(__name__)

SETTLED_S = 10.0
"""Uptime in seconds after which a shard counts as ready even if some of its servers are
unavailable."""


class ShardedBot(RepaintBot, commands.AutoShardedBot):
    """The same bot with one connection per shard; `Shards` manages the connections."""

    identify_limiter: IdentifyLimiter | None = None
    shards_held: Shards | None = None
    registering: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    is_alone = True
    """True if no other process should answer this bot's interactions."""
    answer: Answer
    """discord.py's own handler of interactions; set by `set_interaction_hook`."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until the identify limiter that all shards share lets this shard identify."""
        del initial
        assert self.identify_limiter is not None
        await self.identify_limiter.wait(shard_id or 0)

    @property
    def is_connected(self) -> bool:
        """True while every shard that this process holds is up."""
        return self.shards_held is not None and self.shards_held.are_up

    def set_shard_count(self, count: int) -> None:
        """Set the total number of shards."""
        self.shard_count = self._connection.shard_count = count
        self._connection.shard_ids = range(count)

    def drop_cache(self, shard_id: int) -> None:
        """Drop the cached servers of a shard that this process no longer holds."""
        state = self._connection
        for guild in [guild for guild in self.guilds if guild.shard_id == shard_id]:
            state._remove_guild(guild)  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001

    def has(self, socket: DiscordWebSocket) -> bool:
        """Return whether a socket belongs to this client: a process can have several clients."""
        return getattr(socket, "_connection", None) is self._connection

    def set_interaction_hook(self, hear: Callable[[Heard, Answer], None]) -> None:
        """Pass every interaction to `hear` before discord.py handles it."""
        self.answer = self._connection.parsers["INTERACTION_CREATE"]
        self._connection.parsers["INTERACTION_CREATE"] = lambda data: hear(data, self.answer)

    def has_all_servers(self, shard_id: int) -> bool:
        """Return whether Discord has sent the details of every server of a shard."""
        return not any(one.unavailable for one in self.guilds if one.shard_id == shard_id)

    async def register(self) -> None:
        """Register the commands; if several processes share the bot, one does so at a time."""
        async with self.registering():
            await super().register()

    async def on_duplicate_answer(self) -> None:
        """Ignore the duplicate-answer signal in a fleet: during a shard handover it is expected."""
        if self.is_alone:
            await super().on_duplicate_answer()

    async def on_shard_connect(self, shard_id: int) -> None:
        """Log the connection."""
        log.info("shard %d of %s connected", shard_id, self.shard_count)

    async def close(self) -> None:
        """Close the shard connections, then the client."""
        if self.shards_held is not None:
            await self.shards_held.close()
        await super().close()


class Shards:
    """The shards that this process holds."""

    def __init__(self, bot: ShardedBot, *, clock: Clock, reserve: Reserve | None = None) -> None:
        """`reserve` is the identify rate limit; by default that of this process alone."""
        self._bot, self._clock = bot, clock
        self._identify_limiter = bot.identify_limiter = IdentifyLimiter(
            bot, reserve=reserve or LocalIdentifyRate(clock), clock=clock
        )
        self._lines: dict[int, ShardConnection] = {}
        self._holding: dict[int, asyncio.Task[None]] = {}
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._begun = False
        bot.shards_held = self

    @property
    def held(self) -> Collection[int]:
        """Numbers of the shards held, silent ones included."""
        return list(self._lines)

    @property
    def room(self) -> int:
        """How many more shards may connect now: `at_once`, less those that are still connecting."""
        return self._identify_limiter.at_once - sum(not line.is_up for line in self._lines.values())

    @property
    def are_up(self) -> bool:
        """True if every shard that this process holds is up."""
        return self._begun and all(line.is_up for line in self._lines.values())

    def latencies(self) -> Mapping[int, float | None]:
        """Return each shard's latency in seconds; None for one that is down."""
        return {number: line.latency_s for number, line in sorted(self._lines.items())}

    async def hold(self, count: int | Literal["auto"], ids: Iterable[int] | None) -> None:
        """Connect the shards with these ids, or all shards, while the bot is open.

        `count` is the total number of shards; "auto" takes the number that Discord recommends.
        Raises ConfigError or LoginFailure if Discord refuses this bot permanently.
        """
        in_all = await self._counted(count)
        wanted = sorted(range(in_all) if ids is None else ids)
        self.agree(in_all)
        log.info("this process holds %d of %d shards", len(wanted), in_all)
        for number in wanted:
            self.take_up(number)
        await self._over

    async def hold_its_own(
        self, member: FleetMember, count: int | Literal["auto"], ids: Iterable[int]
    ) -> None:
        """Hold these shards while other processes hold others; raises as `hold` does."""
        parts = [
            asyncio.create_task(member.attend()),
            asyncio.create_task(self.hold(count, ids)),
        ]
        try:
            await asyncio.gather(*parts)
        finally:
            for part in parts:
                part.cancel()

    async def hold_with_others(self, member: FleetMember, count: int | Literal["auto"]) -> None:
        """Hold a fair share of all shards while the bot is open; raises as `hold` does."""

        def hear(data: Heard, answer: Answer) -> None:
            """Answer or buffer an interaction; drop it once the lease has expired."""
            if member.lease_valid:
                listening.get().buffer.hear(data, answer)
            else:
                log.warning("an interaction was not answered: this process's lease has expired")

        self._bot.set_interaction_hook(hear)
        taking_part = asyncio.create_task(member.run(self, await self._counted(count)))
        try:
            await asyncio.wait({taking_part, self._over}, return_when=asyncio.FIRST_COMPLETED)
            for ended in (self._over, taking_part):
                if ended.done():
                    ended.result()
        finally:
            taking_part.cancel()

    async def _counted(self, count: int | Literal["auto"]) -> int:
        if count != "auto":
            return count
        recommended, _, _ = await retry_until_up(self._bot.http.get_bot_gateway, clock=self._clock)
        return recommended

    def agree(self, count: int) -> None:
        """Set the total number of shards."""
        self._bot.set_shard_count(count)
        self._begun = True

    def is_ready(self, number: int) -> bool:
        """Return whether a shard is up and knows its servers.

        Since a server may be unavailable for long, 10 s of uptime also suffice.
        """
        line = self._lines[number]
        up_for_s = line.up_for_s
        return line.is_up and (self._bot.has_all_servers(number) or up_for_s > SETTLED_S)

    def is_silent(self, number: int) -> bool:
        """Return whether a shard buffers its interactions instead of answering them."""
        return self._lines[number].buffer.is_silent

    def speak(self, number: int, answered: Collection[int]) -> None:
        """Answer a shard's buffered interactions except those in `answered`, and all later ones."""
        self._lines[number].buffer.speak(answered, self._bot.answer)

    def silence(self, number: int) -> Collection[int]:
        """Make a shard buffer its interactions; return ids of those answered in the last 30 s."""
        return self._lines[number].buffer.silence()

    def take_up(self, number: int, *, silent: bool = False) -> None:
        """Connect a shard; a silent one buffers its interactions until `speak` is called."""
        line = ShardConnection(
            self._bot,
            number,
            has=self._bot.has,
            identify_limiter=self._identify_limiter,
            clock=self._clock,
            silent=silent,
        )
        self._lines[number] = line
        task = asyncio.create_task(line.run(), name=f"shard {number}")
        task.add_done_callback(self._ended)
        self._holding[number] = task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Pass on the error that ended a shard's connection: such an error ends the bot."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._over.done():
            self._over.set_exception(error)

    async def let_go(self, number: int) -> None:
        """Close a shard's connection and drop its cached servers."""
        line, task = self._lines.pop(number), self._holding.pop(number)
        task.cancel()
        await asyncio.wait({task})
        await line.close()
        self._bot.drop_cache(number)

    async def close(self) -> None:
        """Close all shard connections at the same time."""
        await asyncio.gather(*(self.let_go(number) for number in list(self._lines)))
