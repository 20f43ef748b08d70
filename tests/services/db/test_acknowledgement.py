"""A job starts after its user got a response, and never if another process has responded."""

from __future__ import annotations

import pytest

from services.common.ids import new_job_id
from services.db import Store
from services.models import Job, Outcome, State
from tests.services.db.conftest import DAY, StoreHarness
from tests.support.requests import a_request

CANCELLED = Outcome(key="cancelled")
HOLD_S = 5.0


@pytest.fixture
async def held(harness: StoreHarness, store: Store) -> Job:
    accepted = await store.admission.accept(
        a_request(user_id=1, count=2),
        job_id=new_job_id(harness.now),
        limits=harness.limits,
        window=DAY,
        now=harness.now,
        hold_s=HOLD_S,
    )
    return accepted.job


async def test_fetch_due_before_the_acknowledgement_leaves_the_job(
    harness: StoreHarness, store: Store, held: Job
) -> None:
    assert await harness.take() == []

    await store.jobs.mark_acknowledged(held.id, 77)

    [job] = await harness.take()
    assert (job.id, job.state, job.place.message_id) == (held.id, State.SUBMITTING, 77)


async def test_fetch_due_claims_other_jobs_beside_an_unacknowledged_one(
    harness: StoreHarness, held: Job
) -> None:
    other = (await harness.accept(a_request(user_id=2))).job

    assert [job.id for job in await harness.take()] == [other.id]


async def test_fetch_due_without_an_acknowledgement_claims_after_the_hold(
    harness: StoreHarness, held: Job
) -> None:
    harness.now += HOLD_S

    assert [job.id for job in await harness.take()] == [held.id]


async def test_fetch_due_after_a_restart_claims_an_unacknowledged_job(
    harness: StoreHarness, store: Store, held: Job
) -> None:
    await store.jobs.release_expired()

    assert [job.id for job in await harness.take()] == [held.id]


async def test_withdraw_cancels_the_job_once_and_refunds(
    harness: StoreHarness, store: Store, held: Job
) -> None:
    assert await store.jobs.withdraw(held.id, outcome=CANCELLED, now=harness.now)
    assert not await store.jobs.withdraw(held.id, outcome=CANCELLED, now=harness.now)

    harness.now += 60
    assert await harness.take() == []
    job = await harness.job(held.id)
    assert (job.state, job.given_back, job.place.token) == (State.CANCELLED, True, "")
    assert job.told_at is not None
    assert await harness.used() == 0


async def test_withdraw_of_a_claimed_job_changes_nothing(
    harness: StoreHarness, store: Store, held: Job
) -> None:
    harness.now += HOLD_S
    await harness.take()
    await store.jobs.mark_acknowledged(held.id, None)

    assert not await store.jobs.withdraw(held.id, outcome=CANCELLED, now=harness.now)
    assert await harness.take() == []
    assert await harness.used() == 2
