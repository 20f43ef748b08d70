"""The places of several bots: each has a process, its own proxy to the database, and a keeper.

The keeper does what systemd does: it restarts a process that ended by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.processes import Child
from tests.support.database_proxy import DatabaseProxy
from tests.system.kill.bot_start import begin
from tests.system.kill.evidence import unforeseen

AGAIN_S = 0.5
"""Seconds before a process that ended by itself is started again."""

ENDS_WITHIN_S = 40.0
YOUNG_S = 15.0
"""Seconds that a process may need to import its libraries; until then SIGTERM itself ends it."""

NO_DATABASE = 1
"""Exit status of a bot that finds no database when it starts."""


class BotSlot:
    """One bot's place."""

    def __init__(
        self, env: Mapping[str, str], folder: Path, proxy: DatabaseProxy, *, fault: str | None
    ) -> None:
        self._env, self._folder, self._fault = env, folder, fault
        self.proxy = proxy
        self.bot: Child
        self.is_free = asyncio.Lock()
        """Held by the trouble that this bot is in."""
        self.traces: list[str] = []
        self.statuses: list[int] = []
        self.restarts = 0
        """How often it found no database at its start and was started again."""
        self._ended_by_us = False
        self._began_at = 0.0

    @asynccontextmanager
    async def run_bot(self) -> AsyncGenerator[BotSlot]:
        """Keep a bot running until the block ends."""
        await self._begin()
        keeping = asyncio.create_task(self._keep())
        try:
            yield self
        finally:
            keeping.cancel()
            self._wake()
            with contextlib.suppress(ProcessLookupError):
                self.bot.process.kill()
            await self.bot.ended()

    async def kill(self, *, away_s: float) -> None:
        """Kill it, and start another one after `away_s` seconds."""
        await self._end(signal.SIGKILL, away_s=away_s)

    async def replace(self, *, away_s: float) -> None:
        """Stop it as an operator does, and start another one after `away_s` seconds."""
        await self._end(signal.SIGTERM, away_s=away_s)

    async def suspend(self, seconds: float) -> None:
        """Suspend it for a while; it goes on unaware."""
        if self.bot.process.returncode is None:
            self.bot.process.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                self._wake()

    async def leave(self) -> None:
        """Stop it for good."""
        self._ended_by_us = True
        if self.bot.process.returncode is None:
            self.bot.process.terminate()
            await self._gone(signal.SIGTERM)

    async def _end(self, number: signal.Signals, *, away_s: float) -> None:
        self._ended_by_us = True
        if self.bot.process.returncode is None:
            self.bot.process.send_signal(number)
        await self._gone(number)
        await asyncio.sleep(away_s)
        await self._begin()

    async def _gone(self, number: signal.Signals) -> None:
        bot = self.bot
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                status = await bot.ended()
        except TimeoutError:
            self.traces.append(f"it did not end within {ENDS_WITHIN_S:.0f} s: {bot.lines[-3:]}")
            bot.process.kill()
            status = await bot.ended()
        self.traces += unforeseen(bot.lines)
        is_young = time.monotonic() - self._began_at < YOUNG_S
        if number is signal.SIGTERM and not (status == -number and is_young):
            self.statuses.append(status)

    async def _begin(self) -> None:
        self._began_at = time.monotonic()
        self.bot = await begin(self._env, self._folder, fault=self._fault)
        self._ended_by_us = False

    async def _keep(self) -> None:
        """Restart a process that ended by itself; only a start without a database should."""
        while True:
            bot = self.bot
            status = await bot.ended()
            if bot is self.bot and not self._ended_by_us:
                self.restarts += 1
                self.traces += unforeseen(bot.lines)
                if status != NO_DATABASE:
                    self.traces.append(f"it ended by itself ({status}): {bot.lines[-3:]}")
                await asyncio.sleep(AGAIN_S)
                if bot is self.bot and not self._ended_by_us:
                    await self._begin()
            await asyncio.sleep(AGAIN_S)

    def _wake(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.bot.process.send_signal(signal.SIGCONT)
