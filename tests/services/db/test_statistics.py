"""Figures over many days: exact, of one server only, and computed without delaying other calls."""

from __future__ import annotations

import asyncio
import math
import random
import tracemalloc
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.db import Store
from services.models import State, Statistics
from services.policy.quotas import last_days
from services.settings.types import Secret
from tests.services.db.conftest import StoreHarness
from tests.support.past_jobs import TODAY, copies, past_job, write
from tests.support.requests import NOON, a_request
from tests.support.sqlite import thread_of

UTC = ZoneInfo("UTC")


async def figures(store: Store, *, days: int = 3, guild_id: int | None = None) -> Statistics:
    return await store.statistics.gather(guild_id=guild_id, windows=last_days(NOON, UTC, days))


async def test_every_day_is_there_in_order_also_those_without_a_job(store: Store) -> None:
    await write(store, [past_job(day="2026-11-20", units=4), past_job(day=TODAY, units=2)])

    found = await figures(store)

    assert [(day.day, day.units_by_outcome) for day in found.days] == [
        ("2026-11-20", {"delivered": 4}),
        ("2026-11-21", {}),
        ("2026-11-22", {"delivered": 2}),
    ]
    assert (found.since, found.until) == (NOON - 2.5 * 86_400, NOON + 0.5 * 86_400)


async def test_an_empty_book_has_empty_figures(store: Store) -> None:
    found = await figures(store)

    assert (found.jobs, found.units, found.cost_micro, found.active_members) == (0, 0, 0, 0)
    assert (found.wait_median_s, found.wait_p95_s) == (None, None)
    assert found.members == ()
    assert found.outcomes == {}


@pytest.mark.parametrize("state", State)
async def test_every_state_is_counted_under_its_name(store: Store, state: State) -> None:
    await write(store, [past_job(state=state, units=3), past_job(state=state, units=2)])

    found = await figures(store)

    assert found.days[-1].units_by_outcome == {state: 5}
    assert found.outcomes == {state: 2}
    assert (found.jobs, found.units) == (2, 5)


async def test_days_before_the_stretch_are_left_out(store: Store) -> None:
    await write(store, [past_job(day="2026-11-19"), past_job(day="2026-11-23"), past_job()])

    assert (await figures(store)).jobs == 1


async def test_a_server_sees_nothing_of_another_or_of_private_messages(store: Store) -> None:
    here = past_job(guild_id=5, user_id=1, units=1, wait_s=10)
    elsewhere = past_job(guild_id=6, user_id=2, units=8, wait_s=500)
    alone = past_job(guild_id=None, user_id=3, units=7, wait_s=900)
    await write(store, [here, elsewhere, alone])

    ours = await figures(store, guild_id=5)
    everything = await figures(store)

    assert (ours.units, ours.members, ours.wait_p95_s) == (1, ((1, 1),), 10)
    assert (everything.units, len(everything.members)) == (16, 3)


async def test_statistics_rank_users_by_unrefunded_units(store: Store) -> None:
    await write(
        store,
        [
            *copies(past_job(user_id=1, units=9, state=State.FAILED, given_back=1), 5),
            past_job(user_id=2, units=3),
            past_job(user_id=3, units=2, day="2026-11-21"),
            past_job(user_id=3, units=2),
            past_job(user_id=4, units=3),
        ],
    )

    found = await figures(store)

    assert found.members == ((3, 4), (2, 3), (4, 3))
    assert found.active_members == 4


async def test_statistics_name_ten_users_and_no_forgotten_one(store: Store) -> None:
    forgotten = past_job(user_id=0, units=9)
    await write(store, [forgotten, *(past_job(user_id=user) for user in range(1, 15))])

    found = await figures(store)

    assert [user for user, _ in found.members] == list(range(1, 11))
    assert found.active_members == 14
    assert found.units == 23


@pytest.mark.parametrize("number", [1, 2, 19, 20, 21, 60, 1000])
async def test_statistics_wait_percentiles_are_exact_to_a_tenth(store: Store, number: int) -> None:
    chance = random.Random(number)
    waits = [chance.lognormvariate(3, 1) for _ in range(number)]
    await write(store, [past_job(wait_s=wait) for wait in waits])

    found = await figures(store)

    ranked = sorted(waits)
    for share, answer in ((0.5, found.wait_median_s), (0.95, found.wait_p95_s)):
        assert answer == pytest.approx(ranked[math.ceil(number * share - 1e-9) - 1], abs=0.051)


async def test_statistics_wait_is_never_negative(store: Store) -> None:
    await write(store, [past_job(wait_s=-30)])

    assert (await figures(store)).wait_median_s == 0


async def test_statistics_count_a_job_in_each_state(harness: StoreHarness, store: Store) -> None:
    job = await harness.running(a_request(user_id=8, count=2))
    assert (await figures(store)).outcomes == {"running": 1}

    harness.now += 42
    await store.jobs.mark_ready(job.id, [], now=harness.now)

    found = await figures(store)
    assert found.outcomes == {"ready": 1}
    assert found.wait_median_s == pytest.approx(42, abs=0.1)


@pytest.mark.proof
@pytest.mark.parametrize(
    "place", ["sqlite"], indirect=True
)  # other calls wait for its single thread
async def test_statistics_of_a_million_units_use_little_memory_and_let_others_in(
    store: Store,
) -> None:
    windows = last_days(NOON, UTC, 90)
    chance = random.Random(4)
    for window in windows:
        row = past_job(day=window.day, units=9, wait_s=chance.randrange(5, 300))
        await write(store, copies(row, 1235))

    tracemalloc.start()
    gathering = asyncio.create_task(store.statistics.gather(guild_id=None, windows=windows))
    let_in = 0
    while not gathering.done():
        await store.notes.get("anything")
        let_in += 1
    found = await gathering
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.units == 90 * 1235 * 9 > 1_000_000
    assert found.jobs == 90 * 1235
    assert peak < 2_000_000
    assert let_in >= 80


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("where", ["job.day = 'x'", "job.day = 'x' AND job.guild_id = 5"])
async def test_statistics_search_days_by_an_index(store: Store, where: str) -> None:
    def plan() -> str:
        query = f"EXPLAIN QUERY PLAN SELECT job.state FROM job WHERE {where}"
        return str(thread_of(store).db.execute(query).fetchall())

    assert "SEARCH job" in await thread_of(store).run(plan)


async def test_statistics_cost_is_what_caps_count(store: Store) -> None:
    await write(
        store,
        [
            past_job(cost_micro=28_000),
            past_job(cost_micro=56_000, guild_id=6),
            past_job(cost_micro=14_000, state=State.FAILED, given_back=1),
            past_job(cost_micro=7_000, day="2026-11-01"),
        ],
    )

    assert (await figures(store)).cost_micro == 84_000
    assert (await figures(store, guild_id=6)).cost_micro == 56_000


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (1_774_738_800.0, [24, 24, 23]),  # 2026-03-29 00:00 in Berlin: forward at two
        (1_792_879_200.0, [24, 24, 25]),  # 2026-10-25 00:00 in Berlin: back at three
    ],
)
def test_last_days_are_adjacent_across_a_clock_change(now: float, hours: list[int]) -> None:
    days = last_days(now + 3600, ZoneInfo("Europe/Berlin"), 3)

    assert [round((day.resets_at - day.starts_at) / 3600) for day in days] == hours
    assert [day.resets_at for day in days[:-1]] == [day.starts_at for day in days[1:]]
    assert days[-1].starts_at <= now + 3600 < days[-1].resets_at


async def test_statistics_are_the_same_after_a_restart(place: Path | Secret) -> None:
    async with Store(place, provider="p") as store:
        await write(store, [past_job(units=4, wait_s=9.5)])
        before = await figures(store)
    async with Store(place, provider="p") as store:
        assert await figures(store) == before
