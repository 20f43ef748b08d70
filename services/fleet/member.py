"""Membership of this process in a fleet that runs one bot: the shards it takes, holds and releases.

The database decides which process holds which shard; each process asks it once a second. If a
process could not ask for the time of its lease, it stops answering interactions, because others may
answer them by now.
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
from services.db import FleetView, Heartbeat, ShardLease, Store
from services.errors import ConfigError, StoreUnavailable
from services.settings import Settings

log = logging.getLogger(__name__)

LEASE_S = 15.0
"""A process that has sent no heartbeat for this time, in seconds, counts as dead.

It is longer than a restart of PostgreSQL.
"""

MARGIN_S = 3.0
"""How many seconds earlier a process treats its own lease as expired."""

REPORTS = 15
"""Heartbeats per lease period (15 s lease: one heartbeat per second)."""

CALM_S, BUSY_S = 1.0, 0.25
"""Seconds between retries, and between heartbeats while shards move from process to process."""

IDENTIFY_EVERY_S = 5.0
"""Interval between two identifies of one bucket (Discord, max_concurrency)."""

EXCLUSIVE_S = 60.0
"""Seconds after which work that one process does for all (such as registering commands) may be
taken over by another process."""


class ShardHost(Protocol):
    """Runs the Discord connections of the shards assigned to this process."""

    @property
    def held(self) -> Collection[int]:
        """Numbers of the shards held, silent ones included."""
        ...

    @property
    def room(self) -> int:
        """How many more shards may connect now."""
        ...

    def agree(self, count: int) -> None:
        """Set the total number of shards."""
        ...

    def take_up(self, number: int, *, silent: bool) -> None:
        """Start to hold a shard; a silent one buffers its interactions until `speak` is called."""
        ...

    def is_ready(self, number: int) -> bool:
        """Return whether a shard receives all events of its servers."""
        ...

    def is_silent(self, number: int) -> bool:
        """Return whether a shard buffers its interactions."""
        ...

    def speak(self, number: int, answered: Collection[int]) -> None:
        """Answer a shard's buffered interactions except those in `answered`, and all later ones."""
        ...

    def silence(self, number: int) -> Collection[int]:
        """Make a shard buffer its interactions; return ids of those answered in the last 30 s."""
        ...

    async def let_go(self, number: int) -> None:
        """Stop holding a shard."""
        ...


class FleetMember:
    """This process as a member of the fleet."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        lease_s: float = LEASE_S,
        supervisor: Supervisor | None = None,
    ) -> None:
        """`store` is the database that all processes share."""
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
        """True while our last heartbeat is too recent for others to have taken our shards."""
        return -MARGIN_S < self._clock.now() - self._renewed_at < self._lease_s - MARGIN_S

    @property
    def is_handing_over(self) -> bool:
        """True while this process stops and there are others to take its shards."""
        return self._leaving and self._others > 0

    def watch(self, watcher: Callable[[], Awaitable[object]]) -> None:
        """Call a function after each heartbeat: another process may have changed cached values."""
        self._watchers.append(watcher)

    async def run(self, holder: ShardHost, count: int) -> None:
        """Send heartbeats and hold the assigned shards until this process leaves the fleet.

        Raises ConfigError if the other processes have another number of shards, or fixed ones.
        """
        await self._join(count)
        holder.agree(count)
        self._holder = holder
        await self._report()

    async def attend(self) -> None:
        """Send heartbeats; the shards come from the settings. So jobs of a dead process continue.

        Raises ConfigError if the other processes divide the shards among themselves.
        """
        await self._join(0)
        await self._report()

    async def _report(self) -> None:
        self._reporting = True
        try:
            await self._supervisor.run("fleet", self._rounds, longest_s=CALM_S)
        finally:
            self._reporting = False

    async def _rounds(self) -> None:
        while not self._left.is_set():
            view = await self._round()
            busy = self._leaving or view is None or view.moving
            await self._clock.sleep(BUSY_S if busy else self._lease_s / REPORTS)

    async def hand_over(self, seconds: float) -> None:
        """Wait while other processes take over the shards, for at most the given seconds."""
        self._leaving = True
        if self._holder is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._reporting and self._holder.held and self._others:
                    await self._clock.sleep(BUSY_S)

    async def leave(self) -> None:
        """Release all remaining shards and leases, so that other processes take them at once."""
        self._left.set()
        if self._holder is not None:
            for number in list(self._holder.held):
                self._holder.silence(number)
        with suppress(StoreUnavailable):
            await self._store.fleet.leave(self.id)

    async def reserve_identify(self, bucket: int) -> float:
        """Reserve the next identify of a bucket across all processes.

        Return the wait in seconds.
        """
        try:
            return await self._store.fleet.reserve(f"identify {bucket}", every_s=IDENTIFY_EVERY_S)
        except StoreUnavailable:
            return IDENTIFY_EVERY_S

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncGenerator[None]:
        """Run the block in one process at a time; the others wait, for a minute at most."""
        fleet = self._store.fleet
        while not await fleet.begin(name, self.id, lease_s=EXCLUSIVE_S):
            await self._clock.sleep(CALM_S)
        try:
            yield
        finally:
            with suppress(StoreUnavailable):
                await fleet.finish(name, self.id)

    async def _join(self, count: int) -> None:
        """Join the fleet; raises ConfigError if the other processes have different settings."""
        joining = partial(self._agree, count)
        await self._supervisor.run("fleet", joining, longest_s=CALM_S, vital=True)

    async def _agree(self, count: int) -> None:
        while True:
            try:
                agreed = await self._store.fleet.join(count, lease_s=self._lease_s)
            except StoreUnavailable as error:
                log.warning("this process cannot join the others yet: %s", error)
                await self._clock.sleep(CALM_S)
            else:
                break
        if agreed != count:
            raise ConfigError([_disagreement(count, agreed)])

    async def _round(self) -> FleetView | None:
        """Send a heartbeat and apply the response; return None if the database is unavailable."""
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
            log.warning("no heartbeat was stored: %s", error)
            return None
        return view

    def _is_waiting(self, number: int) -> bool:
        assert self._holder is not None
        return self._holder.is_silent(number) and self._holder.is_ready(number)

    async def _follow(self, view: FleetView) -> None:
        """Hold exactly the shards that the database assigns to this process."""
        assert self._holder is not None
        posts = {post.number: post for post in view.posts}
        await self._drop(number for number in set(self._holder.held) - set(posts))
        for number, post in posts.items():
            if number not in self._holder.held:
                self._take_up(post)
            elif post.holds and self._holder.is_silent(number):
                log.info("this process now owns shard %d", number)
                self._holder.speak(number, post.answered)
        for post in posts.values():
            if post.holds and post.heir_is_ready:
                await self._give(post)

    def _take_up(self, post: ShardLease) -> None:
        assert self._holder is not None
        log.info("connecting shard %d%s", post.number, "" if post.holds else " beside its owner")
        self._holder.take_up(post.number, silent=not post.holds)

    async def _give(self, post: ShardLease) -> None:
        """Hand a shard to its next owner. It is silenced first, so that never both answer."""
        assert self._holder is not None
        answered = self._holder.silence(post.number)
        give = self._store.fleet.hand_over
        if await give(self.id, post, answered, lease_s=self._lease_s):
            log.info("shard %d was handed over", post.number)
            await self._holder.let_go(post.number)

    async def _drop(self, numbers: Iterable[int]) -> None:
        assert self._holder is not None
        for number in list(numbers):
            log.warning("another process now owns shard %d", number)
            self._holder.silence(number)
            await self._holder.let_go(number)


class FleetGate:
    """Refuses new requests while the bot stops, unless other processes take over its shards."""

    def __init__(self, stop: Shutdown, member: FleetMember) -> None:
        self._stop, self._member = stop, member

    @property
    def is_open(self) -> bool:
        """True if new requests are accepted."""
        return self._stop.is_open or self._member.is_handing_over


def _disagreement(count: int, agreed: int) -> str:
    if count and agreed:
        words = f"other processes hold {agreed} shards; stop them all to change the number"
        return f"SHARD_COUNT: {words}"
    if agreed:
        words = (
            f"other processes share {agreed} shards without it; set it for all processes or"
            " for none"
        )
    else:
        words = (
            "other processes have it, and this one does not; set it for all processes or for none"
        )
    return f"SHARD_IDS: {words}"


def make_member(
    store: Store,
    settings: Settings,
    *,
    clock: Clock,
    lease_s: float = LEASE_S,
    supervisor: Supervisor | None = None,
) -> FleetMember | None:
    """Return this process's membership in a fleet; None if it runs alone."""
    if not store.is_shared or settings.shard_count is None:
        return None
    return FleetMember(store, clock=clock, lease_s=lease_s, supervisor=supervisor)
