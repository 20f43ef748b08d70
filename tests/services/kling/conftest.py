"""Fixtures of the client's tests: a scripted provider, a clock that jumps, a real image."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from aiohttp import ClientTimeout
from PIL import Image

from services.kling import BearerKey, KlingClient, Provider, Timeouts
from services.kling.reconcile import SETTLED_S
from tests.services.kling.scripted_provider import Script, serve

KEY = "sk-canary-0123456789abcdef"
IMPATIENT = ClientTimeout(total=20, sock_connect=5, sock_read=0.5)
"""Time-outs on silence run in real time; a busy computer must not look silent."""


@dataclass
class InstantClock:
    """A clock whose sleep takes no time and moves it on."""

    at: float = 1_790_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> InstantClock:
    return InstantClock()


@pytest.fixture
def sent_at(clock: InstantClock) -> float:
    """Return a time of sending so long ago that nothing can still be on its way."""
    return clock.now() - SETTLED_S


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    async with serve(Script()) as served:
        yield served


@pytest.fixture
async def results() -> AsyncIterator[Script]:
    """Run a second host, for results."""
    async with serve(Script()) as served:
        yield served


def provider_at(script: Script, **changes: object) -> Provider:
    timeouts = Timeouts(submit=IMPATIENT, fetch=IMPATIENT, download=IMPATIENT)
    given = {"credential": BearerKey(KEY), "timeouts": timeouts, **changes}
    return Provider(base_url=f"{script.url}/kling", **given)  # pyright: ignore[reportArgumentType]


@pytest.fixture
async def kling(script: Script, results: Script, clock: InstantClock) -> AsyncIterator[KlingClient]:
    provider = provider_at(script, result_origins=(results.url,))
    async with KlingClient(provider, clock=clock, rng=lambda: 0.5) as client:
        yield client


@cache
def picture_bytes(kind: str = "PNG", size: tuple[int, int] = (320, 300)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, kind)
    return out.getvalue()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "source.png"
    path.write_bytes(picture_bytes(size=(640, 600)))
    return path


@pytest.fixture
async def abroad(clock: InstantClock) -> AsyncIterator[KlingClient]:
    """Open a client of a remote provider: every private address is closed to it."""
    provider = Provider(
        base_url="https://kling.example/kling", credential=BearerKey("sk-canary-0123456789abcdef")
    )
    async with KlingClient(provider, clock=clock) as client:
        yield client
