"""The queue's order: provider units, users in round-robin order, and waiting for free units."""

from __future__ import annotations

from services.common.durations import HOUR_S
from services.db import Store
from services.models import State
from tests.services.db.conftest import Desk
from tests.support.requests import a_request


async def test_jobs_are_claimed_while_units_are_free(desk: Desk) -> None:
    for user, count in enumerate((4, 4, 4)):
        await desk.accept(a_request(user_id=user, count=count))

    jobs = await desk.take(units=9)

    assert [job.units for job in jobs] == [4, 4]
    assert all(job.state is State.SUBMITTING for job in jobs)


async def test_a_large_request_is_waited_for_and_not_jumped(desk: Desk, store: Store) -> None:
    await desk.accept(a_request(user_id=1, count=5))
    first = await desk.take(units=9)
    await desk.accept(a_request(user_id=2, count=9))
    await desk.accept(a_request(user_id=3, count=1))

    assert await desk.take(units=9) == []
    await store.jobs.mark_running(first[0].id, task_id="t", now=desk.now, next_at=desk.now + 99)
    await store.jobs.mark_ready(first[0].id, [], now=desk.now)
    claimed = [job for job in await desk.take(units=9) if job.state is State.SUBMITTING]
    assert [job.request.user_id for job in claimed] == [2]


async def test_a_request_over_the_limit_runs_alone_instead_of_never(desk: Desk) -> None:
    await desk.accept(a_request(count=9))

    assert len(await desk.take(units=4)) == 1


async def test_members_take_turns(desk: Desk) -> None:
    for _ in range(5):
        await desk.accept(a_request(user_id=1))
    for _ in range(2):
        await desk.accept(a_request(user_id=2))

    served = [job.request.user_id for job in await desk.take(units=9)]

    assert served == [1, 2, 1, 2, 1, 1, 1]


async def test_one_members_fifty_requests_delay_another_by_one_job(desk: Desk) -> None:
    for _ in range(50):
        await desk.accept(a_request(user_id=1))
    await desk.take(units=1)

    accepted = await desk.accept(a_request(user_id=2))

    assert accepted.ahead == 0


async def test_a_member_runs_no_more_jobs_than_allowed(desk: Desk) -> None:
    for user in (1, 1, 2):
        await desk.accept(a_request(user_id=user))

    first = await desk.take(per_user=1)

    assert [job.request.user_id for job in first] == [1, 2]
    assert await desk.take(per_user=1) == []


async def test_a_job_without_a_slot_goes_back_to_the_front(desk: Desk, store: Store) -> None:
    job = (await desk.accept(a_request(user_id=1))).job
    await desk.accept(a_request(user_id=2))
    [claimed] = await desk.take(units=1)

    await store.jobs.requeue(claimed, now=desk.now, hold_s=5)

    assert await desk.take(units=1) == []
    desk.now += 5
    assert [again.id for again in await desk.take(units=1)] == [job.id]
    assert (await desk.job(job.id)).tries == 0


async def test_a_hold_tells_when_to_ask_again(desk: Desk, store: Store) -> None:
    await desk.accept()
    [job] = await desk.take()
    await store.jobs.requeue(job, now=desk.now, hold_s=7)

    taken = await store.jobs.fetch_due(now=desk.now, lease_s=60, units=9, per_user=0)

    assert taken.next_at == desk.now + 7


async def test_a_clock_that_was_ahead_and_is_set_right_stops_nothing(
    desk: Desk, store: Store
) -> None:
    desk.now += 5 * HOUR_S
    looked_at, waiting = await desk.running(), await desk.accept(a_request(user_id=2))
    [claimed] = [job for job in await desk.take() if job.id == waiting.job.id]
    await store.jobs.requeue(claimed, now=desk.now, hold_s=5)
    await store.jobs.reschedule(looked_at.id, next_at=desk.now + 5, tries=0)
    assert await desk.take() == []

    desk.now -= 5 * HOUR_S

    assert [job.id for job in await desk.take()] == [looked_at.id]
    desk.now += 60
    assert waiting.job.id in [job.id for job in await desk.take()]


async def test_a_pause_lets_one_job_through_as_a_probe(desk: Desk, store: Store) -> None:
    for user in range(3):
        await desk.accept(a_request(user_id=user, count=4))
    await store.providers.pause(key="balance", now=desk.now)

    assert await desk.take() == []
    desk.now = (await store.providers.state()).probe_at
    assert len(await desk.take()) == 1
    assert await desk.take() == []


async def test_turns_survive_a_restart(desk: Desk, store: Store) -> None:
    await desk.accept(a_request(user_id=1))
    await desk.take()
    for user in (1, 2):
        await desk.accept(a_request(user_id=user))

    line = await store.jobs.waiting()

    assert [(job.request.user_id, ahead) for job, ahead in line] == [(2, 0), (1, 1)]


async def test_head_of_the_queue_is_fifty_jobs(desk: Desk, store: Store) -> None:
    """Jobs further back are not given a place in the queue."""
    ids = [(await desk.accept(a_request(user_id=user))).job.id for user in range(52)]

    line = await store.jobs.waiting()

    assert [(job.id, ahead) for job, ahead in line] == list(zip(ids, range(50), strict=False))


async def test_what_is_held_without_being_worked_at_is_freed(desk: Desk) -> None:
    ids = [(await desk.accept(a_request(user_id=user))).job.id for user in (1, 2)]
    assert [job.id for job in await desk.take()] == ids

    await desk.store.jobs.release_unknown({ids[0]})

    assert [job.id for job in await desk.take()] == [ids[1]]
