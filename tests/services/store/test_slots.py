"""A running Job without a slot: it goes on, and stands in nobody's way."""

from __future__ import annotations

import pytest

from services.errors import TooManyJobs
from services.models import Job, Limits, State, Visitor
from services.store import Store
from tests.services.store.conftest import DAY, Desk
from tests.support.requests import a_request


async def released(desk: Desk, *, user_id: int = 1, count: int = 1) -> Job:
    """Bring a Job as far as running, without a slot."""
    job = await desk.running(a_request(user_id=user_id, count=count))
    assert await desk.store.jobs.release_slot(job.id)
    return await desk.job(job.id)


async def test_release_slot_keeps_the_job_running_and_due(desk: Desk) -> None:
    job = await released(desk)

    assert (job.state, job.holds_slot) == (State.RUNNING, False)
    assert [one.id for one in await desk.take()] == [job.id]


async def test_release_slot_tells_the_first_time_alone(desk: Desk, store: Store) -> None:
    job = await released(desk)

    assert not await store.jobs.release_slot(job.id)


async def test_release_slot_leaves_a_job_that_is_not_running(desk: Desk, store: Store) -> None:
    job = (await desk.accept()).job
    await desk.take()

    assert not await store.jobs.release_slot(job.id)
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
        user_id=1, guild_id=5, visitor=Visitor(), limits=Limits(), window=DAY, now=desk.now
    )

    assert [one.id for one in standing.open] == [job.id]


async def test_figures_of_the_moment_count_slots_and_all_jobs(desk: Desk, store: Store) -> None:
    await desk.running(a_request(user_id=2, count=3))
    await released(desk, count=4)

    workload = await store.statistics.workload()
    outlook = await store.outlooks.read(now=desk.now, most=9)
    taken = await store.jobs.take(now=desk.now, lease_s=60, units=9, per_user=0)

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
    await store.jobs.release_slot(job.id)
    await store.jobs.requeue(job, now=desk.now)
    await desk.take()

    await store.jobs.mark_running(job.id, task_id="again", now=desk.now, next_at=desk.now)

    assert (await desk.job(job.id)).holds_slot
