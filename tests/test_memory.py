"""The whole bot within its memory limit: every large and broken image at once, and a kill."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from sandbox.demo import list_image_urls
from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, Child, bot_settings, running
from tests.services.images.corpus import encoded, painted
from tests.services.images.decompression_bombs import all_names, made, resized_jpeg
from tests.support.memory_sampler import MemorySampler

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]

MOST_MIB = 900
PEOPLE = ("Ada", "Lin", "Mira")
TIMEOUT_S = 400.0
START_S = 60.0
"""Seconds for a bot to be online, and for any answer, on a busy computer."""

SERVED_WITHIN_S = 60.0
"""Seconds for a small image while thirty large ones are processed, on a busy computer."""

RESULTS = 16
"""Downloads that may be under way at once."""

WORLD = ("--min-seconds", "0.2", "--max-seconds", "0.2", "--painter", "copy")
ROOMY = {
    "USER_DAILY_IMAGES": "0",
    "USER_RUNNING_JOBS": "0",
    "USER_QUEUED_JOBS": "100",
    "KLING_CONCURRENCY": "64",
}
NO_MORE_THAN_WORDS = {"unsupported_image", "image_too_heavy", "image_too_large", "image_too_narrow"}
OVER = ("delivered", "undelivered", "failed", "refused", "expired", "uncertain", "cancelled")


@dataclass
class MemoryHarness:
    """A world and its members; the bot starts and stops."""

    kling: str
    env: dict[str, str]
    folder: Path
    members: list[Member]

    async def order(self, rule: dict[str, Any]) -> None:
        address = URL(self.kling).origin() / "sandbox/faults"
        async with (
            aiohttp.ClientSession() as web,
            web.post(address, json=rule) as answer,
        ):
            assert answer.status == 200, await answer.text()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.env["DATABASE_PATH"], timeout=30)) as db:
            return db.execute(query).fetchall()

    async def until(self, met: Callable[[], bool]) -> None:
        while not met():  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)

    def are_over(self, jobs: int, member: Member) -> bool:
        query = f"SELECT state FROM job WHERE user_id = {int(member.id)}"
        states = [state for (state,) in self.rows(query)]
        return len(states) >= jobs and all(state in OVER for state in states)


@asynccontextmanager
async def scene(folder: Path, *options: str) -> AsyncIterator[MemoryHarness]:
    async with (
        running("-m", "sandbox", *WORLD, *options) as world_process,
        AsyncExitStack() as all_,
    ):
        world = await world_process.first_line()
        members = [
            await all_.enter_async_context(Member(world["page"], viewer=name, patience=START_S))
            for name in PEOPLE
        ]
        env = bot_settings(world, folder) | ROOMY
        async with asyncio.timeout(TIMEOUT_S):
            yield MemoryHarness(world["kling"], env, folder, members)


@asynccontextmanager
async def bot_of(here: MemoryHarness) -> AsyncIterator[Child]:
    async with running(str(ROOT / "bot.py"), env=here.env, cwd=here.folder) as bot:
        await here.members[0].online()
        yield bot


async def ask(member: Member, upload: str) -> None:
    await member.command("repaint", image=upload, prompt="as pixel art", count=1)


async def served(member: Member, upload: str) -> float:
    """Request a small image and wait for it; return the seconds."""
    began, seen = time.monotonic(), set(member.messages)
    await ask(member, upload)
    await member.next_message(
        lambda one: one["id"] not in seen and bool(list_image_urls(one)), timeout=SERVED_WITHIN_S
    )
    return time.monotonic() - began


async def test_every_image_at_once_stays_within_the_memory_and_others_are_served(
    tmp_path: Path, figures: Callable[[str], None]
) -> None:
    result = tmp_path / "result.jpg"
    result.write_bytes(resized_jpeg(13_300, 13_300, progressive=True, padding=2_000_000))
    async with scene(tmp_path, "--file-limit", "60000000") as here:
        ada, lin, mira = here.members
        uploads = [await lin.upload(made(name), filename="picture.png") for name in all_names()]
        small = await ada.upload(encoded(painted(), "JPEG"), filename="small.jpg")
        async with bot_of(here) as bot:
            with MemorySampler(bot.process.pid) as watcher:
                await here.until(lambda: bool(watcher.samples))
                at_rest = watcher.peak_mib
                asking = [asyncio.create_task(ask(lin, one)) for one in uploads]
                waits = [await served(ada, small) for _ in range(4)]
                told = await asyncio.gather(*asking, return_exceptions=True)
                await here.until(lambda: here.are_over(len(uploads) * 2 // 3, lin))

                rule = {"path": "/results/", "action": "file", "file": str(result)}
                await here.order(rule | {"times": None})
                heavy = await mira.upload(encoded(painted(), "JPEG"), filename="small.jpg")
                await asyncio.gather(*(ask(mira, heavy) for _ in range(RESULTS)))
                await here.until(lambda: here.are_over(RESULTS, mira))
        states = Counter(here.rows("SELECT state, json_extract(outcome, '$.key') FROM job"))
        sizes = Counter(here.rows("SELECT width, height FROM result"))
        late = [line for line in bot.lines if "Traceback" in line]
    figures(
        f"{len(uploads)} images and {RESULTS} results at once: {watcher.peak_mib} MiB at most"
        f" ({at_rest} at rest, {watcher.samples} samples), small ones after"
        f" {max(waits):.1f} s at most, {dict(states)}"
    )
    assert not watcher.killed
    assert watcher.peak_mib <= MOST_MIB
    assert not [one for one in told if isinstance(one, BaseException)]
    assert {key for _, key in states if key} <= NO_MORE_THAN_WORDS
    assert {state for state, _ in states} == {"delivered", "failed"}
    assert sizes[13_300, 13_300] >= RESULTS
    assert states["delivered", None] >= RESULTS + len(waits) + 14, "25 megapixels are opened"
    assert late == []


async def test_kill_amid_an_image_does_not_repeat_itself(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ada, lin, _ = here.members
        heavy = await lin.upload(made("webp rgba"), filename="picture.webp")
        small = await ada.upload(encoded(painted(), "JPEG"), filename="small.jpg")
        for life in range(2):
            async with bot_of(here) as bot:
                if life == 0:
                    await ask(lin, heavy)
                await killed_amid_the_image(here, bot, deaths=life)
        async with bot_of(here):
            await here.until(lambda: here.are_over(1, lin))
            [(state, key, given_back)] = here.rows(
                "SELECT state, json_extract(outcome, '$.key'), given_back FROM job"
            )
            assert (state, key, given_back) == ("failed", "image_too_heavy", 1)
            assert await lin.next_message(lambda one: "too much memory" in str(one))
            assert await served(ada, small) < SERVED_WITHIN_S


async def killed_amid_the_image(here: MemoryHarness, bot: Child, *, deaths: int) -> None:
    """Kill the bot while its child has the image open, as the system does for lack of memory."""
    query = "SELECT open_tries FROM job WHERE state = 'submitting'"
    while here.rows(query) != [(deaths + 1,)]:  # noqa: ASYNC110 -- another process
        await asyncio.sleep(0.002)
    bot.process.kill()
    await bot.ended()
    assert here.rows(query) == [(deaths + 1,)], "it was killed before the image was closed"
