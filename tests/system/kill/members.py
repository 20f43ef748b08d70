"""The members of a run, who send requests for images at an even rate all the time."""

from __future__ import annotations

import asyncio
import io
import itertools
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from PIL import Image

from sandbox.discord.testclient.member import Member, Refused, Unanswered
from tests.system.kill.database_reader import DatabaseReader
from tests.system.kill.sandbox_processes import SandboxProcesses

PEOPLE = ("Ada", "Lin", "Mira")
ASKING_AT_ONCE = 4
"""Requests of one member that are under way at once."""

OPEN_AT_MOST = 40
"""Open jobs from which on members wait before the next request."""

BREATH_S = 0.4
"""Longest pause between two requests (seconds); some requests lead to no job."""

LOOK_S = 0.1
SETTLES_WITHIN_S = 480.0
"""A submission whose fate is unknown is looked up for five minutes."""

PROMPTS = ("an oil painting", "something forbidden", "something prohibited")
WEIGHTS = (0.85, 0.1, 0.05)
"""The second kind is accepted and its task fails in moderation; the third is refused at once."""


class Members:
    """Three users who send requests, and the number of jobs so far."""

    def __init__(
        self,
        world: SandboxProcesses,
        books: DatabaseReader,
        chance: random.Random,
        *,
        share: Callable[[], float],
    ) -> None:
        """Take the sandbox, the database's reader, and `share`: the jobs there may be by now."""
        self._world, self._books, self._chance, self._share = world, books, chance, share
        self._numbers = itertools.count(1)
        self.channels: Sequence[str] = ("repaint",)
        """The channels of the requests, by name or id."""
        self.jobs = self.unfinished = 0
        """Counts of all jobs and of those not over, at the last reading."""

    @asynccontextmanager
    async def here(self) -> AsyncGenerator[Members]:
        """Connect the members, each with an uploaded image, until the block ends."""
        async with AsyncExitStack() as stack:
            self.all = [
                await stack.enter_async_context(Member(self._world.addresses["page"], viewer=name))
                for name in PEOPLE
            ]
            self._uploads = {one.id: await one.upload(small_picture()) for one in self.all}
            self._counting = asyncio.create_task(self._count_on())
            stack.callback(self._counting.cancel)
            yield self

    @asynccontextmanager
    async def asking(self) -> AsyncGenerator[None]:
        """Send requests until the block ends."""
        tasks = [asyncio.create_task(self._ask_on(one)) for one in self.all * ASKING_AT_ONCE]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def until_all_over(self) -> None:
        """Wait until all jobs are over and no more requests will be sent."""
        await self.until(lambda: self.jobs >= self._share() and not self.unfinished)

    async def until(
        self, met: Callable[[], bool], seconds: float | None = SETTLES_WITHIN_S
    ) -> None:
        """Wait until a condition on the counts is true; TimeoutError otherwise."""
        async with asyncio.timeout(seconds):
            while not met():  # other processes set no event here
                assert not self._counting.done(), self._counting.result()
                await asyncio.sleep(LOOK_S)

    async def _count_on(self) -> None:
        while True:
            try:
                self.jobs, self.unfinished = await asyncio.to_thread(self._books.counts)
            except ConnectionError:
                self.unfinished = max(self.unfinished, 1)  # unknown for now
            await asyncio.sleep(LOOK_S)

    async def _ask_on(self, member: Member) -> None:
        while True:
            is_enough = self.jobs >= self._share() or self.unfinished >= OPEN_AT_MOST
            if is_enough or not member.bot_online:
                await asyncio.sleep(LOOK_S / 2)
                continue
            # No bot answered: the member sends another request instead.
            with suppress(Refused, Unanswered, TimeoutError):
                await self._ask(member)
            await asyncio.sleep(self._chance.uniform(0, BREATH_S))

    async def _ask(self, member: Member) -> None:
        [wish] = self._chance.choices(PROMPTS, WEIGHTS)
        await member.command(
            "repaint",
            channel=self._chance.choice(self.channels),
            image=self._uploads[member.id],
            prompt=f"wish{next(self._numbers):05} as {wish}",
            count=self._chance.choice((1, 1, 1, 2)),
        )


def small_picture() -> bytes:
    """Return an image that Kling accepts unchanged."""
    paper = io.BytesIO()
    Image.linear_gradient("L").resize((320, 320)).convert("RGB").save(paper, "PNG")
    return paper.getvalue()
