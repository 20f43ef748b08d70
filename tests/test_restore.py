"""A backup made while jobs were open, restored after they ended: nothing twice, nothing lost.

The bot is a process of its own in a sandbox world; the image is paid for when Kling has a task.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, SANDBOX_KEY, bot_settings, running
from services.db import Store
from services.models import State
from tests.support.sqlite import thread_of
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT

pytestmark = pytest.mark.proof


TIMEOUT_S = 180.0
PAINTING = "3"


@dataclass
class RestoreHarness:
    """A world, and the folder of the bot's files."""

    world: Mapping[str, str]
    folder: Path
    member: Member

    @property
    def env(self) -> dict[str, str]:
        return {
            **bot_settings(self.world, self.folder),
            "USER_RUNNING_JOBS": "0",
            "USER_QUEUED_JOBS": "100",
        }

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[None]:
        async with running(str(ROOT / "bot.py"), env=self.env, cwd=self.folder) as bot:
            await self.member.online()
            yield
            assert bot.process.returncode is None, bot.lines

    async def command(self, *words: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "bot.py"), *words),
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), **self.env},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(TIMEOUT_S):
            out, _ = await process.communicate()
        return process.returncode, out.decode()

    async def ask(self) -> None:
        picture = await self.member.upload(sample_photo())
        await self.member.command("repaint", image=picture, prompt="as a mosaic", count=1)

    async def posted(self, count: int) -> list[dict[str, Any]]:
        """Wait until that many messages show an image."""
        async with asyncio.timeout(TIMEOUT_S):
            while len(shown := self.shown()) < count:  # noqa: ASYNC110 -- no event to wait for
                await asyncio.sleep(0.1)
        return shown

    def shown(self) -> list[dict[str, Any]]:
        latest = {message["id"]: message for message in self.member.history}
        return [message for message in latest.values() if list_image_urls(message)]

    async def states(self) -> list[State]:
        """Return the jobs' states, read while the bot runs."""
        async with Store(self.folder / "repaint.db", provider="") as store:
            thread = thread_of(store.jobs)
            rows = await thread.run(
                lambda: thread.db.execute("SELECT state FROM job ORDER BY id").fetchall()
            )
        return [State(state) for (state,) in rows]

    async def until(self, *states: State) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while await self.states() != list(states):  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.1)

    async def paid(self) -> int:
        """Return the number of tasks that the sandbox Kling has accepted."""
        headers = {"Authorization": f"Bearer {SANDBOX_KEY}"}
        address = f"{self.world['kling']}/v1/images/generations"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(address, params={"pageNum": "1", "pageSize": "100"}) as answer,
        ):
            return len((await answer.json())["data"])


@asynccontextmanager
async def placed(folder: Path, *options: str) -> AsyncIterator[RestoreHarness]:
    seconds = ("--min-seconds", PAINTING, "--max-seconds", PAINTING)
    async with running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *seconds, *options) as process:
        world = await process.first_line()
        async with Member(world["page"], patience=TIMEOUT_S) as member:
            yield RestoreHarness(world, folder, member)


@pytest.mark.parametrize("copied_while", [State.QUEUED, State.RUNNING])
async def test_what_was_open_goes_on_and_nothing_is_paid_or_posted_twice(
    tmp_path: Path, copied_while: State
) -> None:
    async with placed(tmp_path) as place:
        if copied_while is State.QUEUED:
            async with place.bot():
                await place.command("pause")  # makes the database known to the command line
                await place.command("resume")
                await place.ask()
                await place.command("backup", "copy.db")
                await place.posted(1)
            await requeued(place.folder / "copy.db")
        else:
            async with place.bot():
                await place.ask()
                await place.until(State.RUNNING)
                assert (await place.command("backup", "copy.db"))[0] == 0
                await place.posted(1)
                await place.until(State.DELIVERED)
        status, words = await place.command("restore", "copy.db")
        assert status == 0, words
        async with place.bot():
            await place.until(State.DELIVERED)

        assert await place.paid() == 1
        assert len(place.shown()) == 1


async def requeued(copy: Path) -> None:
    """Change the backup to the moment before anything was submitted."""
    async with Store(copy, provider="") as store:
        thread = thread_of(store.jobs)
        await thread.run(
            lambda: thread.db.execute(
                "UPDATE job SET state = 'queued', sent_at = NULL, claimed_at = NULL,"
                " task_id = NULL, submitted_at = NULL, ready_at = NULL, next_at = created_at"
            )
        )


async def test_while_the_bot_runs_nothing_is_restored(tmp_path: Path) -> None:
    async with placed(tmp_path) as place, place.bot():
        assert (await place.command("backup", "copy.db"))[0] == 0
        status, words = await place.command("restore", "copy.db")

    assert status == 1
    assert "in use by a running bot" in words
    assert "stop it first" in words
