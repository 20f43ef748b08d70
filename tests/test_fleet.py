"""Three unmodified bots on one PostgreSQL: stopped, killed, suspended; nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import Child, bot_settings, running
from services.settings.types import Secret
from tests.support.postgresql import Server
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.test_process import BOT

pytestmark = pytest.mark.proof

TIMEOUT_S = 400.0
COUNT, EACH = 3, 4
STILL_S = 20.0
"""Longer than a lease."""

WORLD = (
    *("--min-seconds", "0.5", "--max-seconds", "1.5", "--painter", "copy", "--takes-repeats"),
    *("--guilds", "24", "--shards", str(COUNT), "--identifies-at-once", str(COUNT)),
)
NAME = "emptied_for_each_test"


class FleetHarness:
    """One world, three bots, and a member who sends requests in a server of each shard."""

    def __init__(self, stack: AsyncExitStack, folder: Path, server: Server, place: Secret) -> None:
        self.stack, self.folder, self.server, self.place = stack, folder, server, place
        self.asked, self.bots = 0, list[Child]()
        self.upload: Any = None

    async def open(self) -> None:
        process = await self.stack.enter_async_context(
            running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *WORLD)
        )
        self.world = await process.first_line()
        self.env = bot_settings(self.world, self.folder) | {
            "DATABASE_URL": self.place.reveal(),
            "SHARD_COUNT": str(COUNT),
            "USER_RUNNING_JOBS": "0",
            "USER_QUEUED_JOBS": "100000",
            "USER_DAILY_IMAGES": "0",
        }
        self.member = await self.stack.enter_async_context(Member(self.world["page"]))
        self.member.patience = TIMEOUT_S
        self.web = await self.stack.enter_async_context(aiohttp.ClientSession())

    async def start(self) -> Child:
        """Start one more bot."""
        child = await self.stack.enter_async_context(running(BOT, env=self.env, cwd=self.folder))
        self.bots.append(child)
        return child

    async def state(self, of: str = "page") -> Any:
        root = self.world[of].removesuffix("/kling").rstrip("/")
        async with self.web.get(f"{root}/sandbox/state") as answer:
            return await answer.json()

    def ask_rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.server.ask(query, name=NAME)

    async def until(self, met: Callable[[], bool]) -> None:
        while not met():  # noqa: ASYNC110 -- other processes
            await asyncio.sleep(0.2)

    def holders(self) -> Counter[str]:
        """Return how many shards each process holds and serves."""
        query = "SELECT process FROM fleet_shard WHERE process IS NOT NULL AND heir IS NULL"
        return Counter(process for (process,) in self.ask_rows(query))

    async def divided(self, processes: int) -> None:
        """Wait until that many processes hold all shards between them."""
        await self.until(
            lambda: len(self.holders()) == processes and self.holders().total() == COUNT
        )
        await asyncio.sleep(2)

    async def ask(self) -> None:
        """Send a request on each shard; every one has to be answered."""
        channels = {
            (int(one["guild_id"]) >> 22) % COUNT: channel_id
            for channel_id, one in (await self.state())["channels"].items()
            if one["name"] == "general"
        }
        for channel in channels.values():
            prompt = f"wish{self.asked} as pixel art"
            await self.member.command(
                "repaint", channel=channel, image=self.upload, prompt=prompt, count=1
            )
            self.asked += 1


async def test_three_processes_are_one_bot(
    tmp_path: Path, postgresql: Server, postgresql_place: Secret
) -> None:
    async with AsyncExitStack() as stack, asyncio.timeout(TIMEOUT_S):
        here = FleetHarness(stack, tmp_path, postgresql, postgresql_place)
        await here.open()
        first, second, third = [await here.start() for _ in range(COUNT)]
        await here.member.online()
        here.upload = await here.member.upload(sample_photo())
        await here.divided(COUNT)
        await here.ask()

        first.process.terminate()
        await here.ask()  # while its shard goes to another
        assert await first.ended() == 0
        await here.divided(2)

        second.process.kill()
        await here.divided(1)
        await here.ask()

        fourth = await here.start()
        await here.divided(2)
        third.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(STILL_S)
        await here.divided(1)
        await here.ask()
        third.process.send_signal(signal.SIGCONT)
        await here.divided(2)
        await here.ask()
        postgresql.restart()
        await here.until(lambda: bool(here.holders()))
        await asyncio.sleep(5)
        await here.ask()

        states = "SELECT COUNT(*) FROM job WHERE state = 'delivered'"
        await here.until(lambda: here.ask_rows(states)[0][0] == here.asked)
        await asyncio.sleep(2)
        discord, kling = await here.state(), await here.state("kling")
        for child in (third, fourth):
            child.process.terminate()
            assert await child.ended() == 0

    jobs = [row[0] for row in here.ask_rows("SELECT id FROM job")]
    assert len(jobs) == here.asked
    paid = Counter(one["external_id"][:20] for one in kling["tasks"] if one["billed_units"])
    assert sorted(paid.values()) == [1] * here.asked
    shown = [one for one in discord["messages"] if list_image_urls(one)]
    assert len(shown) == here.asked
    assert not [one for one in discord["interactions"] if one["state"] == "failed"]
    said = "\n".join(line for child in here.bots for line in child.lines)
    assert "Traceback" not in said
    assert said.count("commands registered") == 1
