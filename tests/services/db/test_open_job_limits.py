"""Limits of a user's open requests, and the meaning of 0 for running and for queued ones."""

from __future__ import annotations

import pytest

from services.errors import NothingMayWait, TooManyJobs, TooManyWaiting
from services.models import Limits
from tests.services.db.conftest import StoreHarness
from tests.support.requests import a_request


@pytest.mark.parametrize("running", [0, 1, 3])
async def test_limit_that_is_not_set_accepts_any_number(
    harness: StoreHarness, running: int
) -> None:
    harness.limits = Limits(user_running=running, user_queued=None, concurrency=1)
    for _ in range(5):
        await harness.accept()


async def test_none_may_wait_of_forty_at_once_one_is_accepted(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=1, user_queued=0, concurrency=9)
    refused = 0
    for _ in range(40):
        try:
            await harness.accept()
        except TooManyJobs:
            refused += 1

    assert refused == 39
    assert await harness.used() == 1
    await harness.accept(a_request(user_id=2))


async def test_none_may_wait_once_the_first_has_ended_the_next_is_accepted(
    harness: StoreHarness,
) -> None:
    harness.limits = Limits(user_running=1, user_queued=0, concurrency=9)
    job = await harness.running()
    with pytest.raises(TooManyJobs):
        await harness.accept()
    await harness.store.jobs.mark_ready(job.id, [], now=harness.now)

    await harness.accept()


async def test_none_may_wait_while_others_fill_the_provider(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=1, user_queued=0, concurrency=4)
    job = await harness.running(a_request(user_id=2, count=3))
    await harness.accept(a_request(user_id=3, count=1))  # not claimed yet, and uses the last one
    with pytest.raises(NothingMayWait):
        await harness.accept(a_request(user_id=4))
    await harness.store.jobs.mark_ready(job.id, [], now=harness.now)

    with pytest.raises(NothingMayWait):
        await harness.accept(a_request(user_id=4, count=4))
    await harness.accept(a_request(user_id=4, count=3))


async def test_none_may_wait_while_the_provider_holds_submissions(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=1, user_queued=0, concurrency=4)
    job = (await harness.accept()).job
    await harness.take()
    await harness.store.jobs.requeue(await harness.job(job.id), now=harness.now, hold_s=30.0)
    with pytest.raises(NothingMayWait):
        await harness.accept(a_request(user_id=2))
    harness.now += 31

    await harness.accept(a_request(user_id=2))


async def test_none_may_wait_in_a_pause_one_request_tries_the_provider(
    harness: StoreHarness,
) -> None:
    harness.limits = Limits(user_running=1, user_queued=0, concurrency=4)
    await harness.store.providers.pause(key="balance", now=harness.now)
    harness.now += 301
    await harness.accept(a_request(user_id=1))

    with pytest.raises(NothingMayWait):
        await harness.accept(a_request(user_id=2))


async def test_any_number_may_run_those_that_wait_are_counted(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=0, user_queued=2, concurrency=4)
    for _ in range(4):  # at once: none is claimed meanwhile, and yet none counts as queued
        await harness.accept()
    for _ in range(2):
        await harness.accept()
    with pytest.raises(TooManyWaiting) as refusal:
        await harness.accept()
    assert (refusal.value.waiting, refusal.value.allowed) == (2, 2)

    assert len(await harness.take(units=4)) == 4
    with pytest.raises(TooManyWaiting):
        await harness.accept()
    await harness.accept(a_request(user_id=2))


async def test_any_number_may_run_and_none_may_wait(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=0, user_queued=0, concurrency=4)
    await harness.accept(a_request(count=3))
    with pytest.raises(NothingMayWait):
        await harness.accept(a_request(count=2))
    await harness.accept()
    with pytest.raises(NothingMayWait):
        await harness.accept()


async def test_refusal_holds_no_units(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=0, user_queued=0, concurrency=1)
    await harness.accept()
    with pytest.raises(NothingMayWait):
        await harness.accept()

    assert await harness.used() == 1
