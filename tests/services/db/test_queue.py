"""The queue's order: provider units, users in round-robin order, and waiting for free units."""

from __future__ import annotations

from services.common.durations import HOUR_S
from services.db import Store
from services.models import State
from tests.services.db.conftest import StoreHarness
from tests.support.requests import a_request


async def test_fetch_due_claims_jobs_while_units_are_free(harness: StoreHarness) -> None:
    for user, count in enumerate((4, 4, 4)):
        await harness.accept(a_request(user_id=user, count=count))

    jobs = await harness.take(units=9)

    assert [job.units for job in jobs] == [4, 4]
    assert all(job.state is State.SUBMITTING for job in jobs)


async def test_fetch_due_does_not_overtake_a_large_request(
    harness: StoreHarness, store: Store
) -> None:
    await harness.accept(a_request(user_id=1, count=5))
    first = await harness.take(units=9)
    await harness.accept(a_request(user_id=2, count=9))
    await harness.accept(a_request(user_id=3, count=1))

    assert await harness.take(units=9) == []
    await store.jobs.mark_running(
        first[0].id, task_id="t", now=harness.now, next_at=harness.now + 99
    )
    await store.jobs.mark_ready(first[0].id, [], now=harness.now)
    claimed = [job for job in await harness.take(units=9) if job.state is State.SUBMITTING]
    assert [job.request.user_id for job in claimed] == [2]


async def test_fetch_due_claims_a_request_over_the_concurrency_alone(harness: StoreHarness) -> None:
    await harness.accept(a_request(count=9))

    assert len(await harness.take(units=4)) == 1


async def test_fetch_due_serves_users_in_round_robin_order(harness: StoreHarness) -> None:
    for _ in range(5):
        await harness.accept(a_request(user_id=1))
    for _ in range(2):
        await harness.accept(a_request(user_id=2))

    served = [job.request.user_id for job in await harness.take(units=9)]

    assert served == [1, 2, 1, 2, 1, 1, 1]


async def test_queue_position_behind_fifty_requests_of_one_user_is_next(
    harness: StoreHarness,
) -> None:
    for _ in range(50):
        await harness.accept(a_request(user_id=1))
    await harness.take(units=1)

    accepted = await harness.accept(a_request(user_id=2))

    assert accepted.ahead == 0


async def test_fetch_due_claims_no_more_jobs_per_user_than_allowed(harness: StoreHarness) -> None:
    for user in (1, 1, 2):
        await harness.accept(a_request(user_id=user))

    first = await harness.take(per_user=1)

    assert [job.request.user_id for job in first] == [1, 2]
    assert await harness.take(per_user=1) == []


async def test_requeue_puts_a_job_at_the_front(harness: StoreHarness, store: Store) -> None:
    job = (await harness.accept(a_request(user_id=1))).job
    await harness.accept(a_request(user_id=2))
    [claimed] = await harness.take(units=1)

    await store.jobs.requeue(claimed, now=harness.now, hold_s=5)

    assert await harness.take(units=1) == []
    harness.now += 5
    assert [again.id for again in await harness.take(units=1)] == [job.id]
    assert (await harness.job(job.id)).tries == 0


async def test_fetch_due_returns_when_the_hold_ends(harness: StoreHarness, store: Store) -> None:
    await harness.accept()
    [job] = await harness.take()
    await store.jobs.requeue(job, now=harness.now, hold_s=7)

    taken = await store.jobs.fetch_due(now=harness.now, lease_s=60, units=9, per_user=0)

    assert taken.next_at == harness.now + 7


async def test_fetch_due_after_the_clock_was_set_back_claims_jobs(
    harness: StoreHarness, store: Store
) -> None:
    harness.now += 5 * HOUR_S
    looked_at, waiting = await harness.running(), await harness.accept(a_request(user_id=2))
    [claimed] = [job for job in await harness.take() if job.id == waiting.job.id]
    await store.jobs.requeue(claimed, now=harness.now, hold_s=5)
    await store.jobs.reschedule(looked_at.id, next_at=harness.now + 5, tries=0)
    assert await harness.take() == []

    harness.now -= 5 * HOUR_S

    assert [job.id for job in await harness.take()] == [looked_at.id]
    harness.now += 60
    assert waiting.job.id in [job.id for job in await harness.take()]


async def test_fetch_due_during_a_pause_claims_one_probe(
    harness: StoreHarness, store: Store
) -> None:
    for user in range(3):
        await harness.accept(a_request(user_id=user, count=4))
    await store.providers.pause(key="balance", now=harness.now)

    assert await harness.take() == []
    harness.now = (await store.providers.state()).probe_at
    assert len(await harness.take()) == 1
    assert await harness.take() == []


async def test_round_robin_order_is_stored(harness: StoreHarness, store: Store) -> None:
    await harness.accept(a_request(user_id=1))
    await harness.take()
    for user in (1, 2):
        await harness.accept(a_request(user_id=user))

    line = await store.jobs.waiting()

    assert [(job.request.user_id, ahead) for job, ahead in line] == [(2, 0), (1, 1)]


async def test_head_of_the_queue_is_fifty_jobs(harness: StoreHarness, store: Store) -> None:
    """Jobs further back are not given a place in the queue."""
    ids = [(await harness.accept(a_request(user_id=user))).job.id for user in range(52)]

    line = await store.jobs.waiting()

    assert [(job.id, ahead) for job, ahead in line] == list(zip(ids, range(50), strict=False))


async def test_release_unknown_frees_leases_without_a_step(harness: StoreHarness) -> None:
    ids = [(await harness.accept(a_request(user_id=user))).job.id for user in (1, 2)]
    assert [job.id for job in await harness.take()] == ids

    await harness.store.jobs.release_unknown({ids[0]})

    assert [job.id for job in await harness.take()] == [ids[1]]
