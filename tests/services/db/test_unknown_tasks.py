"""Rows of jobs whose submission or task is in doubt: each doubt is counted once."""

from __future__ import annotations

import pytest

from services.db import PathKnowledge, Store
from services.db.providers import MOST_USED
from services.models import Job, Outcome, State
from tests.services.db.conftest import StoreHarness
from tests.support.requests import a_request


async def sent(harness: StoreHarness) -> Job:
    job = (await harness.accept()).job
    await harness.take()
    assert await harness.store.jobs.mark_sent(job.id, now=harness.now)
    return await harness.job(job.id)


async def test_allow_resend_succeeds_once_per_job(harness: StoreHarness, store: Store) -> None:
    job = await sent(harness)
    assert await store.jobs.allow_resend(job.id)
    allowed = await harness.job(job.id)
    assert (allowed.sent_at, allowed.resends, allowed.tries) == (None, 1, 0)

    await store.jobs.mark_sent(job.id, now=harness.now)

    assert not await store.jobs.allow_resend(job.id)
    await store.jobs.requeue(job, now=harness.now, spent_id=True)
    await harness.take()
    await store.jobs.mark_sent(job.id, now=harness.now)
    assert not await store.jobs.allow_resend(job.id)
    assert (await harness.job(job.id)).resends == 1


async def test_allow_resend_of_an_unsent_job_is_refused(
    harness: StoreHarness, store: Store
) -> None:
    job = (await harness.accept()).job
    await harness.take()

    assert not await store.jobs.allow_resend(job.id)

    running = await harness.running(a_request(user_id=2))
    assert not await store.jobs.allow_resend(running.id)


async def test_note_unknown_counts_from_the_first_instant(
    harness: StoreHarness, store: Store
) -> None:
    job = await harness.running()

    counted = [await store.jobs.note_unknown(job.id, now=harness.now + at) for at in (0.0, 60.0)]

    assert counted == [(1, harness.now), (2, harness.now)]
    await store.jobs.note_known(job.id)
    known = await harness.job(job.id)
    assert (known.unknown_polls, known.unknown_since) == (0, None)
    assert await store.jobs.note_unknown(job.id, now=harness.now + 90) == (1, harness.now + 90)


async def test_note_unknown_of_a_job_not_running_changes_nothing(
    harness: StoreHarness, store: Store
) -> None:
    job = await sent(harness)

    assert await store.jobs.note_unknown(job.id, now=harness.now) == (0, harness.now)
    assert (await harness.job(job.id)).unknown_polls == 0


async def test_give_back_unknown_refunds_once_and_takes_the_slot(
    harness: StoreHarness, store: Store
) -> None:
    job = await harness.running()
    assert await harness.used() == 1

    assert await store.jobs.give_back_unknown(job.id)

    assert not await store.jobs.give_back_unknown(job.id)
    assert await harness.used() == 0
    now = await harness.job(job.id)
    assert (now.state, now.given_back, now.holds_slot) == (State.RUNNING, True, False)


async def test_give_back_unknown_of_an_ended_job_changes_nothing(
    harness: StoreHarness, store: Store
) -> None:
    job = await harness.running()
    outcome = Outcome(key="refused_content")
    await store.jobs.finish(
        job.id,
        State.REFUSED,
        from_states=[State.RUNNING],
        outcome=outcome,
        give_back=False,
        now=harness.now,
    )

    assert not await store.jobs.give_back_unknown(job.id)
    assert await harness.used() == 1


async def test_running_since_reads_the_latest_that_were_sent_later(
    harness: StoreHarness, store: Store
) -> None:
    ids: list[str] = []
    for user_id in (1, 2, 3):
        job = (await harness.accept(a_request(user_id=user_id))).job
        await harness.take()
        await store.jobs.mark_sent(job.id, now=harness.now)
        await store.jobs.mark_running(job.id, task_id=job.id, now=harness.now, next_at=harness.now)
        ids.append(job.id)
    first = await harness.job(ids[0])
    assert first.sent_at is not None

    assert [job.id for job in await store.jobs.running_since(first.sent_at)] == [ids[2], ids[1]]

    await store.jobs.note_unknown(ids[2], now=harness.now)
    assert [job.id for job in await store.jobs.running_since(first.sent_at)] == [ids[1]]
    await store.jobs.mark_ready(ids[1], [], now=harness.now)
    assert await store.jobs.running_since(first.sent_at) == []


async def begun(harness: StoreHarness, user_id: int, *, at: float) -> Job:
    """Send a job and have it accepted at an instant."""
    harness.now = at
    job = (await harness.accept(a_request(user_id=user_id))).job
    await harness.take()
    await harness.store.jobs.mark_sent(job.id, now=at)
    await harness.store.jobs.mark_running(job.id, task_id=job.id, now=at, next_at=at)
    return await harness.job(job.id)


async def test_sent_since_reads_accepted_jobs_the_newest_first(
    harness: StoreHarness, store: Store
) -> None:
    at = harness.now
    first, second, third = [await begun(harness, user, at=at + user) for user in (1, 2, 3)]

    async def read(since: float) -> list[str]:
        return [job.id for job in await store.jobs.sent_since(since)]

    assert await read(at) == [third.id, second.id, first.id]
    assert await read(at + 1) == [third.id, second.id]
    assert [job.id for job in await store.jobs.sent_since(at, most=1)] == [third.id]


async def test_sent_since_includes_finished_and_omits_refunded_jobs(
    harness: StoreHarness, store: Store
) -> None:
    """A finished task is in a whole list; one that was refunded may be missing from it."""
    at = harness.now
    done, unknown, last = [await begun(harness, user, at=at + user) for user in (1, 2, 3)]
    await store.jobs.mark_ready(done.id, [], now=harness.now)
    await store.jobs.give_back_unknown(unknown.id)
    await sent(harness)

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
