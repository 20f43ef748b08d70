"""kill -9 on the unmodified bot, again and again, while members ask for pictures.

The sandbox Discord and the sandbox Kling are processes of their own and outlive every life of the
bot. Members use the page's socket, so what the bot hears are INTERACTION_CREATEs over its gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
import random
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from PIL import Image

from sandbox.discord.client import Member, Refused, Unanswered
from sandbox.discord.shapes import Json
from sandbox.processes import ROOT, Child, bot_settings, running, start

BOT = ROOT / "bot.py"
PEOPLE = ("Ada", "Lin", "Mira")
ASKING_AT_ONCE = 4
"""Requests of one person that are on their way at once."""

WARM_UP = 3
"""Jobs before the first kill: the bot learns what its provider can be asked."""

EVENTS_A_JOB = 4
"""A Job's message comes and changes about as often; lives end by such events, not by the clock, so
that a slow computer sees the same torture."""

AFTER_S = 0.05
LONGEST_S = 3.0
"""A life ends at most so long after its last event, and after so long without it."""

STARTS_S = (0.05, 1.0)
YOUNG = 0.1
"""The share of lives that die while they start, after so many seconds."""

CONNECTS_WITHIN_S = 60.0
SETTLES_WITHIN_S = 180.0
LOOK_S = 0.1

PROMPTS = ("an oil painting", "something forbidden", "something prohibited")
WEIGHTS = (0.85, 0.1, 0.05)
"""The second is accepted and its task fails in moderation; the third is refused at once."""

KLING = (
    *("--painter", "copy", "--concurrency", "40", "--min-seconds", "0.1", "--max-seconds", "0.9"),
    "--takes-repeats",  # nothing but the bot itself keeps it from paying twice
)
LIMITS = {
    "USER_RUNNING_JOBS": "0",
    "USER_QUEUED_JOBS": "0",
    "USER_DAILY_IMAGES": "100000",
    "KLING_CONCURRENCY": "40",
    "LOG_LEVEL": "warning",
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen from outside: the world's records, the bot's database and its last words."""

    kling: Json
    discord: Json
    rows: list[Json]
    integrity: list[str]
    exit_status: int
    traces: list[str]
    kills: int
    stillborn: int
    """Kills before the life had connected."""


@dataclass
class Torture:
    """One run: how many kills, how many Jobs, and the seed of everything that is chance."""

    folder: Path
    kills: int
    jobs: int
    seed: int
    fault: str | None = None
    """One of tests.simulation.faults to plant; None runs the bot as it is."""
    killed: int = 0
    stillborn: int = 0
    accepted: int = 0
    traces: list[str] = field(default_factory=list)

    async def run(self) -> Seen:
        """Kill until there were enough kills and Jobs; then let the last life finish its work."""
        self.chance = random.Random(self.seed)
        self.numbers = itertools.count(1)
        async with AsyncExitStack() as stack:
            await self._open(stack)
            asking = [
                asyncio.create_task(self._ask_on(one)) for one in self.members * ASKING_AT_ONCE
            ]
            await self._first_life()
            while self.killed < self.kills or self.accepted < self.jobs:
                await self._short_life()
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            return await self._seen(await self._last_life())

    async def _open(self, stack: AsyncExitStack) -> None:
        discord = await stack.enter_async_context(running("-m", "sandbox.discord"))
        kling = await stack.enter_async_context(running("-m", "sandbox.kling", *KLING))
        self.world = await discord.first_line() | await kling.first_line()
        self.session = await stack.enter_async_context(aiohttp.ClientSession())
        self.settings = bot_settings(self.world, self.folder) | LIMITS
        self.members = [
            await stack.enter_async_context(Member(self.world["page"], viewer=name))
            for name in PEOPLE
        ]
        self.uploads = {one.id: await one.upload(small_picture()) for one in self.members}

    async def _first_life(self) -> None:
        async with self._bot() as bot:
            await self._online(bot)
            await self._until(lambda: len(self._rows("told_at IS NOT NULL")) >= WARM_UP)

    async def _short_life(self) -> None:
        """Start the bot and kill it: somewhere in its start, or somewhere in its work."""
        async with self._bot() as bot:
            if self.chance.random() < YOUNG:
                await asyncio.sleep(self.chance.uniform(*STARTS_S))
                self.stillborn += not self.members[0].bot_online
            else:
                await self._online(bot)
                await self._some_work()

    async def _some_work(self) -> None:
        """Wait until something, or as much as falls to one life and as much again, has happened."""
        ada, most = self.members[0], 2 * EVENTS_A_JOB * self.jobs // self.kills
        events = self.chance.randint(0, most)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                await ada.until(lambda: len(ada.history) >= events)
        await asyncio.sleep(self.chance.uniform(0, AFTER_S))

    async def _last_life(self) -> int:
        """Let the bot come to rest, and stop it as an operator does; return its exit status."""
        bot = await self._started()
        await self._online(bot)
        await self._until(lambda: not self._rows("next_at IS NOT NULL"))
        status = await bot.stop()
        self._hear(bot)
        return status

    async def _started(self) -> Child:
        words = ["-m", "tests.torture.careless", self.fault] if self.fault else [str(BOT)]
        return await start(words, env=self.settings, cwd=self.folder)

    @asynccontextmanager
    async def _bot(self) -> AsyncGenerator[Child]:
        bot = await self._started()
        try:
            yield bot
            assert bot.process.returncode is None, "it died by itself:\n" + "\n".join(bot.lines)
        finally:
            if bot.process.returncode is None:
                bot.process.kill()
            await bot.stop()
        self.killed += 1
        self._hear(bot)
        async with asyncio.timeout(CONNECTS_WITHIN_S):
            await self.members[0].until(lambda: not self.members[0].bot_online)

    def _hear(self, bot: Child) -> None:
        self.traces += [line for line in bot.lines if "Traceback" in line]

    async def _online(self, bot: Child) -> None:
        """Wait until Discord has this life on the line."""
        ada = self.members[0]
        for member in self.members:
            member.history.clear()
        coming = asyncio.ensure_future(ada.until(lambda: ada.bot_online))
        dying = asyncio.ensure_future(bot.ended())
        await asyncio.wait(
            {coming, dying}, timeout=CONNECTS_WITHIN_S, return_when=asyncio.FIRST_COMPLETED
        )
        assert coming.done(), "it did not connect:\n" + "\n".join(bot.lines)
        dying.cancel()

    async def _ask_on(self, member: Member) -> None:
        """Ask for pictures for as long as there are lives, evenly over them."""
        while True:
            if not member.bot_online or self.accepted >= self._share():
                await asyncio.sleep(LOOK_S / 2)
                continue
            [wish] = self.chance.choices(PROMPTS, WEIGHTS)
            prompt = f"wish{next(self.numbers):05} as {wish}"
            count = self.chance.choice((1, 1, 1, 2))
            try:
                await member.command(
                    "repaint", image=self.uploads[member.id], prompt=prompt, count=count
                )
            except (Refused, Unanswered, TimeoutError):
                continue  # the bot died; whoever saw that asks for something else
            self.accepted += 1

    def _share(self) -> float:
        """How many Jobs there may be by now."""
        return max(WARM_UP, self.jobs * (self.killed + 2) / self.kills)

    async def _until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while not met():  # noqa: ASYNC110 - other processes set no event here
                await asyncio.sleep(LOOK_S)

    def _rows(self, where: str = "TRUE") -> list[Json]:
        path = self.folder / "repaint.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute(f"SELECT * FROM job WHERE {where} ORDER BY id")
            return [dict(row) for row in rows]

    async def _seen(self, exit_status: int) -> Seen:
        with closing(sqlite3.connect(self.folder / "repaint.db")) as db:
            integrity = [row[0] for row in db.execute("PRAGMA integrity_check")]
            integrity += [str(row) for row in db.execute("PRAGMA foreign_key_check")]
        return Seen(
            kling=await self._state(self.world["kling"].removesuffix("/kling")),
            discord=await self._state(self.world["page"].rstrip("/")),
            rows=self._rows(),
            integrity=integrity,
            exit_status=exit_status,
            traces=self.traces,
            kills=self.killed,
            stillborn=self.stillborn,
        )

    async def _state(self, url: str) -> Json:
        async with self.session.get(f"{url}/sandbox/state") as answer:
            return json.loads(await answer.read())


def small_picture() -> bytes:
    """A picture that Kling takes as it is."""
    paper = io.BytesIO()
    Image.linear_gradient("L").resize((320, 320)).convert("RGB").save(paper, "PNG")
    return paper.getvalue()
