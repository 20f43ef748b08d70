"""Two processes with one token: shards move between them, and no interaction is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cogs.client.interaction_buffer import ANSWERABLE_S, Heard, InteractionBuffer
from cogs.client.shards import ShardedBot, Shards
from sandbox.discord import Options, Served, serve
from sandbox.discord.state.server_state import Place
from services.common.clock import SystemClock
from services.db import Store
from services.errors import ConfigError
from services.fleet.member import FleetMember
from tests.sandbox.discord.library_bot import point_discord_at
from tests.support.time import HandClock

TIMEOUT_S = 60.0
GUILDS, COUNT = 24, 4
LEASE_S = 6.0


SLOWER = 0.1
"""Factor for a busy computer, so that leases of seconds do not expire in the test."""


class SlowedClock(SystemClock):
    """A slowed clock whose sleeps are short; it can also appear to have been suspended."""

    ahead_s = 0.0
    is_still = False

    def now(self) -> float:
        return super().now() * SLOWER + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.02))
        while self.is_still:
            await super().sleep(0.005)


@dataclass
class FleetProcess:
    """One process of the fleet: the shards that it holds and the interactions that it answered."""

    bot: ShardedBot
    shards: Shards
    member: FleetMember
    clock: SlowedClock
    answered: list[str] = field(default_factory=list[str])
    running: asyncio.Task[None] | None = None

    @property
    def speaking(self) -> set[int]:
        return {one for one in self.shards.held if not self.shards.is_silent(one)}

    def start(self, count: int = COUNT) -> None:
        self.running = asyncio.create_task(self.shards.hold_with_others(self.member, count))

    async def end(self) -> None:
        """End the process without any notification."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
        await self.shards.close()


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    async with serve(Options(guilds=GUILDS, shards=COUNT, identifies_at_once=COUNT)) as served:
        point_discord_at(served, monkeypatch)
        yield served


@pytest.fixture
def place(served: Served) -> Place:
    return served.place


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        yield store


@asynccontextmanager
async def a_process(served: Served, store: Store) -> AsyncIterator[FleetProcess]:
    clock = SlowedClock()
    async with ShardedBot(memory=store.notes, operator_ids=()) as bot:
        await bot.login(served.place.options.token)
        member = FleetMember(store, clock=clock, lease_s=LEASE_S)
        process = FleetProcess(bot, Shards(bot, clock=clock), member, clock)

        def note(data: Heard) -> None:
            """Record the event; the test needs no other answer."""
            process.answered.append(data["id"])

        bot._connection.parsers["INTERACTION_CREATE"] = note  # pyright: ignore[reportArgumentType]
        try:
            async with asyncio.timeout(TIMEOUT_S):
                yield process
        finally:
            await process.end()


async def until(met: Callable[[], bool]) -> None:
    while not met():  # noqa: ASYNC110 -- nothing tells
        await asyncio.sleep(0.01)


def say(place: Place, number: int) -> None:
    """Send one interaction in each server."""
    for guild in place.world.guilds:
        place.hub.dispatch("INTERACTION_CREATE", {"id": f"{number}{guild}"}, guild_id=guild)


async def test_fleet_of_two_divides_shards_and_answers_each_once(
    served: Served, store: Store, place: Place
) -> None:
    async with a_process(served, store) as one, a_process(served, store) as other:
        one.start()
        await until(lambda: len(one.speaking) == COUNT and one.shards.are_up)
        other.start()
        sent = 0
        while len(other.speaking) < COUNT / 2:
            sent += 1
            say(place, sent)
            await asyncio.sleep(0.02)
        await until(lambda: one.speaking.isdisjoint(other.speaking))
        await until(lambda: len(one.answered) + len(other.answered) == sent * GUILDS)
        assert len(set(one.answered + other.answered)) == sent * GUILDS
        assert other.answered
        assert one.speaking | other.speaking == set(range(COUNT))


async def test_fleet_process_that_ends_hands_over_without_a_gap(
    served: Served, store: Store, place: Place
) -> None:
    async with a_process(served, store) as one, a_process(served, store) as other:
        one.start()
        await until(lambda: len(one.speaking) == COUNT and one.shards.are_up)
        other.start()
        await until(lambda: len(other.speaking) == COUNT / 2)
        ending = asyncio.create_task(one.member.hand_over(TIMEOUT_S))
        sent = 0
        while not ending.done():
            sent += 1
            say(place, sent)
            await asyncio.sleep(0.02)
        await one.member.leave()
        await until(lambda: len(set(one.answered + other.answered)) == sent * GUILDS)
        assert len(one.answered) + len(other.answered) == sent * GUILDS
        await until(lambda: other.speaking == set(range(COUNT)))  # it learns this a little later
        assert one.speaking == set()


async def test_hand_over_without_another_process_ends_at_once(served: Served, store: Store) -> None:
    async with a_process(served, store) as one:
        one.start()
        await until(lambda: len(one.speaking) == COUNT)
        await one.member.hand_over(TIMEOUT_S)
        assert not one.member.is_handing_over
        await one.member.leave()


@pytest.mark.proof
async def test_fleet_process_that_dies_is_succeeded_after_its_lease(
    served: Served, store: Store
) -> None:
    async with a_process(served, store) as one, a_process(served, store) as other:
        one.start()
        await until(lambda: len(one.speaking) == COUNT and one.shards.are_up)
        other.start()
        await until(lambda: len(other.speaking) == COUNT / 2)
        await one.end()
        await until(lambda: len(other.speaking) == COUNT)


async def test_fleet_process_after_suspension_answers_nothing_before_it_reported(
    served: Served, store: Store, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_process(served, store) as one:
        one.start()
        await until(lambda: len(one.speaking) == COUNT and one.shards.are_up)
        assert one.member.lease_valid
        one.clock.is_still = True  # it is notified before it asks, on any computer
        one.clock.ahead_s += LEASE_S
        assert not one.member.lease_valid
        say(place, 1)
        await until(lambda: caplog.text.count("an interaction was not answered") == GUILDS)
        assert one.answered == []
        one.clock.is_still = False
        await until(lambda: one.member.lease_valid)
        say(place, 2)
        await until(lambda: len(one.answered) == GUILDS)


async def test_processes_that_divide_differently_are_refused(served: Served, store: Store) -> None:
    async with a_process(served, store) as one, a_process(served, store) as other:
        one.start()
        await until(lambda: len(one.speaking) == COUNT)
        other.start(COUNT + 1)
        assert other.running is not None
        with pytest.raises(ConfigError, match="SHARD_COUNT"):
            await other.running


async def test_shards_that_were_given_are_held_beside_others(
    served: Served, store: Store, place: Place
) -> None:
    async with a_process(served, store) as one, a_process(served, store) as other:
        for process, ids in ((one, [0, 2]), (other, [1, 3])):
            holding = process.shards.hold_its_own(process.member, COUNT, ids)
            process.running = asyncio.create_task(holding)
        await until(lambda: one.shards.are_up and other.shards.are_up)
        await until(lambda: one.member.lease_valid and other.member.lease_valid)
        say(place, 1)
        await until(lambda: len(one.answered) + len(other.answered) == GUILDS)
        assert len(set(one.answered + other.answered)) == GUILDS
        assert (one.speaking, other.speaking) == ({0, 2}, {1, 3})
        await one.member.hand_over(TIMEOUT_S)
        assert not one.member.is_handing_over, "nobody takes its shards"
        await one.member.leave()
        assert one.speaking == {0, 2}, "until the client is closed"


async def test_given_and_divided_shards_do_not_mix(served: Served, store: Store) -> None:
    async with a_process(served, store) as one, a_process(served, store) as other:
        one.running = asyncio.create_task(one.shards.hold_its_own(one.member, COUNT, [0]))
        await until(lambda: one.member.lease_valid)
        with pytest.raises(ConfigError, match=r"SHARD_IDS: other processes have it"):
            await other.shards.hold_with_others(other.member, COUNT)
        await one.member.leave()
        await one.end()
    async with a_process(served, store) as one, a_process(served, store) as other:
        one.start()
        await until(lambda: one.member.lease_valid)
        with pytest.raises(ConfigError, match=r"SHARD_IDS: other processes share 4"):
            await other.shards.hold_its_own(other.member, COUNT, [0])


class TestInteractionBuffer:
    @pytest.mark.parametrize(("waited_s", "answers"), [(2.4, ["1"]), (2.6, [])])
    def test_buffer_drops_interactions_that_are_too_old(
        self, waited_s: float, answers: list[str]
    ) -> None:
        clock, said = HandClock(), list[str]()
        mouth = InteractionBuffer(clock, silent=True)
        mouth.hear({"id": "1"}, lambda data: said.append(data["id"]))
        clock.move_to(clock.now() + waited_s)
        mouth.speak([], lambda data: said.append(data["id"]))
        assert said == answers

    def test_silence_tells_what_was_answered_in_the_last_half_minute(self) -> None:
        clock = HandClock()
        mouth = InteractionBuffer(clock, silent=False)
        for name in ("1", "2", "3"):
            mouth.hear({"id": name}, lambda _data: None)
            clock.move_to(clock.now() + 14.0)
        assert mouth.silence() == [2, 3]

    def test_buffer_answers_kept_interactions_except_answered_and_old_ones(self) -> None:
        clock, said = HandClock(), list[str]()
        mouth = InteractionBuffer(clock, silent=True)

        def answer(data: Heard) -> None:
            said.append(data["id"])

        mouth.hear({"id": "1"}, answer)
        clock.move_to(clock.now() + ANSWERABLE_S + 0.1)
        mouth.hear({"id": "2"}, answer)
        mouth.hear({"id": "3"}, answer)
        assert said == []
        mouth.speak([2, 4], answer)
        mouth.hear({"id": "4"}, answer)
        mouth.hear({"id": "5"}, answer)
        assert said == ["3", "5"]
        assert mouth.silence() == [3, 5]
        mouth.hear({"id": "6"}, answer)
        assert said == ["3", "5"]
