"""What a Job costs: the list price from acceptance on, then what the provider says it took."""

from __future__ import annotations

from pathlib import Path

from services.models import State
from tests.support.requests import a_request
from tests.support.sqlite import thread_of
from tests.support.works import Works, works

LIST_PRICE = 28_000
"""Micro-dollars of one image of kling-v3: 8 billing units of 0.0035 USD."""


async def charged(here: Works) -> int:
    thread = thread_of(here.store)
    query = "SELECT SUM(charged_micro) FROM job"
    return await thread.run(lambda: thread.db.execute(query).fetchone()[0])


async def test_the_list_price_is_reserved_at_acceptance(tmp_path: Path) -> None:
    async with works(tmp_path) as here:
        await here.ask(a_request(count=3))

        assert await charged(here) == 3 * LIST_PRICE


async def test_what_the_provider_took_replaces_it(tmp_path: Path) -> None:
    async with works(tmp_path) as here:
        job = await here.until_over(await here.ask(a_request(count=2)))

        thread = thread_of(here.store)
        row = await thread.run(lambda: dict(next(thread.db["job"].rows)))
        assert job.state is State.DELIVERED
        [task] = here.kling.book.tasks.values()
        assert row["deduction"] == float(task.billed) > 0
        assert row["cost_micro"] == row["charged_micro"] == float(task.billed) * 3_500


async def test_a_task_that_failed_costs_nothing(tmp_path: Path) -> None:
    async with works(tmp_path) as here:
        job = await here.until_over(await here.ask(a_request(prompt="something forbidden")))

        assert job.given_back
        assert await charged(here) == 0
