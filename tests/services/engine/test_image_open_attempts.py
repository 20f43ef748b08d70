"""An attempt is counted in the job's row before one of its images is opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from sandbox.faults import Rule
from services.engine import make_openings
from services.errors import ImageTooHeavy
from services.models import Job, Source, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request


async def asked_after(here: EngineHarness, deaths: int) -> Job:
    """Accept a request; opening its image has crashed the process that many times."""
    request = replace(a_request(), source=Source(url=here.picture_url, name="cat.png"))
    complete = await here.acceptance.complete(request)
    job = (await here.acceptance.accept(complete, job_id=here.acceptance.new_id())).job
    for _ in range(deaths):
        await here.store.jobs.count_opening(job.id)
    await here.acceptance.mark_acknowledged(job.id, None)
    return job


@pytest.mark.parametrize("deaths", [0, 1])
async def test_image_is_opened_again_after_one_death(tmp_path: Path, deaths: int) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await asked_after(here, deaths))
        assert job.state is State.DELIVERED
        assert await here.store.jobs.count_opening(job.id) == deaths + 1, "each try was taken back"


async def test_image_over_which_the_process_died_twice_is_refused_in_words(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await asked_after(here, 2))
        assert job.state is State.FAILED
        assert job.given_back
        assert job.outcome is not None
        assert job.outcome.key == "image_too_heavy"
        assert not here.kling.book.tasks


async def test_result_over_which_the_process_died_twice_is_posted_unopened(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_state(await asked_after(here, 0), State.RUNNING)
        for _ in range(2):
            await here.store.jobs.count_opening(job.id)
        over = await here.until_over(job)
        assert over.state is State.DELIVERED
        [(_, [result])] = here.channel.posted
        assert (result.width, result.height) > (0, 0)


@pytest.mark.parametrize(("deaths", "suffix"), [(1, ".png"), (2, ".bmp")])
async def test_result_whose_try_to_open_it_is_one_too_many_stays_as_it_came(
    tmp_path: Path, deaths: int, suffix: str
) -> None:
    """An image that the bot opens is converted."""
    Image.new("RGB", (40, 30)).save(tmp_path / "result.bmp")
    async with running_engine(tmp_path) as here:
        bmp = Rule(action="file", path="/results/", file=str(tmp_path / "result.bmp"), times=None)
        here.kling.plan.add(bmp)
        job = await here.until_state(await asked_after(here, 0), State.RUNNING)
        for _ in range(deaths):
            await here.store.jobs.count_opening(job.id)
        await here.until_over(job)
        [(_, [result])] = here.channel.posted
        assert result.path.suffix == suffix


async def test_open_attempts_are_counted_per_job(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        await asked_after(here, 2)
        other = await here.until_over(await here.ask(a_request(user_id=77)))
        assert other.state is State.DELIVERED


async def test_opening_is_written_before_it_begins_and_unwritten_after(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await here.ask())
        opening = make_openings(here.store)(job.id)
        await opening.begin()
        await opening.begin()
        with pytest.raises(ImageTooHeavy):
            await opening.begin()
        for _ in range(5):
            await opening.finish()
        assert await here.store.jobs.count_opening(job.id) == 1, "it never falls below none"
