"""The sandbox's Discord and Kling as processes, with random faults.

They outlive every life of every bot. During half of the lives both break a share of its requests.
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

import aiohttp

from sandbox.discord.core.json_types import Json
from sandbox.processes import running

WEATHER = 0.06
QUICK = ("status", "drop_before", "drop_after", "reset", "cut", "torn", "garbage", "delay")
STORMS = {
    "page": r"^/(api/v10/(webhooks|channels|interactions)|ephemeral-attachments)",
    "kling": r"^/(kling|results)",
}
"""The share of requests that break, the kinds of fault, and the paths: those of jobs. The
slowest faults (silence, a drip) are left to tests.system.fault_matrix.
"""

STORMY = 0.5
"""The share of lives with random faults."""

KLING = (
    *("--painter", "copy", "--min-seconds", "0.1", "--max-seconds", "0.9"),
    "--takes-repeats",  # only the bot itself prevents a second payment
)
LIMITS = {
    "USER_RUNNING_JOBS": "0",
    "USER_QUEUED_JOBS": "100000",
    "USER_DAILY_IMAGES": "100000",
    "LOG_LEVEL": "warning",
}


class SandboxProcesses:
    """Discord and Kling: `async with SandboxProcesses(chance, units=9) as world`."""

    def __init__(self, chance: random.Random, *, units: int, discord: Sequence[str] = ()) -> None:
        """Take random numbers, the bot's units at Kling, and options of the Discord."""
        self.units, self._chance, self._options = units, chance, discord
        self.broken = 0
        """Requests that random faults broke."""
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start both; Kling accepts twice the units, so that a bot that sends more is noticed."""
        enter = self._stack.enter_async_context
        discord = await enter(running("-m", "sandbox.discord", *self._options))
        at_once = ("--concurrency", str(2 * self.units))
        kling = await enter(running("-m", "sandbox.kling", *KLING, *at_once))
        self.addresses = await discord.first_line() | await kling.first_line()
        self._session = await enter(aiohttp.ClientSession())
        self._roots = {
            "page": self.addresses["page"].rstrip("/"),
            "kling": self.addresses["kling"].removesuffix("/kling"),
        }
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop both."""
        await self._stack.aclose()

    @property
    def limits(self) -> dict[str, str]:
        """Settings that allow any number of requests."""
        return LIMITS | {"KLING_CONCURRENCY": str(self.units)}

    async def state(self, of: str) -> Json:
        """Return what happened so far at the "page" or at "kling"."""
        async with self._session.get(f"{self._roots[of]}/sandbox/state") as answer:
            return json.loads(await answer.read())

    async def order(self, route: str, **order: object) -> None:
        """Make the Discord do something."""
        await self._session.post(f"{self._roots['page']}/sandbox/{route}", json=order)

    @asynccontextmanager
    async def random_faults(self) -> AsyncGenerator[None]:
        """Decide at random whether both sandboxes break some requests during the block."""
        storms = STORMS if self._chance.random() < STORMY else {}
        for name, path in storms.items():
            order = {"seed": self._chance.getrandbits(30), "rate": WEATHER, "path": path}
            await self._session.post(
                f"{self._roots[name]}/sandbox/faults", json={**order, "actions": QUICK}
            )
        try:
            yield
        finally:
            for name in storms:
                await self._clear_up(f"{self._roots[name]}/sandbox/faults")

    async def _clear_up(self, url: str) -> None:
        async with self._session.get(url) as answer:
            self.broken += sum(storm["struck"] for storm in json.loads(await answer.read()))
        await self._session.delete(url)
