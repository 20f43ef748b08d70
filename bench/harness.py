"""The whole setup: sandbox Discord, sandbox Kling and a bot, each a process, and a member.

Latencies that a member sees are measured on the Discord side; the bot's resource use is measured in
its own process.
"""

from __future__ import annotations

import asyncio
import io
import math
import signal
import sqlite3
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from sandbox.discord.testclient.member import Member, Unanswered
from sandbox.processes import ROOT, Child, bot_settings, running, start

BOT = ROOT / "bot.py"
NAIVE = ROOT / "bench" / "naive_bot.py"
LIMITS = {
    "USER_RUNNING_JOBS": "0",
    "USER_QUEUED_JOBS": "100000",
    "USER_DAILY_IMAGES": "1000000",
    "KLING_CONCURRENCY": "100000",
    "LOG_LEVEL": "warning",
}
KLING = ("-m", "sandbox.kling", "--painter", "card", "--concurrency", "1000000")
"""No image is read or generated: the sandbox must not dominate the measurement."""

UNITS = ("--pack-units", "100000000")
GALLERY = 12
PATIENCE_S = 300.0
COMES_WITHIN_S = 60.0
WARM_UP = 6
"""Jobs after which the bot knows its provider's behaviour and the duration of tasks."""


Opened = TypeVar("Opened")


class Asker(Member):
    """A member that stores only which interactions were answered with an image, and when."""

    def __init__(self, page_url: str) -> None:
        super().__init__(page_url, patience=PATIENCE_S)
        self.posted_at: dict[str, float] = {}
        """Unix seconds at which an image was shown, by interaction."""
        self._waiting: dict[str, asyncio.Event] = {}

    async def wait_for_image(self, interaction_id: str) -> None:
        """Wait until the image is in the channel."""
        if interaction_id not in self.posted_at:
            async with asyncio.timeout(COMES_WITHIN_S):
                await self._waiting.setdefault(interaction_id, asyncio.Event()).wait()

    def _take(self, frame: Any) -> None:  # noqa: ANN401
        if frame["type"] not in ("message_create", "message_update"):
            super()._take(frame)
            return
        message = frame["message"]
        asked = (message.get("interaction_metadata") or {}).get("id")
        if asked and asked not in self.posted_at and _shows_picture(message):
            self.posted_at[asked] = time.time()
            self._waiting.setdefault(asked, asyncio.Event()).set()


@dataclass(kw_only=True)
class Stage:
    """All running processes; phases are measured on it one after the other."""

    member: Asker
    bot: Child
    world: Mapping[str, str]
    database: Path
    source: str
    """The uploaded source image."""
    asked: list[str] = field(default_factory=list[str])
    """Interactions, in the order of their acknowledgement."""

    async def ask(self) -> str:
        """Use the command; return its interaction's id once it was acknowledged."""
        answer = await self.member.command(
            "repaint", image=self.source, prompt="a quiet harbour in the morning"
        )
        self.asked.append(answer.interaction_id)
        return answer.interaction_id

    async def whole(self, jobs: int, *, at_once: int) -> dict[str, float]:
        """Run `jobs` requests, `at_once` at a time, until all images are in the channel."""
        left = iter(range(jobs))

        unanswered = 0

        async def one_after_the_other() -> None:
            """Send the next request as soon as the last one is answered."""
            nonlocal unanswered
            for _ in left:
                try:
                    await self.member.wait_for_image(await self.ask())
                except (Unanswered, TimeoutError):
                    unanswered += 1

        await self.watch()
        began = time.perf_counter()
        await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
        seconds = time.perf_counter() - began
        used = await self.rest()
        done = max(jobs - unanswered, 1)
        return used | {
            "rate": done / seconds,
            "cpu_ms": used["cpu_s"] * 1000 / done,
            "unanswered": float(unanswered),
        }

    async def watch(self) -> None:
        """Start to measure the bot."""
        await self._account(signal.SIGUSR1)

    async def rest(self) -> dict[str, float]:
        """Return the bot's resource use since `watch`, and stop measuring."""
        return await self._account(signal.SIGUSR2)

    async def _account(self, number: signal.Signals) -> dict[str, float]:
        self.bot.process.send_signal(number)
        return {name: float(value) for name, value in (await self.bot.first_line()).items()}

    async def state(self, of: str) -> Any:  # noqa: ANN401  JSON
        """Return a sandbox's own record: "page" for Discord's, "kling" for the provider's."""
        url = self.world[of].removesuffix("/kling").rstrip("/")
        async with self.member.session.get(f"{url}/sandbox/state") as answer:
            return await answer.json()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return rows of the bot's database."""
        with closing(sqlite3.connect(self.database)) as db:
            return db.execute(query).fetchall()


@asynccontextmanager
async def stage(
    *,
    script: Path = BOT,
    source: bytes,
    seconds: tuple[float, float],
    discord: tuple[str, ...] = (),
    **settings: str,
) -> AsyncGenerator[Stage]:
    """Open everything; tasks take `seconds` (least, most); `source` is what members upload."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kling = await stack.enter_async_context(running(*KLING, *UNITS, *_lasting(seconds)))
        chat = await stack.enter_async_context(running("-m", "sandbox.discord", *discord))
        world = await chat.first_line() | await kling.first_line()
        environ = bot_settings(world, folder) | LIMITS | settings
        bot = await start(["-m", "bench.instrumented", str(script)], env=environ)
        stack.push_async_callback(bot.stop)
        member = await stack.enter_async_context(Asker(world["page"]))
        await member.online()
        upload = await member.upload(source, filename="source.png")
        opened = Stage(
            member=member,
            bot=bot,
            world=world,
            database=Path(environ["DATABASE_PATH"]),
            source=upload,
        )
        await opened.whole(WARM_UP, at_once=WARM_UP)
        yield opened


@asynccontextmanager
async def opened_together(
    *scenes: AbstractAsyncContextManager[Opened],
) -> AsyncGenerator[Sequence[Opened]]:
    """Open several setups at once; each is then measured alone, while the others are idle."""
    over = asyncio.Event()

    async def hold(
        scene: AbstractAsyncContextManager[Opened], opened: asyncio.Future[Opened]
    ) -> None:
        """Keep one setup open until all are done."""
        async with scene as one:
            opened.set_result(one)
            await over.wait()

    async with asyncio.TaskGroup() as group:
        opening = [asyncio.get_running_loop().create_future() for _ in scenes]
        for scene, opened in zip(scenes, opening, strict=True):
            group.create_task(hold(scene, opened))
        yield await asyncio.gather(*opening)
        over.set()


def _shows_picture(message: Any) -> bool:  # noqa: ANN401
    """Return whether a message holds a file: as an attachment, or in a gallery."""
    parts = [
        part for whole in message.get("components", ()) for part in whole.get("components", ())
    ]
    return bool(message.get("attachments")) or any(part["type"] == GALLERY for part in parts)


def _lasting(seconds: tuple[float, float]) -> tuple[str, ...]:
    return ("--min-seconds", str(seconds[0]), "--max-seconds", str(seconds[1]))


def picture(megabytes: float) -> bytes:
    """Return a square PNG of about that size: noise, which does not compress."""
    side = round(math.sqrt(megabytes * 1e6 / 3))
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    paper = io.BytesIO()
    Image.fromarray(noise).save(paper, "PNG", compress_level=0)
    return paper.getvalue()
