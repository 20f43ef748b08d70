"""Limits of a user's open requests, and the meaning of 0 for running and for queued ones."""

from __future__ import annotations

import pytest

from services.errors import NothingMayWait, TooManyJobs, TooManyWaiting
from services.models import Limits
from tests.services.db.conftest import Desk
from tests.support.requests import a_request


@pytest.mark.parametrize("running", [0, 1, 3])
async def test_limit_that_is_not_set_accepts_any_number(desk: Desk, running: int) -> None:
    desk.limits = Limits(user_running=running, user_queued=None, concurrency=1)
    for _ in range(5):
        await desk.accept()


async def test_none_may_wait_of_forty_at_once_one_is_accepted(desk: Desk) -> None:
    desk.limits = Limits(user_running=1, user_queued=0, concurrency=9)
    refused = 0
    for _ in range(40):
        try:
            await desk.accept()
        except TooManyJobs:
            refused += 1

    assert refused == 39
    assert await desk.used() == 1
    await desk.accept(a_request(user_id=2))


async def test_none_may_wait_once_the_first_has_ended_the_next_is_accepted(desk: Desk) -> None:
    desk.limits = Limits(user_running=1, user_queued=0, concurrency=9)
    job = await desk.running()
    with pytest.raises(TooManyJobs):
        await desk.accept()
    await desk.store.jobs.mark_ready(job.id, [], now=desk.now)

    await desk.accept()


async def test_none_may_wait_while_others_fill_the_provider(desk: Desk) -> None:
    desk.limits = Limits(user_running=1, user_queued=0, concurrency=4)
    job = await desk.running(a_request(user_id=2, count=3))
    await desk.accept(a_request(user_id=3, count=1))  # not claimed yet, and uses the last one
    with pytest.raises(NothingMayWait):
        await desk.accept(a_request(user_id=4))
    await desk.store.jobs.mark_ready(job.id, [], now=desk.now)

    with pytest.raises(NothingMayWait):
        await desk.accept(a_request(user_id=4, count=4))
    await desk.accept(a_request(user_id=4, count=3))


async def test_none_may_wait_while_the_provider_holds_submissions(desk: Desk) -> None:
    desk.limits = Limits(user_running=1, user_queued=0, concurrency=4)
    job = (await desk.accept()).job
    await desk.take()
    await desk.store.jobs.requeue(await desk.job(job.id), now=desk.now, hold_s=30.0)
    with pytest.raises(NothingMayWait):
        await desk.accept(a_request(user_id=2))
    desk.now += 31

    await desk.accept(a_request(user_id=2))


async def test_none_may_wait_in_a_pause_one_request_tries_the_provider(desk: Desk) -> None:
    desk.limits = Limits(user_running=1, user_queued=0, concurrency=4)
    await desk.store.providers.pause(key="balance", now=desk.now)
    desk.now += 301
    await desk.accept(a_request(user_id=1))

    with pytest.raises(NothingMayWait):
        await desk.accept(a_request(user_id=2))


async def test_any_number_may_run_those_that_wait_are_counted(desk: Desk) -> None:
    desk.limits = Limits(user_running=0, user_queued=2, concurrency=4)
    for _ in range(4):  # at once: none is claimed meanwhile, and yet none counts as queued
        await desk.accept()
    for _ in range(2):
        await desk.accept()
    with pytest.raises(TooManyWaiting) as refusal:
        await desk.accept()
    assert (refusal.value.waiting, refusal.value.allowed) == (2, 2)

    assert len(await desk.take(units=4)) == 4
    with pytest.raises(TooManyWaiting):
        await desk.accept()
    await desk.accept(a_request(user_id=2))


async def test_any_number_may_run_and_none_may_wait(desk: Desk) -> None:
    desk.limits = Limits(user_running=0, user_queued=0, concurrency=4)
    await desk.accept(a_request(count=3))
    with pytest.raises(NothingMayWait):
        await desk.accept(a_request(count=2))
    await desk.accept()
    with pytest.raises(NothingMayWait):
        await desk.accept()


async def test_refusal_holds_no_units(desk: Desk) -> None:
    desk.limits = Limits(user_running=0, user_queued=0, concurrency=1)
    await desk.accept()
    with pytest.raises(NothingMayWait):
        await desk.accept()

    assert await desk.used() == 1
