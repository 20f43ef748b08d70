"""Several unmodified bots on one PostgreSQL, with all kinds of trouble at once.

Each bot has a proxy of its own to the database, so that one bot can be cut off from it. Different
bots may be in trouble at the same time; each bot has one trouble at a time.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.processes import bot_settings
from tests.support.database_proxy import DatabaseProxy
from tests.support.postgresql import USER, Server
from tests.system.kill.bot_slots import BotSlot
from tests.system.kill.database_reader import PostgresqlReader
from tests.system.kill.evidence import Evidence
from tests.system.kill.fault_plan import COMMITS, GATEWAY, Kind, PlannedFault, plan
from tests.system.kill.members import Members
from tests.system.kill.sandbox_processes import SandboxProcesses

UNITS = 4
GUILDS_A_SHARD = 4
SHARDS_A_BOT = 2
WARM_UP = 6
LONGEST_S = 6.0
"""Seconds between two troubles at most, even if no job is accepted meanwhile."""

LIMITED = "Mira"
LIMIT = 0.15
"""Mira's daily limit, as a share of all jobs, in images: less than she asks for."""

NO_LIMIT = 100_000


@dataclass
class FleetRun:
    """One run: the number of bots, troubles and jobs, and the seed of all random choices."""

    folder: Path
    server: Server
    bots: int
    troubles: int
    jobs: int
    seed: int
    fault: str | None = None
    """One of tests.system.kill.planted_faults to plant; None runs the bots as they are."""
    begun: int = 0
    befell: Counter[str] = field(default_factory=Counter[str])

    async def run(self) -> Evidence:
        """Cause all troubles while members send requests; then wait until the bots finish."""
        self.chance = random.Random(self.seed)
        self.troubling = asyncio.Lock()
        name = f"torture_{self.seed}"
        await asyncio.to_thread(self.server.make, name)
        self.books = PostgresqlReader(self.server, name)
        async with AsyncExitStack() as stack:
            await self._open(stack, name)
            async with self.members.asking():
                await self.members.until(lambda: self.members.jobs >= WARM_UP)
                await self._befall()
                await self.members.until(lambda: self.members.jobs >= self.jobs)
            with suppress(TimeoutError):  # the judge reports what is left
                await self.members.until(lambda: not self.members.unfinished)
            await asyncio.gather(*(seat.leave() for seat in self.seats))
            return await self._seen()

    async def _open(self, stack: AsyncExitStack, name: str) -> None:
        shards = self.bots * SHARDS_A_BOT
        options = {
            "--guilds": shards * GUILDS_A_SHARD,
            "--shards": shards,
            "--identifies-at-once": shards,
        }
        words = [str(word) for option in options.items() for word in option]
        world = SandboxProcesses(self.chance, units=UNITS, discord=words)
        self.world = await stack.enter_async_context(world)
        members = Members(world, self.books, self.chance, share=self._share)
        self.members = await stack.enter_async_context(members.here())
        self.limit = round(self.jobs * LIMIT)
        self.seats = [await self._seated(stack, name, shards) for _ in range(self.bots)]
        await self.members.until(lambda: all(one.bot_online for one in self.members.all))
        await self._spread()

    async def _seated(self, stack: AsyncExitStack, name: str, shards: int) -> BotSlot:
        proxy = await stack.enter_async_context(DatabaseProxy(self.server.port).started())
        env = bot_settings(self.world.addresses, self.folder) | self.world.limits
        env |= {
            "DATABASE_URL": f"postgresql://{USER}@127.0.0.1:{proxy.port}/{name}",
            "SHARD_COUNT": str(shards),
            "USER_DAILY_IMAGES": str(self.limit),
        }
        seat = BotSlot(env, self.folder, proxy, fault=self.fault)
        return await stack.enter_async_context(seat.run_bot())

    async def _spread(self) -> None:
        """Send requests in a channel of every server; all members but one have no limit."""
        channels = (await self.world.state("page"))["channels"]
        places = {one["guild_id"]: key for key, one in channels.items() if one["name"] == "general"}
        self.members.channels = list(places.values())
        free = [
            int(one.id) for one in self.members.all if one.hello["viewer"]["global_name"] != LIMITED
        ]
        guilds = [int(guild) for guild in places]
        await asyncio.to_thread(self.books.lift_limits, free, guilds, units=NO_LIMIT)

    async def _befall(self) -> None:
        async with asyncio.TaskGroup() as troubles:
            for trouble in plan(self.chance, count=self.troubles, seats=self.bots):
                async with self.world.random_faults():
                    await self._some_work()
                    seat = self._seat_for(trouble)
                    await seat.is_free.acquire()
                    self.begun += 1
                    self.befell[trouble.kind] += 1
                    troubles.create_task(self._strike(trouble, seat))

    def _seat_for(self, trouble: PlannedFault) -> BotSlot:
        """Return the planned bot, or the next one that has no trouble now."""
        planned = self.seats[trouble.seat :] + self.seats[: trouble.seat]
        return next((seat for seat in planned if not seat.is_free.locked()), planned[0])

    async def _some_work(self) -> None:
        """Wait until about as many jobs exist as belong to the troubles so far."""
        due = self.jobs * (self.begun - self.chance.random()) / self.troubles
        try:
            await self.members.until(lambda: self.members.jobs >= due, LONGEST_S)
        except TimeoutError:
            return

    async def _strike(self, trouble: PlannedFault, seat: BotSlot) -> None:
        strikes: Mapping[Kind, Callable[[PlannedFault, BotSlot], Awaitable[None]]] = {
            "killed": lambda one, seat: seat.kill(away_s=one.seconds),
            "succeeded": lambda one, seat: seat.replace(away_s=one.seconds),
            "frozen": lambda one, seat: seat.suspend(one.seconds),
            "apart": self._part,
            "restarted": self._restart,
            "cut": self._cut,
            "commits lost": self._lose_commits,
            "gateway": self._shake_gateway,
        }
        try:
            await strikes[trouble.kind](trouble, seat)
        finally:
            seat.is_free.release()

    async def _part(self, trouble: PlannedFault, seat: BotSlot) -> None:
        """Cut a bot off from its database for longer than its lease; Discord and Kling stay.

        The cut begins with the next COMMIT, which is stored. It may be the one before the last
        piece of a submission.
        """
        seat.proxy.hold_at_commit()
        await asyncio.sleep(trouble.seconds)
        if trouble.chance.random() < 1 / 2:
            seat.proxy.cut()
        seat.proxy.resume()

    async def _restart(self, trouble: PlannedFault, _seat: BotSlot) -> None:
        """Crash the database or stop it in order, and start it again."""
        mode = trouble.chance.choice(("immediate", "fast"))
        async with self.troubling:
            await asyncio.to_thread(self.server.stop, mode)
            await asyncio.sleep(trouble.seconds)
            await asyncio.to_thread(self.server.start)

    async def _cut(self, _trouble: PlannedFault, _seat: BotSlot) -> None:
        """Reset every connection to the database, whatever is under way on it."""
        for seat in self.seats:
            seat.proxy.cut()

    async def _lose_commits(self, trouble: PlannedFault, seat: BotSlot) -> None:
        """Lose the next COMMITs of a bot, or their answers."""
        seat.proxy.lose(
            *(trouble.chance.choice(("answer", "question", "both")) for _ in range(COMMITS))
        )

    async def _shake_gateway(self, trouble: PlannedFault, _seat: BotSlot) -> None:
        """Make Discord close its gateway connections, or ask for new ones."""
        await self.world.order("gateway", **trouble.chance.choice(GATEWAY))

    def _share(self) -> float:
        """Return how many jobs there may be by now."""
        return max(WARM_UP, self.jobs * (self.begun + 2) / self.troubles)

    async def _seen(self) -> Evidence:
        mira = next(
            one for one in self.members.all if one.hello["viewer"]["global_name"] == LIMITED
        )
        lost = sum(len(seat.proxy.lost) for seat in self.seats)
        return Evidence(
            kling=await self.world.state("kling"),
            discord=await self.world.state("page"),
            rows=await asyncio.to_thread(self.books.rows),
            integrity=await asyncio.to_thread(self.books.integrity),
            statuses=[status for seat in self.seats for status in seat.statuses],
            traces=[trace for seat in self.seats for trace in seat.traces],
            units=UNITS,
            limits={int(mira.id): self.limit},
            kills=self.befell["killed"],
            stillborn=0,
            broken=self.world.broken,
            bots=self.bots,
            troubles=dict(self.befell) | {"COMMITs lost": lost},
        )
