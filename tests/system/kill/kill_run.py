"""kill -9 on the unmodified bot, again and again, while members request images.

Discord and Kling are processes of their own (sandbox_processes.py) and outlive every life of the
bot. Members use the page's socket, so the bot receives INTERACTION_CREATE events over its gateway.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.processes import Child, bot_settings
from tests.system.kill.bot_start import begin, go, warm
from tests.system.kill.database_reader import SqliteReader
from tests.system.kill.evidence import Evidence, unforeseen
from tests.system.kill.members import Members
from tests.system.kill.sandbox_processes import SandboxProcesses

UNITS = 40

WARM_UP = 3
"""Jobs before the first kill: the bot detects its provider's capabilities."""

EVENTS_A_JOB = 4
"""About as many events come from a job's message. Lives end by such events, not by the clock, so
that the kills fall at the same moments on a slow computer.
"""

AFTER_S = 0.05
LONGEST_S, STARTS = 1.5, 3
"""A life ends at most `AFTER_S` after its last event, and after this many seconds (or three times
what its start took, on a slow computer) without it; at once if nothing is left to happen.
"""

STARTS_S = (0.05, 1.0)
YOUNG = 0.1
"""The share of lives that are killed while they start, after a time within `STARTS_S`."""

CONNECTS_WITHIN_S = 60.0


@dataclass
class KillRun:
    """One run: the number of kills and jobs, and the seed of all random choices."""

    folder: Path
    kills: int
    jobs: int
    seed: int
    fault: str | None = None
    """One of tests.system.crash_simulation.planted_faults to plant; None runs the bot as it is."""
    killed: int = 0
    stillborn: int = 0
    started_in: float = 0.0
    """Seconds that the last life took to connect."""
    traces: list[str] = field(default_factory=list)

    async def run(self) -> Evidence:
        """Kill until there were enough kills and jobs; then wait until the last life finishes."""
        self.chance = random.Random(self.seed)
        self.books = SqliteReader(self.folder / "repaint.db")
        async with AsyncExitStack() as stack:
            await self._open(stack)
            async with self.members.asking():
                await self._first_life()
                while self.killed < self.kills or self.members.jobs < self.jobs:
                    await self._short_life()
            return await self._seen(await self._last_life())

    async def _open(self, stack: AsyncExitStack) -> None:
        self.world = await stack.enter_async_context(SandboxProcesses(self.chance, units=UNITS))
        self.settings = bot_settings(self.world.addresses, self.folder) | self.world.limits
        self.next = await self._warm()
        stack.push_async_callback(self._send_home)
        members = Members(self.world, self.books, self.chance, share=self._share)
        self.members = await stack.enter_async_context(members.here())

    async def _first_life(self) -> None:
        async with self._bot() as bot:
            await self._online(bot)
            told = "told_at IS NOT NULL"
            await self.members.until(lambda: len(self.books.rows(told)) >= WARM_UP)

    async def _short_life(self) -> None:
        """Start the bot and kill it, either during its start or during its work."""
        young = self.chance.random() < YOUNG
        async with self.world.random_faults(), self._bot(cold=young) as bot:
            if young:
                await asyncio.sleep(self.chance.uniform(*STARTS_S))
                self.stillborn += not self.members.all[0].bot_online
            else:
                await self._online(bot)
                await self._some_work()

    async def _some_work(self) -> None:
        """Wait for a random number of events, at most twice one life's share."""
        ada, most = self.members.all[0], 2 * EVENTS_A_JOB * self.jobs // self.kills
        events = self.chance.randint(0, most)
        enough = asyncio.ensure_future(ada.until(lambda: len(ada.history) >= events))
        still = asyncio.ensure_future(self.members.until_all_over())
        longest = max(LONGEST_S, STARTS * self.started_in)
        await asyncio.wait({enough, still}, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
        enough.cancel()
        still.cancel()
        await asyncio.sleep(self.chance.uniform(0, AFTER_S))

    async def _last_life(self) -> int:
        """Wait until the bot rests, and stop it as an operator does; return its exit status."""
        bot = await self._started()
        await self._online(bot)
        await self.members.until(lambda: self.books.counts()[1] == 0)
        status = await bot.stop()
        self._hear(bot)
        return status

    async def _started(self, *, cold: bool = True) -> Child:
        """Start the bot; if not `cold`, use the process that has imported its libraries already."""
        if cold:
            return await begin(self.settings, self.folder, fault=self.fault)
        bot, self.next = self.next, await self._warm()
        go(bot)
        return bot

    async def _warm(self) -> Child:
        """Start a process that imports the libraries while another life runs."""
        return await warm(self.settings, self.folder, fault=self.fault)

    async def _send_home(self) -> None:
        self.next.process.kill()
        await self.next.stop()

    @asynccontextmanager
    async def _bot(self, *, cold: bool = False) -> AsyncGenerator[Child]:
        bot = await self._started(cold=cold)
        try:
            yield bot
            assert bot.process.returncode is None, "it died by itself:\n" + "\n".join(bot.lines)
        finally:
            if bot.process.returncode is None:
                bot.process.kill()
            await bot.stop()
        self.killed += 1
        self._hear(bot)
        ada = self.members.all[0]
        async with asyncio.timeout(CONNECTS_WITHIN_S):
            await ada.until(lambda: not ada.bot_online)

    def _hear(self, bot: Child) -> None:
        self.traces += unforeseen(bot.lines)

    async def _online(self, bot: Child) -> None:
        """Wait until this life is connected to Discord."""
        ada = self.members.all[0]
        for member in self.members.all:
            member.history.clear()
        began = time.monotonic()
        coming = asyncio.ensure_future(ada.until(lambda: ada.bot_online))
        dying = asyncio.ensure_future(bot.ended())
        await asyncio.wait(
            {coming, dying}, timeout=CONNECTS_WITHIN_S, return_when=asyncio.FIRST_COMPLETED
        )
        assert coming.done(), "it did not connect:\n" + "\n".join(bot.lines)
        dying.cancel()
        self.started_in = time.monotonic() - began

    def _share(self) -> float:
        """Return how many jobs there may be by now."""
        return max(WARM_UP, self.jobs * (self.killed + 2) / self.kills)

    async def _seen(self, exit_status: int) -> Evidence:
        return Evidence(
            kling=await self.world.state("kling"),
            discord=await self.world.state("page"),
            rows=self.books.rows(),
            integrity=self.books.integrity(),
            statuses=[exit_status],
            traces=self.traces,
            units=UNITS,
            kills=self.killed,
            stillborn=self.stillborn,
            broken=self.world.broken,
        )
