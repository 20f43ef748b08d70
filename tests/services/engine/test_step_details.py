"""Details of the engine's steps: what each writes, shows or wakes, and when it ends."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.task_lifecycle import Fate
from services.engine import EngineConfig, Progress
from services.models import Job, State
from tests.support.engine_harness import Channel, EngineHarness, running_engine
from tests.support.provider_refusals import SUBMIT
from tests.support.requests import a_request
from tests.support.sqlite import thread_of


async def charged(here: EngineHarness) -> int:
    thread = thread_of(here.store)
    query = "SELECT SUM(charged_micro) FROM job"
    return await thread.run(lambda: thread.db.execute(query).fetchone()[0])


# --- Polls


async def test_poll_shows_that_a_task_takes_longer_before_it_is_late(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        for user in range(1, 7):
            await here.until_over(await here.ask(a_request(user_id=user)))
        here.kling.api.life.ordain(Fate(seconds=200))

        job = await here.until_over(await here.ask(a_request(user_id=50)))

        phases = [one.phase for job_id, one in here.channel.shown if job_id == job.id]
        assert job.state is State.DELIVERED
        assert phases.index("longer") < phases.index("late")
        assert "longer" not in phases[phases.index("late") :]


@pytest.mark.parametrize("status", ["succeed", "failed"])
async def test_deduction_that_comes_with_the_acceptance_is_stored(
    tmp_path: Path, status: str
) -> None:
    """A task that was over at once is not polled, so no later response names its cost."""
    async with running_engine(tmp_path) as here:
        data = {
            "task_id": "t-1",
            "task_status": status,
            "task_status_msg": "Image pixel is invalid",
            "task_result": {"images": [{"index": 0, "url": here.picture_url}]},
            "final_unit_deduction": "4",
        }
        body = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": data}
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=200, body=body)
        )
        asked = await here.ask()
        await here.until_row(asked, lambda now: now.state not in (State.QUEUED, State.SUBMITTING))
        await here.until_row(asked, lambda now: now.deduction is not None)

        assert await charged(here) == 4 * 3_500


# --- Messages


class Claiming(Channel):
    """Users' messages; when the first is edited, every other queued job is claimed."""

    def __init__(self, here: EngineHarness) -> None:
        super().__init__()
        self._here = here

    async def update_progress(self, job: Job, progress: Progress) -> None:
        await super().update_progress(job, progress)
        store, now = self._here.store, self._here.clock.now()
        if progress.phase == "queued":
            await store.jobs.fetch_due(now=now, lease_s=9.0, units=99, per_user=0)


async def test_job_that_is_claimed_while_places_are_shown_is_not_shown_as_queued(
    tmp_path: Path,
) -> None:
    kling = KlingOptions(painter="copy", min_seconds=20, max_seconds=20)
    async with running_engine(tmp_path, kling=kling, rules=EngineConfig(concurrency=1)) as here:
        channel = Claiming(here)
        await here.restart(delivery=channel)
        for user in (1, 2, 3, 4):
            await here.ask(a_request(user_id=user))

        await here.until(lambda: len(channel.posted) == 2)

        queued = [job_id for job_id, one in channel.shown if one.phase == "queued"]
        assert len(queued) == 1


# --- The database


async def test_database_that_is_away_at_the_start_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_engine(tmp_path) as here:
        await here.engine.drain(0.0)
        thread = thread_of(here.store)
        await thread.run(lambda: thread.db.execute("PRAGMA busy_timeout = 0"))
        with closing(sqlite3.connect(tmp_path / "repaint.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await here.restart()
            began = here.clock.now()
            await here.until(lambda: here.clock.now() - began > 30)
            said = [line for line in caplog.messages if "cannot be read or written" in line]
            other.execute("ROLLBACK")

        job = await here.until_over(await here.ask())

    assert (len(said), job.state) == (1, State.DELIVERED)
