"""A job's cost: the list price from acceptance on, then the provider's reported deduction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.models import State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request
from tests.support.sqlite import thread_of

LIST_PRICE = 28_000
"""Micro-dollars of one image of kling-v3: 8 billing units of 0.0035 USD."""


async def charged(here: EngineHarness) -> int:
    thread = thread_of(here.store)
    query = "SELECT SUM(charged_micro) FROM job"
    return await thread.run(lambda: thread.db.execute(query).fetchone()[0])


async def test_cost_at_acceptance_is_the_list_price(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        await here.ask(a_request(count=3))

        assert await charged(here) == 3 * LIST_PRICE


async def test_cost_after_the_job_is_the_providers_deduction(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await here.ask(a_request(count=2)))

        thread = thread_of(here.store)
        row = await thread.run(lambda: dict(next(thread.db["job"].rows)))
        assert job.state is State.DELIVERED
        [task] = here.kling.book.tasks.values()
        assert row["deduction"] == float(task.billed) > 0
        assert row["cost_micro"] == row["charged_micro"] == float(task.billed) * 3_500


async def test_cost_of_a_failed_task_is_zero(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await here.ask(a_request(prompt="something forbidden")))

        assert job.given_back
        assert await charged(here) == 0


def deducts(here: EngineHarness, figure: object) -> None:
    """Make the provider report this deduction for the finished task."""

    def reshape(answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"data": answer["data"] | {"final_unit_deduction": figure}}

    here.kling.api.flavour = replace(here.kling.api.flavour, queried=reshape)


@pytest.mark.parametrize(
    "figure",
    [1e300, "1e300", 10**30, -1e8, "-100000000", -0.5, 81, "81", "99999999999999999999"],
)
async def test_cost_with_an_implausible_deduction_is_the_list_price(
    tmp_path: Path, figure: object
) -> None:
    async with running_engine(tmp_path) as here:
        deducts(here, figure)
        job = await here.until_over(await here.ask())

        assert (job.state, job.deduction) == (State.DELIVERED, None)
        assert await charged(here) == LIST_PRICE


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), float("-inf")])
async def test_job_with_an_invalid_deduction_is_delivered(tmp_path: Path, figure: float) -> None:
    async with running_engine(tmp_path) as here:
        deducts(here, figure)
        job = await here.until_over(await here.ask())

        assert (job.state, job.deduction) == (State.DELIVERED, None)


@pytest.mark.parametrize(("figure", "units"), [(0, 0), ("0", 0), (80, 80), ("7.5", 7.5)])
async def test_cost_with_a_deduction_up_to_ten_times_the_estimate_is_stored(
    tmp_path: Path, figure: object, units: float
) -> None:
    async with running_engine(tmp_path) as here:
        deducts(here, figure)
        job = await here.until_over(await here.ask())

        assert (job.state, job.deduction) == (State.DELIVERED, units)
        assert await charged(here) == round(units * 3_500)


async def test_job_whose_cost_cannot_be_written_is_delivered(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        thread = thread_of(here.store)
        refuse = (
            "CREATE TRIGGER refuse BEFORE UPDATE OF deduction ON job"
            " BEGIN SELECT RAISE(ABORT, 'no room for costs'); END"
        )
        await thread.run(lambda: thread.db.execute(refuse))
        job = await here.until_over(await here.ask())

        assert (job.state, job.deduction) == (State.DELIVERED, None)
