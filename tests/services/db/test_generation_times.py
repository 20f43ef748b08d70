"""How long tasks took, stored in rows: the basis of estimates and first polls."""

from __future__ import annotations

import pytest

from services.db import Store
from services.db.generation_times import CENSORED_PART
from services.models import Generation, Job
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request


async def ready(harness: StoreHarness, took: Generation | None, *, after: float) -> Job:
    job = await harness.running(a_request(user_id=int(harness.now * 1000) % 10_000_000))
    now = (job.submitted_at or 0.0) + after
    await harness.store.jobs.mark_ready(job.id, [], now=now, generation=took)
    return await harness.job(job.id)


async def times(harness: StoreHarness) -> list[float]:
    return await harness.store.jobs.durations(model="kling-v3", units=1)


async def test_durations_count_generation_and_not_detection(harness: StoreHarness) -> None:
    job = await ready(harness, Generation(seconds=7.5), after=30.0)

    assert job.generation == Generation(seconds=7.5)
    assert await times(harness) == pytest.approx([7.5])


async def test_durations_count_an_upper_bound_as_a_part_of_it(harness: StoreHarness) -> None:
    await ready(harness, Generation(seconds=8.0, censored=True), after=30.0)
    await ready(harness, None, after=16.0)  # as an older program writes it

    assert sorted(await times(harness)) == pytest.approx([8 * CENSORED_PART, 16 * CENSORED_PART])


async def test_mark_ready_keeps_the_generation_of_the_first_poll(harness: StoreHarness) -> None:
    """A failed download is retried for long, which is not the provider's time."""
    job = await harness.running()
    await harness.store.jobs.reschedule(
        job.id, next_at=NOON, tries=1, generation=Generation(seconds=5.0, censored=True)
    )
    later = Generation(seconds=500.0)
    await harness.store.jobs.reschedule(job.id, next_at=NOON, tries=2, generation=later)
    await harness.store.jobs.mark_ready(job.id, [], now=NOON + 600, generation=later)

    assert (await harness.job(job.id)).generation == Generation(seconds=5.0, censored=True)


async def test_requeue_clears_generation_times(harness: StoreHarness) -> None:
    job = await harness.running()
    generation = Generation(seconds=5.0)
    await harness.store.jobs.reschedule(
        job.id, next_at=NOON, tries=0, polled_at=NOON + 3, generation=generation
    )
    assert (await harness.job(job.id)).polled_at == NOON + 3

    await harness.store.jobs.requeue(await harness.job(job.id), now=harness.now, spent_id=True)

    again = await harness.job(job.id)
    assert (again.polled_at, again.generation) == (None, None)


async def test_queue_snapshot_and_durations_use_the_same_times(
    harness: StoreHarness, store: Store
) -> None:
    for _ in range(6):
        await ready(harness, Generation(seconds=40.0), after=90.0)
    await harness.running(a_request(user_id=70))
    await harness.accept(a_request(user_id=71))
    outlook = await store.outlooks.read(now=harness.now, limit=9)

    assert outlook.times[("kling-v3", 1)] == tuple(await times(harness)) == (40.0,) * 6
