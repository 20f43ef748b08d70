"""Incomplete and altered task lists never cause a second payment; look-up by our id fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.models import Job, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.lost_answers import start_other_task
from tests.support.provider_refusals import SUBMIT
from tests.support.requests import a_request

LISTS = KlingOptions(
    painter="copy", flavour="lists-only", takes_repeats=True, min_seconds=4, max_seconds=4
)
"""Shows tasks in its list alone, and makes a second task under a known external id."""

BENDS: tuple[dict[str, Any], ...] = (
    {"show": "finished"},
    {"show": "unfinished"},
    {"latest": 1},
    {"latest": 2},
    {"lag": 30},
    {"lag": 3600},
    {"ids": "rewritten"},
    {"ids": "left out"},
    {"text": True},
    {"show": "unfinished", "ids": "rewritten"},
    {"lag": 30, "text": True},
    {"latest": 1, "ids": "left out"},
)


def paid(here: EngineHarness, job: Job) -> int:
    tasks = here.kling.book.tasks.values()
    return sum(task.order.external_task_id == job.id for task in tasks)


async def later_task(here: EngineHarness, asked: Job) -> None:
    """Start another task, sent a second after the lost one."""
    await here.until_row(asked, lambda now: now.sent_at)
    here.clock.move_to(here.clock.now() + 1)
    await start_other_task(here)


@pytest.mark.parametrize("bend", BENDS, ids=str)
async def test_submission_accepted_and_left_out_of_a_list_is_paid_once(
    tmp_path: Path, bend: dict[str, Any]
) -> None:
    async with running_engine(tmp_path, kling=LISTS) as here:
        done = await here.until_over(await here.ask(a_request(user_id=7)))
        here.kling.plan.add(Rule(action="rows", method="GET", path=SUBMIT, rows=bend, times=None))
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=SUBMIT))
        asked = await here.ask()
        await later_task(here, asked)

        job = await here.until_over(asked)

        assert done.state is State.DELIVERED
        assert (paid(here, job), job.resends) == (1, 0)


async def test_submission_not_accepted_beside_a_whole_list_is_sent_again(tmp_path: Path) -> None:
    """The list shows finished tasks too: only then does it show everything."""
    async with running_engine(tmp_path, kling=LISTS) as here:
        await here.until_over(await here.ask(a_request(user_id=7)))
        here.kling.plan.add(Rule(action="drop_before", method="POST", path=SUBMIT))
        asked = await here.ask()
        await later_task(here, asked)

        job = await here.until_over(asked)

        assert (job.state, paid(here, job), job.resends) == (State.DELIVERED, 1, 1)


async def test_submission_not_accepted_beside_a_list_of_unfinished_tasks_is_unclear(
    tmp_path: Path,
) -> None:
    """A finished task of ours is missing from it, so the lost one may be finished as well."""
    async with running_engine(tmp_path, kling=LISTS) as here:
        await here.until_over(await here.ask(a_request(user_id=7)))
        rows = {"show": "unfinished"}
        here.kling.plan.add(Rule(action="rows", method="GET", path=SUBMIT, rows=rows, times=None))
        here.kling.plan.add(Rule(action="drop_before", method="POST", path=SUBMIT))
        asked = await here.ask()
        await later_task(here, asked)

        job = await here.until_over(asked)

        assert (job.state, paid(here, job), job.resends) == (State.UNCERTAIN, 0, 0)
