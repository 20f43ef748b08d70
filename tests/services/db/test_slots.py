"""A running job without a provider slot: it goes on, and blocks no other job."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.db import Store
from services.errors import TooManyJobs
from services.models import AuditEntry, Job, Limits, MemberContext, Outcome, Result, State
from tests.services.db.conftest import DAY, Desk
from tests.support.requests import a_request


async def released(desk: Desk, *, user_id: int = 1, count: int = 1) -> Job:
    """Bring a job to running, without a slot."""
    job = await desk.running(a_request(user_id=user_id, count=count))
    assert await desk.store.jobs.mark_generated(job.id, now=desk.now)
    return await desk.job(job.id)


async def test_mark_generated_keeps_the_job_running_and_due(desk: Desk) -> None:
    job = await released(desk)

    assert (job.state, job.holds_slot) == (State.RUNNING, False)
    assert [one.id for one in await desk.take()] == [job.id]


async def test_mark_generated_tells_the_first_time_alone(desk: Desk, store: Store) -> None:
    job = await released(desk)

    assert not await store.jobs.mark_generated(job.id, now=desk.now)


async def test_mark_generated_leaves_a_job_that_is_not_running(desk: Desk, store: Store) -> None:
    job = (await desk.accept()).job
    await desk.take()

    assert not await store.jobs.mark_generated(job.id, now=desk.now)
    assert (await desk.job(job.id)).holds_slot


async def test_claim_does_not_count_units_of_a_released_job(desk: Desk) -> None:
    await released(desk, user_id=1, count=2)
    await desk.accept(a_request(user_id=2, count=2))

    claimed = [job for job in await desk.take(units=2) if job.state is State.SUBMITTING]

    assert [job.request.user_id for job in claimed] == [2]


async def test_claim_does_not_count_a_released_job_of_the_same_member(desk: Desk) -> None:
    await released(desk)
    await desk.accept()
    await desk.accept()

    claimed = [job for job in await desk.take(per_user=1) if job.state is State.SUBMITTING]

    assert len(claimed) == 1


async def test_accept_does_not_count_a_released_job_as_open(desk: Desk) -> None:
    desk.limits = Limits(user_running=1, user_queued=1)
    await released(desk)
    await desk.accept()
    accepted = await desk.accept()

    assert (accepted.others, accepted.in_flight) == (1, 0)
    with pytest.raises(TooManyJobs):
        await desk.accept()


async def test_standing_still_lists_a_released_job(desk: Desk, store: Store) -> None:
    job = await released(desk)

    standing = await store.admission.standing(
        user_id=1, guild_id=5, visitor=MemberContext(), limits=Limits(), window=DAY, now=desk.now
    )

    assert [one.id for one in standing.open] == [job.id]


async def test_figures_of_the_moment_count_slots_and_all_jobs(desk: Desk, store: Store) -> None:
    await desk.running(a_request(user_id=2, count=3))
    await released(desk, count=4)

    workload = await store.statistics.workload()
    outlook = await store.outlooks.read(now=desk.now, limit=9)
    taken = await store.jobs.fetch_due(now=desk.now, lease_s=60, units=9, per_user=0)

    assert (workload.jobs, workload.units_in_flight) == ({"running": 2}, 3)
    assert [(one.user_id, one.units) for one in outlook.at_work] == [(2, 3)]
    assert taken.in_flight == 1


async def test_a_pause_is_probed_while_a_released_job_goes_on(desk: Desk, store: Store) -> None:
    await released(desk)
    await desk.accept(a_request(user_id=2))
    await store.providers.pause(key="balance", now=desk.now)
    desk.now = (await store.providers.state()).probe_at

    assert State.SUBMITTING in {job.state for job in await desk.take()}


async def test_requeue_gives_the_slot_back(desk: Desk, store: Store) -> None:
    job = await released(desk)
    await store.jobs.requeue(job, now=desk.now)

    [again] = await desk.take()

    assert again.holds_slot
    await desk.accept(a_request(user_id=2))
    assert await desk.take(units=1) == []


async def test_mark_running_gives_a_job_that_turned_up_a_slot(desk: Desk, store: Store) -> None:
    job = await desk.running()
    await store.jobs.mark_generated(job.id, now=desk.now)
    await store.jobs.requeue(job, now=desk.now)
    await desk.take()

    await store.jobs.mark_running(job.id, task_id="again", now=desk.now, next_at=desk.now)

    assert (await desk.job(job.id)).holds_slot


# Images that exist and are not fetched yet


async def test_mark_generated_tells_the_first_time_and_keeps_the_instant(
    desk: Desk, store: Store
) -> None:
    job = await desk.running()

    assert await store.jobs.mark_generated(job.id, now=desk.now)
    assert not await store.jobs.mark_generated(job.id, now=desk.now + 5)

    row = await desk.job(job.id)
    assert (row.generated_at, row.holds_slot) == (desk.now, False)
    assert (await store.statistics.workload()).to_fetch == 1


async def test_postpone_fetch_counts_tries_and_sums_up_bytes(desk: Desk, store: Store) -> None:
    job = await desk.running()
    for tries in (1, 2):
        await store.jobs.postpone_fetch(
            job.id, next_at=desk.now + 9, tries=tries, unusable_tries=1, received=3 * 10**9
        )

    row = await desk.job(job.id)
    assert (row.fetch_tries, row.unusable_tries, row.fetched_bytes) == (2, 1, 6 * 10**9)
    assert await desk.take() == []
    desk.now += 9
    assert [one.id for one in await desk.take()] == [job.id]


async def test_requeue_begins_anew(desk: Desk, store: Store) -> None:
    job = await desk.running()
    await store.jobs.mark_generated(job.id, now=desk.now)
    await store.jobs.postpone_fetch(job.id, next_at=desk.now, tries=4, unusable_tries=2, received=7)
    await store.jobs.requeue(job, now=desk.now)

    row = await desk.job(job.id)
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
    desk: Desk, store: Store, came: int, spent: int
) -> None:
    job = await desk.running(a_request(count=3))

    await store.jobs.mark_ready(job.id, results(came), now=desk.now)

    row = await desk.job(job.id)
    assert (row.refunded_units, row.units_spent) == (3 - spent, spent)
    usage = await store.admission.usage(user_id=1, guild_id=5, day=DAY.day)
    assert (usage.user, usage.guild, usage.bot) == (spent, spent, spent)
    figures = await store.statistics.gather(guild_id=5, windows=[DAY])
    assert (figures.units, dict(figures.members).get(1, 0)) == (spent, spent)
    assert figures.cost_micro == row.cost_micro


async def test_mark_ready_refunds_nothing_twice(desk: Desk, store: Store) -> None:
    """Units of a job that was uncertain were refunded already, and stay refunded."""
    job = (await desk.accept(a_request(count=3))).job
    await desk.take()
    await store.jobs.finish(
        job.id,
        State.UNCERTAIN,
        from_states=[State.SUBMITTING],
        outcome=Outcome(key="uncertain"),
        give_back=True,
        now=desk.now,
    )
    await store.jobs.mark_running(job.id, task_id="t", now=desk.now, next_at=desk.now)
    await store.jobs.mark_ready(job.id, results(1), now=desk.now)

    row = await desk.job(job.id)
    assert (row.refunded_units, row.units_spent, await desk.used()) == (0, 0, 0)


async def test_cost_stays_where_units_are_refunded(desk: Desk, store: Store) -> None:
    """The provider's charge is a figure of its own: a money cap counts all of it."""
    job = await desk.running(a_request(count=2))
    await store.costs.record(job.id, deduction=16.0, cost_micro=56_000)
    await store.jobs.mark_ready(job.id, results(1), now=desk.now)

    figures = await store.statistics.gather(guild_id=None, windows=[DAY])
    assert (figures.cost_micro, figures.units) == (56_000, 1)


async def test_a_reset_leaves_refunds_of_before_it_out(desk: Desk, store: Store) -> None:
    job = await desk.running(a_request(count=3))
    await store.jobs.mark_ready(job.id, results(1), now=desk.now)
    desk.now += 1
    await store.community.apply(
        AuditEntry(guild_id=5, at=desk.now, by=3, action="reset", target=1, details={})
    )
    await desk.accept(a_request(count=2))

    assert await desk.used() == 2
