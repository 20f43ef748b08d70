"""This process among others that run the same bot: the shards it holds, takes up and gives away.

Nothing here decides alone: the database says who holds what, once a second. A process that could
not ask for as long as its lease holds answers nobody any more, since others may by now.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Protocol

from services.common.clock import Clock
from services.common.shutdown import Shutdown
from services.common.supervisor import Supervisor
from services.db import Store
from services.db.fleet import FleetView, Heartbeat, ShardLease
from services.errors import ConfigError, StoreUnavailable
from services.settings.loading import Settings

log = logging.getLogger(__name__)

LEASE_S = 15.0
"""After so long without a word a process is taken for dead; longer than a restart of PostgreSQL."""

MARGIN_S = 3.0
"""So much earlier a process stops believing its own lease."""

REPORTS = 15
"""So many reports fit into a lease: with the usual one a process reports once a second."""

CALM_S, BUSY_S = 1.0, 0.25
"""Between two looks at what others hold; more often, as are reports, while shards move."""

IDENTIFY_EVERY_S = 5.0
"""Between two shards of one bucket (Discord, max_concurrency)."""

TURN_S = 60.0
"""What one process does for all, such as registering commands, may take so long."""


class ShardHost(Protocol):
    """Holds connections to Discord for the shards that this process is given."""

    @property
    def held(self) -> Collection[int]:
        """Shards that are held, in silence or not."""
        ...

    @property
    def room(self) -> int:
        """How many more shards may connect now."""
        ...

    def agree(self, count: int) -> None:
        """Take how many shards there are in all."""
        ...

    def take_up(self, number: int, *, silent: bool) -> None:
        """Begin to hold a shard; a silent one keeps what it hears until it may `speak`."""
        ...

    def is_ready(self, number: int) -> bool:
        """Tell whether a shard hears all that happens in its servers."""
        ...

    def is_silent(self, number: int) -> bool:
        """Tell whether a shard keeps what it hears."""
        ...

    def speak(self, number: int, answered: Collection[int]) -> None:
        """Answer what a shard has kept and hears from now on, but not what is answered already."""
        ...

    def silence(self, number: int) -> Collection[int]:
        """Answer no more; return which interactions of the last seconds were."""
        ...

    async def let_go(self, number: int) -> None:
        """Hold a shard no more."""
        ...


class FleetMember:
    """One process of the fleet."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        lease_s: float = LEASE_S,
        supervisor: Supervisor | None = None,
    ) -> None:
        """Take the database that all processes share."""
        self._supervisor = supervisor or Supervisor(clock=clock)
        self._store, self._clock, self._lease_s = store, clock, lease_s
        self.id = secrets.token_hex(8)
        self._holder: ShardHost | None = None
        self._renewed_at = float("-inf")
        self._leaving = self._reporting = False
        self._left = asyncio.Event()
        self._watchers: list[Callable[[], Awaitable[object]]] = []
        self._others = 0

    @property
    def lease_valid(self) -> bool:
        """Whether nobody else can hold what this process holds; after a stand-still it is not."""
        return -MARGIN_S < self._clock.now() - self._renewed_at < self._lease_s - MARGIN_S

    @property
    def is_handing_over(self) -> bool:
        """Whether this process ends and others take its shards, so that nobody need be refused."""
        return self._leaving and self._others > 0

    def watch(self, watcher: Callable[[], Awaitable[object]]) -> None:
        """Call something after each report: what is only in memory may have changed elsewhere."""
        self._watchers.append(watcher)

    async def run(self, holder: ShardHost, count: int) -> None:
        """Take part until this process has left; ConfigError when others divide differently."""
        await self._join(count)
        holder.agree(count)
        self._holder = holder
        await self._report()

    async def attend(self) -> None:
        """Take part with shards of its own choosing: Jobs of a process that dies go on elsewhere.

        ConfigError when others divide the shards among them.
        """
        await self._join(0)
        await self._report()

    async def _report(self) -> None:
        self._reporting = True
        try:
            await self._supervisor.keep("fleet", self._rounds, longest_s=CALM_S)
        finally:
            self._reporting = False

    async def _rounds(self) -> None:
        while not self._left.is_set():
            view = await self._round()
            busy = self._leaving or view is None or view.moving
            await self._clock.sleep(BUSY_S if busy else self._lease_s / REPORTS)

    async def hand_over(self, seconds: float) -> None:
        """Let others take the shards, as long as that takes or for so long."""
        self._leaving = True
        if self._holder is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._reporting and self._holder.held and self._others:
                    await self._clock.sleep(BUSY_S)

    async def leave(self) -> None:
        """Give up whatever is left, so that others take it at once."""
        self._left.set()
        if self._holder is not None:
            for number in list(self._holder.held):
                self._holder.silence(number)
        with suppress(StoreUnavailable):
            await self._store.fleet.leave(self.id)

    async def reserve_identify(self, bucket: int) -> float:
        """Reserve the next identify of a bucket over all processes; return how long to wait."""
        try:
            return await self._store.fleet.reserve(f"identify {bucket}", every_s=IDENTIFY_EVERY_S)
        except StoreUnavailable:
            return IDENTIFY_EVERY_S

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncGenerator[None]:
        """Do something that one process does at a time; the others wait, for a minute at most."""
        fleet = self._store.fleet
        while not await fleet.begin(name, self.id, lease_s=TURN_S):
            await self._clock.sleep(CALM_S)
        try:
            yield
        finally:
            with suppress(StoreUnavailable):
                await fleet.finish(name, self.id)

    async def _join(self, count: int) -> None:
        """Agree with the others; raises ConfigError where they will not."""
        joining = partial(self._agree, count)
        await self._supervisor.keep("fleet", joining, longest_s=CALM_S, vital=True)

    async def _agree(self, count: int) -> None:
        while True:
            try:
                agreed = await self._store.fleet.join(count, lease_s=self._lease_s)
            except StoreUnavailable as error:
                log.warning("the fleet can not be joined yet: %s", error)
                await self._clock.sleep(CALM_S)
            else:
                break
        if agreed != count:
            raise ConfigError([_disagreement(count, agreed)])

    async def _round(self) -> FleetView | None:
        """Report, and do what comes of it; None without a database."""
        began, holder = self._clock.now(), self._holder
        report = Heartbeat(
            process=self.id,
            lease_s=self._lease_s,
            ready=[one for one in holder.held if self._is_waiting(one)] if holder else (),
            room=holder.room if holder else 0,
            leaving=self._leaving,
            divides=holder is not None,
        )
        try:
            view = await self._store.fleet.report(report)
            self._renewed_at = began
            if holder is not None:
                self._others = view.others
                await self._follow(view)
            for watcher in self._watchers:
                await watcher()
        except StoreUnavailable as error:
            log.warning("the fleet was not reported to: %s", error)
            return None
        return view

    def _is_waiting(self, number: int) -> bool:
        assert self._holder is not None
        return self._holder.is_silent(number) and self._holder.is_ready(number)

    async def _follow(self, view: FleetView) -> None:
        """Hold what the database says, no more and no less."""
        assert self._holder is not None
        posts = {post.number: post for post in view.posts}
        await self._drop(number for number in set(self._holder.held) - set(posts))
        for number, post in posts.items():
            if number not in self._holder.held:
                self._take_up(post)
            elif post.holds and self._holder.is_silent(number):
                log.info("shard %d is ours now", number)
                self._holder.speak(number, post.answered)
        for post in posts.values():
            if post.holds and post.heir_is_ready:
                await self._give(post)

    def _take_up(self, post: ShardLease) -> None:
        assert self._holder is not None
        log.info("shard %d is taken up%s", post.number, "" if post.holds else " beside its holder")
        self._holder.take_up(post.number, silent=not post.holds)

    async def _give(self, post: ShardLease) -> None:
        """Hand a shard to its heir: silent first, so that no moment has two that answer."""
        assert self._holder is not None
        answered = self._holder.silence(post.number)
        give = self._store.fleet.hand_over
        if await give(self.id, post, answered, lease_s=self._lease_s):
            log.info("shard %d is handed over", post.number)
            await self._holder.let_go(post.number)

    async def _drop(self, numbers: Iterable[int]) -> None:
        assert self._holder is not None
        for number in list(numbers):
            log.warning("shard %d is another's now", number)
            self._holder.silence(number)
            await self._holder.let_go(number)


class FleetGate:
    """Says whether requests are taken: not while the bot ends, unless others go on with them."""

    def __init__(self, stop: Shutdown, member: FleetMember) -> None:
        """Take what knows that the bot ends, and that others are there."""
        self._stop, self._member = stop, member

    @property
    def is_open(self) -> bool:
        """Whether new requests are taken."""
        return self._stop.is_open or self._member.is_handing_over


def _disagreement(count: int, agreed: int) -> str:
    if count and agreed:
        words = f"other processes hold {agreed} shards; stop them all to change the number"
        return f"SHARD_COUNT: {words}"
    if agreed:
        words = f"other processes divide {agreed} shards among them; set it for all or for none"
    else:
        words = "other processes have one, and this one has none; set it for all or for none"
    return f"SHARD_IDS: {words}"


def member_of(
    store: Store,
    settings: Settings,
    *,
    clock: Clock,
    lease_s: float = LEASE_S,
    supervisor: Supervisor | None = None,
) -> FleetMember | None:
    """Return this process's part in a fleet; None where it is alone."""
    if not store.is_shared or settings.shard_count is None:
        return None
    return FleetMember(store, clock=clock, lease_s=lease_s, supervisor=supervisor)
