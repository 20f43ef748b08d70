"""kill -9 on the unmodified bot, again and again, while members ask for pictures.

The sandbox Discord and the sandbox Kling are processes of their own and outlive every life of the
bot. Members use the page's socket, so what the bot hears are INTERACTION_CREATEs over its gateway.
In every other life the weather is bad too: both worlds break a share of what the bot asks of them.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import random
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Sequence
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
LONGEST_S, STARTS = 1.5, 3
"""A life ends at most `AFTER_S` after its last event, and after so long (or three times what its
start took, on a slow computer) without it; at once where nothing is left to happen."""

OPEN_AT_MOST = 40
"""Jobs that are open before members wait with asking for more."""

WEATHER = 0.06
QUICK = ("status", "drop_before", "drop_after", "reset", "cut", "torn", "garbage", "delay")
STORMS = {
    "page": r"^/(api/v10/(webhooks|channels|interactions)|ephemeral-attachments)",
    "kling": r"^/(kling|results)",
}
"""The share of requests that break in bad weather, how, and which: those that belong to Jobs. What
takes longest to break (silence, a drip) is left to tests.matrix."""

STARTS_S = (0.05, 1.0)
YOUNG = 0.1
"""The share of lives that die while they start, after so many seconds."""

STORMY = 0.5
"""The share of lives in bad weather."""

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
    broken: int = 0
    """Requests of the bot that bad weather broke."""


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
    broken: int = 0
    started_in: float = 0.0
    """Seconds that the last life took to connect."""
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
        self.roots = {
            "page": self.world["page"].rstrip("/"),
            "kling": self.world["kling"].removesuffix("/kling"),
        }
        self.next = await self._warm()
        stack.push_async_callback(self._send_home)
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
        young, stormy = self.chance.random() < YOUNG, self.chance.random() < STORMY
        async with self._weather(bad=stormy), self._bot(cold=young) as bot:
            if young:
                await asyncio.sleep(self.chance.uniform(*STARTS_S))
                self.stillborn += not self.members[0].bot_online
            else:
                await self._online(bot)
                await self._some_work()

    @asynccontextmanager
    async def _weather(self, *, bad: bool) -> AsyncGenerator[None]:
        """Let both worlds break some of what is asked of them while the block runs."""
        for name, path in STORMS.items() if bad else ():
            order = {"seed": self.chance.getrandbits(30), "rate": WEATHER, "path": path}
            await self.session.post(
                f"{self.roots[name]}/sandbox/faults", json={**order, "actions": QUICK}
            )
        yield
        for name in STORMS if bad else ():
            url = f"{self.roots[name]}/sandbox/faults"
            async with self.session.get(url) as answer:
                self.broken += sum(storm["struck"] for storm in json.loads(await answer.read()))
            await self.session.delete(url)

    async def _some_work(self) -> None:
        """Wait until something, or as much as falls to one life and as much again, has happened."""
        ada, most = self.members[0], 2 * EVENTS_A_JOB * self.jobs // self.kills
        events = self.chance.randint(0, most)
        enough = asyncio.ensure_future(ada.until(lambda: len(ada.history) >= events))
        still = asyncio.ensure_future(self._stillness())
        longest = max(LONGEST_S, STARTS * self.started_in)
        await asyncio.wait({enough, still}, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
        enough.cancel()
        still.cancel()
        await asyncio.sleep(self.chance.uniform(0, AFTER_S))

    async def _stillness(self) -> None:
        """Wait until all that was asked for is over and nothing more will be asked."""
        # Other processes set no event here.
        while self.accepted < self._share() or self._rows("next_at IS NOT NULL"):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)

    async def _last_life(self) -> int:
        """Let the bot come to rest, and stop it as an operator does; return its exit status."""
        bot = await self._started()
        await self._online(bot)
        await self._until(lambda: not self._rows("next_at IS NOT NULL"))
        status = await bot.stop()
        self._hear(bot)
        return status

    async def _started(self, *, cold: bool = True) -> Child:
        """Start the bot; not from the cold: let one begin whose libraries are read already."""
        if cold and self.fault is None:
            return await start([str(BOT)], env=self.settings, cwd=self.folder)
        bot, self.next = self.next, await self._warm()
        assert bot.process.stdin is not None
        bot.process.stdin.write(b"begin\n")
        return bot

    async def _warm(self) -> Child:
        """Let a process read its libraries while another life goes on."""
        words = ["-m", "tests.torture.warm", *([self.fault] if self.fault else [])]
        pipe = asyncio.subprocess.PIPE
        return await start(words, env=self.settings, cwd=self.folder, stdin=pipe)

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
        async with asyncio.timeout(CONNECTS_WITHIN_S):
            await self.members[0].until(lambda: not self.members[0].bot_online)

    def _hear(self, bot: Child) -> None:
        self.traces += unforeseen(bot.lines)

    async def _online(self, bot: Child) -> None:
        """Wait until Discord has this life on the line."""
        ada = self.members[0]
        for member in self.members:
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

    async def _ask_on(self, member: Member) -> None:
        """Ask for pictures for as long as there are lives, evenly over them."""
        while True:
            if not member.bot_online or self.accepted >= self._share() or self._busy():
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

    def _busy(self) -> bool:
        return len(self._rows("next_at IS NOT NULL")) >= OPEN_AT_MOST

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
            kling=await self._state(self.roots["kling"]),
            discord=await self._state(self.roots["page"]),
            rows=self._rows(),
            integrity=integrity,
            exit_status=exit_status,
            traces=self.traces,
            kills=self.killed,
            stillborn=self.stillborn,
            broken=self.broken,
        )

    async def _state(self, url: str) -> Json:
        async with self.session.get(f"{url}/sandbox/state") as answer:
            return json.loads(await answer.read())


def unforeseen(lines: Sequence[str]) -> list[str]:
    """Pick the tracebacks, but for those below a warning: there somebody foresaw them."""
    found: list[str] = []
    above = ""
    for line in lines:
        if "Traceback" in line and " WARNING " not in above:
            found.append(above or line)
        if not line.startswith(" "):
            above = line
    return found


def small_picture() -> bytes:
    """A picture that Kling takes as it is."""
    paper = io.BytesIO()
    Image.linear_gradient("L").resize((320, 320)).convert("RGB").save(paper, "PNG")
    return paper.getvalue()
