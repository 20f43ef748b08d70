"""Rows of jobs whose submission or task is in doubt: each doubt is counted once."""

from __future__ import annotations

import pytest

from services.db import PathKnowledge, Store
from services.db.providers import MOST_USED
from services.models import Job, Outcome, State
from tests.services.db.conftest import Desk
from tests.support.requests import a_request


async def sent(desk: Desk) -> Job:
    job = (await desk.accept()).job
    await desk.take()
    assert await desk.store.jobs.mark_sent(job.id, now=desk.now)
    return await desk.job(job.id)


async def test_allow_resend_is_given_once_in_a_jobs_life(desk: Desk, store: Store) -> None:
    job = await sent(desk)
    assert await store.jobs.allow_resend(job.id)
    allowed = await desk.job(job.id)
    assert (allowed.sent_at, allowed.resends, allowed.tries) == (None, 1, 0)

    await store.jobs.mark_sent(job.id, now=desk.now)

    assert not await store.jobs.allow_resend(job.id)
    await store.jobs.requeue(job, now=desk.now, spent_id=True)
    await desk.take()
    await store.jobs.mark_sent(job.id, now=desk.now)
    assert not await store.jobs.allow_resend(job.id)
    assert (await desk.job(job.id)).resends == 1


async def test_allow_resend_is_not_given_to_what_was_not_sent(desk: Desk, store: Store) -> None:
    job = (await desk.accept()).job
    await desk.take()

    assert not await store.jobs.allow_resend(job.id)

    running = await desk.running(a_request(user_id=2))
    assert not await store.jobs.allow_resend(running.id)


async def test_note_unknown_counts_from_the_first_instant(desk: Desk, store: Store) -> None:
    job = await desk.running()

    counted = [await store.jobs.note_unknown(job.id, now=desk.now + at) for at in (0.0, 60.0)]

    assert counted == [(1, desk.now), (2, desk.now)]
    await store.jobs.note_known(job.id)
    known = await desk.job(job.id)
    assert (known.unknown_polls, known.unknown_since) == (0, None)
    assert await store.jobs.note_unknown(job.id, now=desk.now + 90) == (1, desk.now + 90)


async def test_note_unknown_leaves_a_job_that_is_not_running(desk: Desk, store: Store) -> None:
    job = await sent(desk)

    assert await store.jobs.note_unknown(job.id, now=desk.now) == (0, desk.now)
    assert (await desk.job(job.id)).unknown_polls == 0


async def test_give_back_unknown_refunds_once_and_takes_the_slot(desk: Desk, store: Store) -> None:
    job = await desk.running()
    assert await desk.used() == 1

    assert await store.jobs.give_back_unknown(job.id)

    assert not await store.jobs.give_back_unknown(job.id)
    assert await desk.used() == 0
    now = await desk.job(job.id)
    assert (now.state, now.given_back, now.holds_slot) == (State.RUNNING, True, False)


async def test_give_back_unknown_leaves_a_job_that_has_ended(desk: Desk, store: Store) -> None:
    job = await desk.running()
    outcome = Outcome(key="refused_content")
    await store.jobs.finish(
        job.id,
        State.REFUSED,
        from_states=[State.RUNNING],
        outcome=outcome,
        give_back=False,
        now=desk.now,
    )

    assert not await store.jobs.give_back_unknown(job.id)
    assert await desk.used() == 1


async def test_running_since_reads_the_latest_that_were_sent_later(
    desk: Desk, store: Store
) -> None:
    ids: list[str] = []
    for user_id in (1, 2, 3):
        job = (await desk.accept(a_request(user_id=user_id))).job
        await desk.take()
        await store.jobs.mark_sent(job.id, now=desk.now)
        await store.jobs.mark_running(job.id, task_id=job.id, now=desk.now, next_at=desk.now)
        ids.append(job.id)
    first = await desk.job(ids[0])
    assert first.sent_at is not None

    assert [job.id for job in await store.jobs.running_since(first.sent_at)] == [ids[2], ids[1]]

    await store.jobs.note_unknown(ids[2], now=desk.now)
    assert [job.id for job in await store.jobs.running_since(first.sent_at)] == [ids[1]]
    await store.jobs.mark_ready(ids[1], [], now=desk.now)
    assert await store.jobs.running_since(first.sent_at) == []


async def begun(desk: Desk, user_id: int, *, at: float) -> Job:
    """Send a job and have it accepted at an instant."""
    desk.now = at
    job = (await desk.accept(a_request(user_id=user_id))).job
    await desk.take()
    await desk.store.jobs.mark_sent(job.id, now=at)
    await desk.store.jobs.mark_running(job.id, task_id=job.id, now=at, next_at=at)
    return await desk.job(job.id)


async def test_sent_since_reads_accepted_jobs_the_newest_first(desk: Desk, store: Store) -> None:
    at = desk.now
    first, second, third = [await begun(desk, user, at=at + user) for user in (1, 2, 3)]

    async def read(since: float) -> list[str]:
        return [job.id for job in await store.jobs.sent_since(since)]

    assert await read(at) == [third.id, second.id, first.id]
    assert await read(at + 1) == [third.id, second.id]
    assert [job.id for job in await store.jobs.sent_since(at, most=1)] == [third.id]


async def test_sent_since_keeps_what_is_over_and_leaves_what_no_list_need_show(
    desk: Desk, store: Store
) -> None:
    """A finished task is in a whole list; one that was refunded may be missing from it."""
    at = desk.now
    done, unknown, last = [await begun(desk, user, at=at + user) for user in (1, 2, 3)]
    await store.jobs.mark_ready(done.id, [], now=desk.now)
    await store.jobs.give_back_unknown(unknown.id)
    await sent(desk)

    found = [job.id for job in await store.jobs.sent_since(at)]

    assert found == [last.id, done.id]


@pytest.mark.parametrize("endpoint", [MOST_USED, "/v1/images/editing/expand"])
async def test_learn_keeps_each_answer_with_its_instant(store: Store, endpoint: str) -> None:
    learn = store.providers.learn
    await learn(endpoint, external_id=True, list_call=None, now=1.0)
    await learn(endpoint, external_id=None, list_call=True, now=2.0)
    assert (await store.providers.state()).paths == {
        endpoint: PathKnowledge(external_id=True, external_id_at=1.0, list_call=True, list_at=2.0)
    }

    await learn(endpoint, external_id=False, list_call=None, now=3.0)

    [known] = (await store.providers.state()).paths.values()
    assert (known.external_id, known.external_id_at, known.list_at) == (False, 3.0, 2.0)
