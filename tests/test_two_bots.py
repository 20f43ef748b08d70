"""Two bots with one token on two computers: Discord hands every command to both, one paints."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.demo import pictures_of, sample_photo
from sandbox.discord.client import Member
from sandbox.processes import Child, bot_settings, running
from tests.test_process import BOT, until

WISHES = 4
KLING = ("--min-seconds", "0.2", "--max-seconds", "0.2", "--painter", "copy")


def rows(folder: Path) -> list[tuple[str, int]]:
    """Each Job's state, and whether its units were given back."""
    with closing(sqlite3.connect(folder / "repaint.db")) as db:
        return db.execute("SELECT state, given_back FROM job ORDER BY id").fetchall()


async def a_bot(stack: AsyncExitStack, world: dict[str, str], folder: Path) -> Child:
    """Start a bot as on a computer of its own: there lie its files, and its lock on the token."""
    env = bot_settings(world, folder) | {"TMPDIR": str(folder), "USER_QUEUED_JOBS": "9"}
    return await stack.enter_async_context(running(BOT, env=env, cwd=folder))


async def connections(web: aiohttp.ClientSession, world: dict[str, str]) -> int:
    """How many hear what Discord says."""
    async with web.get(f"{world['page'].rstrip('/')}/sandbox/state") as answer:
        return (await answer.json())["gateway"]["connections"]


async def test_each_request_is_painted_once_and_both_operators_can_read_why(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(running("-m", "sandbox", *KLING))
        world = await process.first_line()
        bots = [await a_bot(stack, world, folder) for folder in folders]
        member = await stack.enter_async_context(Member(world["page"]))
        web = await stack.enter_async_context(aiohttp.ClientSession())
        await member.online()
        while await connections(web, world) < len(bots):  # noqa: ASYNC110 -- nothing tells
            await asyncio.sleep(0.05)
        upload = await member.upload(sample_photo())
        for number in range(WISHES):
            await member.command("repaint", image=upload, prompt=f"wish{number}", count=1)

        def all_is_over() -> bool:
            found = [row for folder in folders for row in rows(folder)]
            return len(found) == 2 * WISHES and {state for state, _ in found} == {
                "delivered",
                "cancelled",
            }

        await until(all_is_over)
        found = [row for folder in folders for row in rows(folder)]
        assert sorted(found) == [("cancelled", 1)] * WISHES + [("delivered", 0)] * WISHES
        shown: list[Any] = [one for one in member.history if pictures_of(one)]
        assert len({one["id"] for one in shown}) == WISHES
        said = "\n".join(line for bot in bots for line in bot.lines)
        assert "another process" in said
        assert "Traceback" not in said
