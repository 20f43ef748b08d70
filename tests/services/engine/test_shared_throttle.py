"""Two processes and one message: late progress must not overwrite another process's outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.db import Store
from services.engine.context import Progress
from services.engine.message_throttle import LOOKS_S, ThrottledDelivery
from services.models import Job, Outcome, State
from services.settings.types import Secret
from tests.services.db.conftest import StoreHarness
from tests.support.engine_harness import Channel
from tests.support.time import HandClock


class HeldChannel(Channel):
    """Edits arrive when the test releases them."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.through = asyncio.Event(), asyncio.Event()

    async def update_progress(self, job: Job, progress: Progress) -> None:
        self.begun.set()
        await self.through.wait()
        await super().update_progress(job, progress)


@pytest.fixture
async def harness(postgresql_place: Secret) -> AsyncIterator[StoreHarness]:
    async with Store(postgresql_place, provider="provider") as store:
        yield StoreHarness(store)


@pytest.fixture
async def pace(harness: StoreHarness) -> AsyncIterator[ThrottledDelivery]:
    pace = ThrottledDelivery(HeldChannel(), store=harness.store, clock=HandClock(harness.now))
    yield pace
    await pace.close()


async def shown(pace: ThrottledDelivery, job: Job) -> asyncio.Task[None]:
    """Start an edit and wait until it is under way."""
    edit = asyncio.create_task(pace.update_progress(job, Progress(phase="painting", since=1.0)))
    await pace._delivery.begun.wait()  # pyright: ignore[reportAttributeAccessIssue]
    return edit


async def let_through(pace: ThrottledDelivery, edit: asyncio.Task[None]) -> None:
    pace._delivery.through.set()  # pyright: ignore[reportAttributeAccessIssue]
    await edit
    async with asyncio.timeout(20):
        while pace._mending:
            for seconds in LOOKS_S:
                pace._clock.move_to(pace._clock.now() + seconds)  # pyright: ignore[reportAttributeAccessIssue]
                await asyncio.sleep(0.01)


async def test_throttled_edit_after_a_delivery_repeats_the_delivery(
    harness: StoreHarness, pace: ThrottledDelivery
) -> None:
    job = await harness.running()
    edit = await shown(pace, job)
    await harness.store.jobs.mark_ready(job.id, [], now=harness.now)
    await harness.store.jobs.mark_notified(job.id, posted=True, now=harness.now)

    await let_through(pace, edit)

    again = await harness.job(job.id)
    assert (again.state, again.told_at) == (State.READY, None)
    assert again.place.token == job.place.token
    assert job.place.token
    assert [one.id for one in await harness.take()] == [job.id]


async def test_throttled_edit_after_a_refusal_repeats_it_and_stays_refunded(
    harness: StoreHarness, pace: ThrottledDelivery
) -> None:
    job = await harness.running()
    edit = await shown(pace, job)
    ended = Outcome(key="refused_content")
    await harness.store.jobs.finish(
        job.id,
        State.REFUSED,
        from_states=[State.RUNNING],
        outcome=ended,
        give_back=True,
        now=harness.now,
    )
    await harness.store.jobs.mark_notified(job.id, posted=True, now=harness.now)

    await let_through(pace, edit)

    again = await harness.job(job.id)
    assert (again.state, again.told_at, again.given_back) == (State.REFUSED, None, True)
    assert await harness.used() == 0


async def test_throttled_edit_of_a_running_job_changes_nothing(
    harness: StoreHarness, pace: ThrottledDelivery
) -> None:
    job = await harness.running()

    await let_through(pace, await shown(pace, job))

    assert await harness.job(job.id) == job


async def test_throttled_edit_of_a_withheld_job_notifies_no_user(
    harness: StoreHarness, pace: ThrottledDelivery
) -> None:
    job = await harness.running()
    edit = await shown(pace, job)
    await harness.store.member_jobs.withhold(job.id)
    await harness.store.jobs.mark_ready(job.id, [], now=harness.now)
    await harness.store.jobs.mark_notified(job.id, posted=False, now=harness.now)

    await let_through(pace, edit)

    assert (await harness.job(job.id)).state is State.UNDELIVERED
    assert await harness.store.jobs.is_over(job.id)
