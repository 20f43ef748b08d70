"""`try` and `check` on a sandbox Kling or a scripted provider, with readable streams."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import DATA
from sandbox.kling.options import KEY
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.server import Served, serve
from services.catalog.models import ModelTable
from services.cli.terminal import Terminal
from services.cli.try_once.options import TryOptions, add_try_options, try_options_from
from services.cli.try_once.run import TryCommand
from services.common.clock import SystemClock
from services.kling import BearerKey, KlingClient, Provider
from tests.services.kling.conftest import picture_bytes

MODELS = ModelTable.load(DATA / "models.toml")


class FakeTerminal(io.StringIO):
    """A stream in memory that may call itself a terminal."""

    def __init__(self, *, is_terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__()
        self._is_terminal, self._encoding = is_terminal, encoding

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._encoding

    def isatty(self) -> bool:
        return self._is_terminal


class ShortSleepClock(SystemClock):
    """The computer's time, with sleeps of at most 10 ms."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.01))


class InstantClock(SystemClock):
    """A clock whose sleep takes no time and moves it on."""

    ahead_s = 0.0

    def now(self) -> float:
        return super().now() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        self.ahead_s += seconds
        await asyncio.sleep(0)


def parse_options(*words: str) -> TryOptions:
    """Parse a command line as the program does."""
    parser = argparse.ArgumentParser(prog="bot.py try")
    add_try_options(parser)
    return try_options_from(parser.parse_args(words))


@dataclass
class TryHarness:
    """A provider, and the return value and output of the command."""

    url: str
    served: Served | None = None
    clock: SystemClock = field(default_factory=ShortSleepClock)
    key: str = KEY
    err: FakeTerminal = field(default_factory=FakeTerminal)
    out: FakeTerminal = field(default_factory=FakeTerminal)
    trial: TryCommand | None = None

    async def run(self, *words: str, timeout_s: float = 30.0) -> int:
        provider = Provider(base_url=self.url, credential=BearerKey(self.key))
        async with KlingClient(provider, clock=self.clock, rng=lambda: 0.5) as kling:
            self.trial = TryCommand(
                (asked := parse_options(*words)),
                kling=kling,
                models=MODELS,
                timeout_s=asked.timeout_s or timeout_s,
                terminal=Terminal(self.err),
                out=self.out,
            )
            return await self.trial.run()

    @property
    def said(self) -> str:
        return self.err.getvalue()

    @property
    def printed(self) -> list[str]:
        return self.out.getvalue().splitlines()

    @property
    def json(self) -> dict[str, Any]:
        (line,) = self.printed
        return json.loads(line)

    @property
    def paid(self) -> int:
        assert self.served is not None
        return len(self.served.book.tasks)


Opened = Callable[..., AbstractAsyncContextManager[TryHarness]]


@pytest.fixture
def opened() -> Opened:
    """Open a harness on a sandbox with these options."""

    @asynccontextmanager
    async def opening(**options: Any) -> AsyncIterator[TryHarness]:
        quick = {"painter": "copy", "workers": 1, "min_seconds": 0.0, "max_seconds": 0.0}
        async with serve(KlingOptions(**{**quick, **options})) as served:
            yield TryHarness(f"{served.url}/kling", served)

    return opening


@pytest.fixture
async def shell(opened: Opened) -> AsyncIterator[TryHarness]:
    async with opened() as shell:
        yield shell


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """Return the path of a PNG that Kling accepts unchanged."""
    path = tmp_path / "photo.png"
    path.write_bytes(picture_bytes(size=(640, 480)))
    return str(path)
