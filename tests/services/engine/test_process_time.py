"""A wall clock that is set forward or back changes nothing of what a member gets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.engine.poll import UNKNOWN_FOR_S, UNKNOWN_POLLS
from services.engine.process_time import Waited
from services.engine.submit import CHECK_CAP_S, CHECK_FOR_S
from services.kling import ImageGeneration
from services.models import Job, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.lost_answers import lose_submission_answer, start_other_task
from tests.support.time import HandClock

GENEROUS = KlingOptions(painter="copy", takes_repeats=True)
LONG = KlingOptions(painter="copy", min_seconds=3000, max_seconds=3000)
DENIAL = {"code": 1203, "message": "task not found", "request_id": "r"}
OUTAGE: dict[str, Any] = {
    "action": "status",
    "method": "GET",
    "path": "/images/generations",
    "status": 502,
}


def paid(here: EngineHarness, job: Job) -> int:
    tasks = here.kling.book.tasks.values()
    return sum(task.order.external_task_id == job.id for task in tasks)


def jump(here: EngineHarness, seconds: float) -> None:
    """Set the wall clock forward, or back if negative, without letting time pass."""
    if seconds > 0:
        here.clock.set_forward(seconds)
    else:
        here.clock.set_back(-seconds)
    here.engine.wake()


@pytest.mark.parametrize("jump_s", [20.0, 60.0, 600.0])
async def test_wall_clock_set_forward_makes_no_absence_sooner(
    tmp_path: Path, jump_s: float
) -> None:
    """A submission on its way arrives after ten real seconds, though the clock says much later."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        asked = await lose_submission_answer(here)
        await start_other_task(here)
        began = here.clock.now()

        here.clock.set_forward(jump_s)
        here.engine.wake()
        await here.until(lambda: here.clock.now() >= began + jump_s + 10)
        assert (await here.job(asked.id)).resends == 0
        await here.client.submit(
            ImageGeneration(
                model="kling-v3", prompt="a cat", external_task_id=asked.external_task_id
            )
        )
        job = await here.until_over(asked)

        assert (job.state, job.resends, paid(here, job)) == (State.DELIVERED, 0, 1)


@pytest.mark.parametrize("jump_s", [-7200.0, 400.0, 7200.0])
async def test_wall_clock_that_jumps_leaves_five_minutes_to_check(
    tmp_path: Path, jump_s: float
) -> None:
    """Set forward, it ended as uncertain within a minute; set back, hours later."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        here.kling.plan.add(Rule(**OUTAGE, times=None))
        asked = await lose_submission_answer(here)

        jump(here, jump_s)
        began = here.clock.now()
        job = await here.until_over(asked)

        assert job.state is State.UNCERTAIN
        assert CHECK_FOR_S - 10 <= here.clock.now() - began <= CHECK_FOR_S + CHECK_CAP_S + 10


@pytest.mark.parametrize("jump_s", [-7200.0, 7200.0])
async def test_wall_clock_that_jumps_leaves_a_resend_allowed(tmp_path: Path, jump_s: float) -> None:
    """Set forward, the job failed though its member had waited for half a minute only."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        asked = await lose_submission_answer(here)
        await start_other_task(here)

        jump(here, jump_s)
        job = await here.until_over(asked)

        assert (job.state, job.resends, paid(here, job)) == (State.DELIVERED, 1, 1)


@pytest.mark.parametrize("jump_s", [-7200.0, 7200.0])
async def test_poll_task_unknown_while_the_clock_jumps_refunds_after_ten_minutes(
    tmp_path: Path, jump_s: float
) -> None:
    """Set forward, it was refunded within a minute; set back, it kept its slot for hours."""
    async with running_engine(tmp_path, kling=LONG) as here:
        job = await here.until_state(await here.ask(), State.RUNNING)
        here.clock.move_to(here.clock.now() + 1)
        await start_other_task(here)
        path = f"/images/generations/{job.task_id}$"
        here.kling.plan.add(
            Rule(action="status", method="GET", path=path, status=404, body=DENIAL, times=None)
        )
        await here.until_row(job, lambda now: now.unknown_polls)

        jump(here, jump_s)
        began = here.clock.now()
        job = await here.until_row(job, lambda now: now.given_back)

        assert job.unknown_polls >= UNKNOWN_POLLS
        assert UNKNOWN_FOR_S - 10 <= here.clock.now() - began <= UNKNOWN_FOR_S + 330


async def test_waits_of_many_jobs_all_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait that still runs is kept, however many there are."""
    monkeypatch.setattr("services.engine.process_time.MOST", 4)
    clock, waited = HandClock(), Waited()
    keys = [f"job {number}" for number in range(10)]
    over: list[bool] = []
    for _ in range(4):
        over = [waited.is_over(key, 60.0, clock) for key in keys]
        await asyncio.sleep(0)
        clock.move_to(clock.now() + 20.0)
        await asyncio.sleep(0)

    assert over == [True] * len(keys)
    await waited.close()
