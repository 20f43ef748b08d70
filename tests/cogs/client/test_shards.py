"""Several shards on one client: dropped and taken over one by one, at Discord's pace."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import discord
import pytest

from cogs.client.factory import make_client
from cogs.client.gateway import RESERVE
from cogs.client.identify import IdentifyLimiter, LocalIdentifyRate
from cogs.client.shards import ShardedBot, Shards
from sandbox.discord import Options, Served, serve
from sandbox.discord.state.server_state import Place
from services.common import logging as logs
from services.common.clock import SystemClock
from services.db import Store
from services.errors import ConfigError
from services.fleet.member import IDENTIFY_EVERY_S
from services.settings.loading import Settings
from tests.cogs.client.test_gateway import InstantClock
from tests.sandbox.discord.library_bot import point_discord_at

TIMEOUT_S = 60.0
GUILDS, COUNT = 30, 3


@pytest.fixture
def options() -> Options:
    return Options(guilds=GUILDS, shards=COUNT, identifies_at_once=COUNT)


@pytest.fixture
async def served(options: Options, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    async with serve(options) as served:
        point_discord_at(served, monkeypatch)
        yield served


@pytest.fixture
def place(served: Served) -> Place:
    return served.place


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        yield store


class ShortSleepClock(SystemClock):
    """The computer's time with very short waits, which are recorded."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await super().sleep(min(seconds, 0.01))


@pytest.fixture
def clock() -> ShortSleepClock:
    return ShortSleepClock()


@pytest.fixture
async def bot(served: Served, store: Store) -> AsyncIterator[ShardedBot]:
    async with ShardedBot(memory=store.notes, operator_ids=()) as bot:
        await bot.login(served.place.options.token)
        yield bot


@contextlib.asynccontextmanager
async def holding(shards: Shards, count: int | str, *ids: int) -> AsyncIterator[None]:
    """Run these shards, or all, during the block."""
    task = asyncio.create_task(shards.hold(count, ids or None))  # pyright: ignore[reportArgumentType]
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await shards.close()


async def until(met: Callable[[], bool]) -> None:
    while not met():  # noqa: ASYNC110 -- nothing tells when discord.py is as far
        await asyncio.sleep(0.01)


def sessions(place: Place) -> list[tuple[int, int]]:
    return sorted(one.shard for one in place.hub.sessions.values() if one.line is not None)


async def test_shards_auto_runs_the_recommended_number(
    bot: ShardedBot, place: Place, clock: ShortSleepClock
) -> None:
    shards = Shards(bot, clock=clock)
    assert not bot.is_connected
    async with holding(shards, "auto"):
        await until(lambda: shards.are_up and len(bot.guilds) == GUILDS)
        assert sessions(place) == [(number, COUNT) for number in range(COUNT)]
        assert bot.is_connected
        assert {guild.shard_id for guild in bot.guilds} == set(range(COUNT))
        assert all(latency is not None for latency in shards.latencies().values())
    await until(lambda: sessions(place) == [])


async def test_shards_given_run_and_receive_only_those(
    bot: ShardedBot, place: Place, clock: ShortSleepClock
) -> None:
    shards = Shards(bot, clock=clock)
    async with holding(shards, COUNT, 0, 2):
        await until(lambda: shards.are_up)
        assert sessions(place) == [(0, COUNT), (2, COUNT)]
        assert list(shards.latencies()) == [0, 2]


async def test_shard_lost_is_down_alone_and_resumes(
    bot: ShardedBot, place: Place, clock: ShortSleepClock
) -> None:
    shards = Shards(bot, clock=clock)
    async with holding(shards, COUNT):
        await until(lambda: shards.are_up)
        place.hub.refused = 2
        place.hub.list_connections(1)[0].close(4000)
        await until(lambda: shards.latencies()[1] is None)
        assert not bot.is_connected
        assert [number for number, one in shards.latencies().items() if one is None] == [1]
        await until(lambda: shards.are_up)
    assert (place.hub.identified, place.hub.resumed) == (COUNT, 1)


async def test_shard_with_an_invalid_session_starts_a_new_one_alone(
    bot: ShardedBot, place: Place, clock: ShortSleepClock
) -> None:
    shards = Shards(bot, clock=clock)
    async with holding(shards, COUNT):
        await until(lambda: shards.are_up)
        line = place.hub.list_connections(2)[0]
        place.hub.invalidate(2)
        line.send(9, False)
        await until(lambda: place.hub.identified == COUNT + 1 and shards.are_up)
    assert [one["shard"][0] for one in place.hub.starts[COUNT:]] == [2]


async def test_shards_refused_at_first_connect_later(
    bot: ShardedBot, place: Place, clock: ShortSleepClock
) -> None:
    place.hub.refused = 5
    shards = Shards(bot, clock=clock)
    async with holding(shards, COUNT):
        await until(lambda: shards.are_up)


async def test_shard_with_a_malformed_payload_reconnects_alone(
    bot: ShardedBot, place: Place, clock: ShortSleepClock
) -> None:
    shards = Shards(bot, clock=clock)
    async with holding(shards, COUNT):
        await until(lambda: shards.are_up)
        place.hub.list_connections(0)[0].outbox.put_nowait('{"op": 10, "d": null}')
        await until(lambda: place.hub.identified == COUNT + 1 and shards.are_up)
        assert sessions(place) == [(number, COUNT) for number in range(COUNT)]


async def test_shard_released_removes_its_servers(
    bot: ShardedBot, place: Place, clock: ShortSleepClock
) -> None:
    shards = Shards(bot, clock=clock)
    async with holding(shards, COUNT):
        await until(lambda: shards.are_up and len(bot.guilds) == GUILDS)
        await shards.let_go(1)
        await until(lambda: sessions(place) == [(0, COUNT), (2, COUNT)])
        assert {guild.shard_id for guild in bot.guilds} == {0, 2}
        shards.take_up(1)
        await until(lambda: shards.are_up and len(bot.guilds) == GUILDS)


class TestTooFewShards:
    @pytest.fixture
    def options(self) -> Options:
        return Options(guilds=GUILDS, guilds_a_shard=12)

    async def test_too_few_shards_end_the_bot_with_a_reason(
        self, bot: ShardedBot, clock: ShortSleepClock
    ) -> None:
        with pytest.raises(ConfigError, match="SHARD_COUNT=auto"):
            await asyncio.wait_for(Shards(bot, clock=clock).hold(2, None), TIMEOUT_S)


class TestIdentifyLimit:
    @pytest.fixture
    def options(self) -> Options:
        return Options(shards=5, identifies_at_once=2)

    async def test_identify_limiter_allows_one_per_bucket_in_five_seconds(
        self, bot: ShardedBot
    ) -> None:
        clock, starts = InstantClock(), []
        turns = IdentifyLimiter(bot, reserve=LocalIdentifyRate(clock), clock=clock)
        for number in range(5):
            async with turns.hold(number):
                await turns.wait(number)
                starts.append((number % 2, clock.now()))
        for bucket in (0, 1):
            times = [at for one, at in starts if one == bucket]
            gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
            assert all(gap >= IDENTIFY_EVERY_S for gap in gaps)

    async def test_identify_limiter_reserves_the_last_of_a_day(
        self, bot: ShardedBot, place: Place
    ) -> None:
        clock = InstantClock()
        place.hub.identified = 1000 - RESERVE - 2
        shards = Shards(bot, clock=clock)
        async with holding(shards, 5):
            await until(lambda: any(one > 3600 for one in clock.slept))
        assert place.hub.identified <= 1000 - RESERVE


async def test_shard_log_lines_name_the_shard(
    bot: ShardedBot, place: Place, clock: ShortSleepClock, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up("info", "text")
    shards = Shards(bot, clock=clock)
    async with holding(shards, COUNT):
        await until(lambda: shards.are_up)
        await asyncio.sleep(0.05)
    assert "[shard 1] shard 1 of 3 connected" in capsys.readouterr().err


async def test_shards_without_the_setting_use_one_connection(store: Store) -> None:
    connection = make_client(Settings(), memory=store.notes, clock=SystemClock())
    assert not isinstance(connection.client, discord.AutoShardedClient)
    assert connection.latencies() == {}
