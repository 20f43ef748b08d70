from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.discord import Options, Served, serve
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import LibraryBot, point_discord_at


@pytest.fixture
def options() -> Options:
    return Options()


@pytest.fixture
async def served(options: Options) -> AsyncIterator[Served]:
    async with serve(options) as served:
        yield served


@pytest.fixture
def place(served: Served) -> Place:
    return served.place


@pytest.fixture
def here(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """Point discord.py at the sandbox."""
    point_discord_at(served, monkeypatch)
    return served


@pytest.fixture
async def robot(here: Served) -> AsyncIterator[LibraryBot]:
    robot = LibraryBot(here)
    yield robot
    await robot.stop()


@pytest.fixture
async def ada(served: Served) -> AsyncIterator[Member]:
    async with Member(served.url, viewer="Ada") as member:
        yield member


@pytest.fixture
async def lin(served: Served) -> AsyncIterator[Member]:
    async with Member(served.url, viewer="Lin", locale="zh-CN") as member:
        yield member


@pytest.fixture
async def mira(served: Served) -> AsyncIterator[Member]:
    async with Member(served.url, viewer="Mira") as member:
        yield member


@pytest.fixture
async def web(served: Served) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(served.url) as session:
        yield session
