"""Two bots with one token on two computers: Discord sends both every command, one generates."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import Child, bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.test_process import BOT, until

pytestmark = pytest.mark.proof


WISHES = 4
LOADING = 1 << 7
"""A deferred message that still "thinks" (Discord, message flags)."""
KLING = ("--min-seconds", "0.2", "--max-seconds", "0.2", "--painter", "copy")


def rows(folder: Path) -> list[tuple[str, int]]:
    """Return each job's state, and whether its units were refunded."""
    with closing(sqlite3.connect(folder / "repaint.db")) as db:
        return db.execute("SELECT state, given_back FROM job ORDER BY id").fetchall()


async def a_bot(stack: AsyncExitStack, world: dict[str, str], folder: Path) -> Child:
    """Start a bot as on a computer of its own: with its own files and its own lock on the token."""
    env = bot_settings(world, folder) | {"TMPDIR": str(folder), "USER_QUEUED_JOBS": "9"}
    return await stack.enter_async_context(running(BOT, env=env, cwd=folder))


async def connections(web: aiohttp.ClientSession, world: dict[str, str]) -> int:
    """Return the number of gateway connections."""
    async with web.get(f"{world['page'].rstrip('/')}/sandbox/state") as answer:
        return (await answer.json())["gateway"]["connections"]


@dataclass
class TwoBots:
    """Two bots in one world, each with a folder of its own, and a member."""

    folders: list[Path]
    bots: list[Child]
    member: Member
    image: str

    async def request(self, number: int) -> None:
        await self.member.command("repaint", image=self.image, prompt=f"wish{number}", count=1)

    async def until_both_are_over(self, wishes: int) -> None:
        def over() -> bool:
            found = [row for folder in self.folders for row in rows(folder)]
            return len(found) == 2 * wishes and {state for state, _ in found} == {
                "delivered",
                "cancelled",
            }

        await until(over)

    def ends(self) -> list[tuple[str, int]]:
        return sorted(row for folder in self.folders for row in rows(folder))

    def posted(self) -> set[str]:
        return {one["id"] for one in self.member.history if list_image_urls(one)}

    def said(self) -> str:
        return "\n".join(line for bot in self.bots for line in bot.lines)


@asynccontextmanager
async def two_bots(tmp_path: Path) -> AsyncGenerator[TwoBots]:
    """Start the world and both bots, and wait until Discord has both."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(
            running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *KLING)
        )
        world = await process.first_line()
        bots = [await a_bot(stack, world, folder) for folder in folders]
        member = await stack.enter_async_context(Member(world["page"], patience=180.0))
        web = await stack.enter_async_context(aiohttp.ClientSession())
        await member.online()
        while await connections(web, world) < len(bots):  # noqa: ASYNC110 -- nothing tells
            await asyncio.sleep(0.05)
        upload = await member.upload(sample_photo())
        yield TwoBots(folders, bots, member, upload)


@contextmanager
def slow(folder: Path) -> Generator[None]:
    """Keep a bot's database busy: requests cannot be accepted, so responses are deferred."""
    with closing(sqlite3.connect(folder / "repaint.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


async def test_each_request_is_painted_once_and_both_operators_can_read_why(
    tmp_path: Path,
) -> None:
    async with two_bots(tmp_path) as both:
        for number in range(WISHES):
            await both.request(number)
        await both.until_both_are_over(WISHES)
        assert both.ends() == [("cancelled", 1)] * WISHES + [("delivered", 0)] * WISHES
        assert len(both.posted()) == WISHES
        assert "another process" in both.said()
        assert "Traceback" not in both.said()


async def test_an_answer_that_was_put_off_still_says_whose_the_request_is(tmp_path: Path) -> None:
    """Both databases are slow; the slower bot may be the one whose response Discord accepted."""
    async with two_bots(tmp_path) as both:
        for number, order in enumerate((both.folders, both.folders[::-1])):
            slower, faster = order
            with slow(slower):
                with slow(faster):
                    await both.request(number)
                    await until(lambda: any(thinks(one) for one in both.member.history))
                    await asyncio.sleep(0.3)  # so that the other's is refused too
                await until(lambda folder=faster, has=number + 1: len(rows(folder)) == has)
            await both.until_both_are_over(number + 1)
            both.member.history.clear()
        assert both.ends() == [("cancelled", 1)] * 2 + [("delivered", 0)] * 2
        assert "Traceback" not in both.said()


async def test_a_slow_bot_leaves_a_request_to_the_one_that_has_answered(tmp_path: Path) -> None:
    async with two_bots(tmp_path) as both:
        with slow(both.folders[0]):
            await both.request(0)
            await until(lambda: both.posted() != set())
        await both.until_both_are_over(1)
        assert [rows(folder) for folder in both.folders] == [[("cancelled", 1)], [("delivered", 0)]]
        assert len(both.posted()) == 1


def thinks(message: dict[str, Any]) -> bool:
    """Return whether a message is a deferred response."""
    return bool(message["flags"] & LOADING)
