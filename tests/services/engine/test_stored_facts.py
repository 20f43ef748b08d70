"""What each step stores about a job beyond its state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.kling.options import Options as KlingOptions
from services.engine import EngineConfig
from services.engine.context import Progress
from services.engine.submit import FETCH_EVERY_S, FETCH_TRIES
from services.models import Generation, Job, Outcome, Source, State
from tests.support.engine_harness import Channel, EngineHarness, running_engine
from tests.support.requests import a_request

SECONDS = 12


async def test_poll_stores_the_providers_own_generation_time(tmp_path: Path) -> None:
    options = KlingOptions(painter="copy", min_seconds=SECONDS, max_seconds=SECONDS)
    async with running_engine(tmp_path, kling=options) as here:
        job = await here.until_over(await here.ask())

    assert job.generation == Generation(seconds=pytest.approx(SECONDS, abs=1.1), censored=False)


async def test_source_that_cannot_be_fetched_fails_after_four_tries(tmp_path: Path) -> None:
    nowhere = Source(url="http://127.0.0.1:9/cat.png", name="cat.png")
    async with running_engine(tmp_path) as here:
        asked_at = here.clock.now()
        job = await here.until_over(await here.ask(a_request(source=nowhere)))
        took = here.clock.now() - asked_at

    assert (job.state, job.given_back) == (State.FAILED, True)
    assert (FETCH_TRIES - 1) * FETCH_EVERY_S <= took < 2 * FETCH_TRIES * FETCH_EVERY_S
    assert here.kling.book.tasks == {}


def deducts_at_once(here: EngineHarness, units: float) -> None:
    """Make the provider answer a submission with the task's end and its deduction."""

    def reshape(answer: dict[str, Any]) -> dict[str, Any]:
        data = answer["data"] | {"task_status": "failed", "task_status_msg": "cannot"}
        return answer | {"data": data | {"final_unit_deduction": units}}

    here.kling.api.flavour = replace(here.kling.api.flavour, submitted=reshape)


async def test_refused_submission_stores_the_units_it_cost(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        deducts_at_once(here, 8)
        job = await here.until_over(await here.ask())

    assert (job.state, job.deduction) == (State.FAILED, 8.0)


class CancellingChannel(Channel):
    """Cancels a waiting job as soon as the queue position of another is shown."""

    def __init__(self, here: EngineHarness) -> None:
        super().__init__()
        self.here, self.others = here, set[str]()
        self.cancelled: str | None = None

    async def update_progress(self, job: Job, progress: Progress) -> None:
        await super().update_progress(job, progress)
        self.others.discard(job.id)
        if progress.phase == "queued" and self.cancelled is None:
            self.cancelled = max(self.others)
            now, outcome = self.here.clock.now(), Outcome(key="cancelled")
            assert await self.here.store.shelf.cancel(self.cancelled, outcome=outcome, now=now)


async def test_queue_position_is_not_shown_to_a_job_that_left_the_queue(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1)) as here:
        channel = CancellingChannel(here)
        await here.restart(delivery=channel)
        jobs = [await here.ask(a_request(user_id=user)) for user in range(1, 4)]
        channel.others = {job.id for job in jobs[1:]}
        await here.until(lambda: channel.cancelled is not None)
        for job in jobs[:2]:
            await here.until_row(job, lambda row: row.state is State.DELIVERED)

    assert channel.cancelled == jobs[2].id
    assert channel.cancelled not in {job_id for job_id, _ in channel.shown}
