"""A running job without a provider slot: it goes on, and blocks no other job."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.db import Store
from services.errors import TooManyJobs
from services.models import AuditEntry, Job, Limits, MemberContext, Outcome, Result, State
from tests.services.db.conftest import DAY, StoreHarness
from tests.support.requests import a_request


async def released(harness: StoreHarness, *, user_id: int = 1, count: int = 1) -> Job:
    """Bring a job to running, without a slot."""
    job = await harness.running(a_request(user_id=user_id, count=count))
    assert await harness.store.jobs.mark_generated(job.id, now=harness.now)
    return await harness.job(job.id)


async def test_mark_generated_keeps_the_job_running_and_due(harness: StoreHarness) -> None:
    job = await released(harness)

    assert (job.state, job.holds_slot) == (State.RUNNING, False)
    assert [one.id for one in await harness.take()] == [job.id]


async def test_mark_generated_a_second_time_returns_false(
    harness: StoreHarness, store: Store
) -> None:
    job = await released(harness)

    assert not await store.jobs.mark_generated(job.id, now=harness.now)


async def test_mark_generated_of_a_job_not_running_changes_nothing(
    harness: StoreHarness, store: Store
) -> None:
    job = (await harness.accept()).job
    await harness.take()

    assert not await store.jobs.mark_generated(job.id, now=harness.now)
    assert (await harness.job(job.id)).holds_slot


async def test_claim_does_not_count_units_of_a_released_job(harness: StoreHarness) -> None:
    await released(harness, user_id=1, count=2)
    await harness.accept(a_request(user_id=2, count=2))

    claimed = [job for job in await harness.take(units=2) if job.state is State.SUBMITTING]

    assert [job.request.user_id for job in claimed] == [2]


async def test_claim_does_not_count_a_released_job_of_the_same_member(
    harness: StoreHarness,
) -> None:
    await released(harness)
    await harness.accept()
    await harness.accept()

    claimed = [job for job in await harness.take(per_user=1) if job.state is State.SUBMITTING]

    assert len(claimed) == 1


async def test_accept_does_not_count_a_released_job_as_open(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=1, user_queued=1)
    await released(harness)
    await harness.accept()
    accepted = await harness.accept()

    assert (accepted.others, accepted.in_flight) == (1, 0)
    with pytest.raises(TooManyJobs):
        await harness.accept()


async def test_standing_lists_a_released_job_as_open(harness: StoreHarness, store: Store) -> None:
    job = await released(harness)

    standing = await store.admission.standing(
        user_id=1, guild_id=5, visitor=MemberContext(), limits=Limits(), window=DAY, now=harness.now
    )

    assert [one.id for one in standing.open] == [job.id]


async def test_workload_counts_slots_and_all_jobs(harness: StoreHarness, store: Store) -> None:
    await harness.running(a_request(user_id=2, count=3))
    await released(harness, count=4)

    workload = await store.statistics.workload()
    outlook = await store.outlooks.read(now=harness.now, limit=9)
    taken = await store.jobs.fetch_due(now=harness.now, lease_s=60, units=9, per_user=0)

    assert (workload.jobs, workload.units_in_flight) == ({"running": 2}, 3)
    assert [(one.user_id, one.units) for one in outlook.at_work] == [(2, 3)]
    assert taken.in_flight == 1


async def test_pause_is_probed_beside_a_released_job(harness: StoreHarness, store: Store) -> None:
    await released(harness)
    await harness.accept(a_request(user_id=2))
    await store.providers.pause(key="balance", now=harness.now)
    harness.now = (await store.providers.state()).probe_at

    assert State.SUBMITTING in {job.state for job in await harness.take()}


async def test_requeue_of_a_released_job_takes_a_slot_again(
    harness: StoreHarness, store: Store
) -> None:
    job = await released(harness)
    await store.jobs.requeue(job, now=harness.now)

    [again] = await harness.take()

    assert again.holds_slot
    await harness.accept(a_request(user_id=2))
    assert await harness.take(units=1) == []


async def test_mark_running_again_takes_a_slot(harness: StoreHarness, store: Store) -> None:
    job = await harness.running()
    await store.jobs.mark_generated(job.id, now=harness.now)
    await store.jobs.requeue(job, now=harness.now)
    await harness.take()

    await store.jobs.mark_running(job.id, task_id="again", now=harness.now, next_at=harness.now)

    assert (await harness.job(job.id)).holds_slot


# Images that exist and are not fetched yet


async def test_mark_generated_keeps_the_first_instant(harness: StoreHarness, store: Store) -> None:
    job = await harness.running()

    assert await store.jobs.mark_generated(job.id, now=harness.now)
    assert not await store.jobs.mark_generated(job.id, now=harness.now + 5)

    row = await harness.job(job.id)
    assert (row.generated_at, row.holds_slot) == (harness.now, False)
    assert (await store.statistics.workload()).to_fetch == 1


async def test_postpone_fetch_counts_tries_and_sums_up_bytes(
    harness: StoreHarness, store: Store
) -> None:
    job = await harness.running()
    for tries in (1, 2):
        await store.jobs.postpone_fetch(
            job.id, next_at=harness.now + 9, tries=tries, unusable_tries=1, received=3 * 10**9
        )

    row = await harness.job(job.id)
    assert (row.fetch_tries, row.unusable_tries, row.fetched_bytes) == (2, 1, 6 * 10**9)
    assert await harness.take() == []
    harness.now += 9
    assert [one.id for one in await harness.take()] == [job.id]


async def test_requeue_clears_generation_and_fetch_counts(
    harness: StoreHarness, store: Store
) -> None:
    job = await harness.running()
    await store.jobs.mark_generated(job.id, now=harness.now)
    await store.jobs.postpone_fetch(
        job.id, next_at=harness.now, tries=4, unusable_tries=2, received=7
    )
    await store.jobs.requeue(job, now=harness.now)

    row = await harness.job(job.id)
    assert (row.generated_at, row.fetch_tries, row.unusable_tries, row.fetched_bytes) == (
        None,
        0,
        0,
        0,
    )


def results(count: int) -> list[Result]:
    return [
        Result(position=number, path=Path(f"{number}.png"), url="", width=1, height=1, size=1)
        for number in range(count)
    ]


@pytest.mark.parametrize(("came", "spent"), [(0, 0), (1, 1), (3, 3), (5, 3)])
async def test_mark_ready_refunds_images_that_never_came(
    harness: StoreHarness, store: Store, came: int, spent: int
) -> None:
    job = await harness.running(a_request(count=3))

    await store.jobs.mark_ready(job.id, results(came), now=harness.now)

    row = await harness.job(job.id)
    assert (row.refunded_units, row.units_spent) == (3 - spent, spent)
    usage = await store.admission.usage(user_id=1, guild_id=5, day=DAY.day)
    assert (usage.user, usage.guild, usage.bot) == (spent, spent, spent)
    figures = await store.statistics.gather(guild_id=5, windows=[DAY])
    assert (figures.units, dict(figures.members).get(1, 0)) == (spent, spent)
    assert figures.cost_micro == row.cost_micro


async def test_mark_ready_refunds_nothing_twice(harness: StoreHarness, store: Store) -> None:
    """Units of a job that was uncertain were refunded already, and stay refunded."""
    job = (await harness.accept(a_request(count=3))).job
    await harness.take()
    await store.jobs.finish(
        job.id,
        State.UNCERTAIN,
        from_states=[State.SUBMITTING],
        outcome=Outcome(key="uncertain"),
        give_back=True,
        now=harness.now,
    )
    await store.jobs.mark_running(job.id, task_id="t", now=harness.now, next_at=harness.now)
    await store.jobs.mark_ready(job.id, results(1), now=harness.now)

    row = await harness.job(job.id)
    assert (row.refunded_units, row.units_spent, await harness.used()) == (0, 0, 0)


async def test_refund_of_units_leaves_the_cost(harness: StoreHarness, store: Store) -> None:
    """The provider's charge is a figure of its own: a money cap counts all of it."""
    job = await harness.running(a_request(count=2))
    await store.costs.record(job.id, deduction=16.0, cost_micro=56_000)
    await store.jobs.mark_ready(job.id, results(1), now=harness.now)

    figures = await store.statistics.gather(guild_id=None, windows=[DAY])
    assert (figures.cost_micro, figures.units) == (56_000, 1)


async def test_usage_reset_ignores_refunds_from_before(harness: StoreHarness, store: Store) -> None:
    job = await harness.running(a_request(count=3))
    await store.jobs.mark_ready(job.id, results(1), now=harness.now)
    harness.now += 1
    await store.community.apply(
        AuditEntry(guild_id=5, at=harness.now, by=3, action="reset", target=1, details={})
    )
    await harness.accept(a_request(count=2))

    assert await harness.used() == 2
