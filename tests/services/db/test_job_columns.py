"""Columns that the database derives, or that a statement sets besides the state."""

from __future__ import annotations

import pytest

from services.db import Store
from services.db.check import examine
from services.models import Generation, Outcome, State
from services.settings.types import Secret
from tests.services.db.conftest import StoreHarness
from tests.services.db.test_statistics import figures
from tests.support.past_jobs import past_job, write
from tests.support.requests import NOON, a_request

COST = 14_000


@pytest.mark.parametrize(
    ("state", "given_back", "deduction", "charged"),
    [
        (State.QUEUED, 0, None, COST),
        (State.SUBMITTING, 0, None, COST),
        (State.FAILED, 0, None, COST),
        (State.FAILED, 1, None, 0),
        (State.REFUSED, 1, None, 0),
        (State.EXPIRED, 1, None, 0),
        (State.FAILED, 1, 4.0, COST),
        (State.RUNNING, 1, None, COST),
        (State.READY, 1, None, COST),
        (State.DELIVERED, 1, None, COST),
        (State.UNDELIVERED, 1, None, COST),
        (State.UNCERTAIN, 1, None, COST),
    ],
)
async def test_cost_counts_if_units_are_held_or_it_may_have_been_paid(
    store: Store, state: State, given_back: int, deduction: float | None, charged: int
) -> None:
    row = past_job(state=state, given_back=given_back, deduction=deduction, cost_micro=COST)
    await write(store, [row])

    assert (await figures(store)).cost_micro == charged


async def test_notified_job_starts_its_tries_again(harness: StoreHarness) -> None:
    job = await harness.running()
    await harness.store.jobs.finish(
        job.id,
        State.FAILED,
        from_states=[State.RUNNING],
        outcome=Outcome(key="task_failed"),
        give_back=True,
        now=NOON,
    )
    await harness.store.jobs.reschedule(job.id, next_at=NOON + 5, tries=3)

    await harness.store.jobs.mark_notified(job.id, posted=True, now=NOON + 5)

    assert (await harness.job(job.id)).tries == 0


async def test_durations_come_from_the_latest_tasks(harness: StoreHarness) -> None:
    for seconds in range(1, 61):
        job = await harness.running(a_request(user_id=seconds))
        took = Generation(seconds=float(seconds))
        await harness.store.jobs.mark_ready(job.id, [], now=NOON + seconds, generation=took)

    times = await harness.store.jobs.durations(model="kling-v3", units=1)

    assert times == [float(seconds) for seconds in range(60, 60 - len(times), -1)]
    assert len(times) < 60


@pytest.mark.parametrize(("endpoint", "known"), [("/v1/images/generations", True), ("/omni", None)])
async def test_provider_row_of_older_versions_holds_the_main_path_only(
    place: str | Secret, store: Store, endpoint: str, known: bool | None
) -> None:
    await store.providers.learn(endpoint, external_id=True, list_call=None, now=NOON)
    await store.providers.pause(key="balance", now=NOON)

    assert (await examine(place, provider="provider")).knows_external_id == known
