"""Guards that keep a paid image from being left behind, lost or fetched for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.task_lifecycle import Fate
from services.common.durations import HOUR_S
from services.engine import EngineConfig, fetch_images
from services.models import Job, State
from tests.services.engine.test_fetch_images import (
    DOWN,
    GONE,
    MINUTE_S,
    RESULT,
    SECOND,
    FailingClient,
    away,
    phases,
    used,
)
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request

LOOK = r"/images/generations/."
FIRST = r"/results/.*0\.png$"


async def after(here: EngineHarness, job: Job, tries: int) -> Job:
    """Wait until the images have been fetched this many times without success."""
    return await here.until_row(job, lambda row: row.fetch_tries >= tries)


# Our own disk


async def test_fetch_after_many_tries_leaves_no_image_to_a_full_disk(tmp_path: Path) -> None:
    """The bot gives up an image after eight attempts, unless only disk space is missing."""
    async with running_engine(tmp_path) as here:
        rule = away(here)
        job = await here.ask(a_request(count=2))
        await after(here, job, fetch_images.PART_TRIES + 1)
        until = here.clock.now() + 3 * HOUR_S
        await here.restart(kling=FailingClient(here, until=until, only="1.png", at_home=True))
        here.kling.plan.rules.remove(rule)

        job = await here.until_over(job)

        [(_, results)] = here.channel.posted
        assert (len(results), job.refunded_units) == (2, 0)


async def test_fetch_of_a_page_and_a_full_disk_waits_for_the_disk(tmp_path: Path) -> None:
    """If one image is a page and the disk is full for the other, the job never ends."""
    async with running_engine(tmp_path) as here:
        away(here, {"action": "garbage"}, path=FIRST)
        until = here.clock.now() + 30 * HOUR_S
        await here.restart(kling=FailingClient(here, until=until, only="1.png", at_home=True))

        job = await here.until_over(await here.ask(a_request(count=2)))

        [(_, results)] = here.channel.posted
        assert (job.state, len(results), job.refunded_units) == (State.DELIVERED, 1, 1)
        assert here.clock.now() - until > 5 * MINUTE_S, "the page had five tries of its own"


# Hosts that cannot be resolved or reached


@pytest.mark.parametrize(
    "reason", ["ClientConnectorDNSError", "ClientConnectorError"], ids=["no name", "no way"]
)
async def test_fetch_from_a_host_that_comes_back_after_hours_is_delivered(
    tmp_path: Path, reason: str
) -> None:
    async with running_engine(tmp_path) as here:
        until = here.clock.now() + 5 * HOUR_S
        client = FailingClient(here, until=until, words=reason)
        await here.restart(kling=client)

        job = await here.until_over(await here.ask())

        assert (job.state, job.unusable_tries) == (State.DELIVERED, 0)
        assert here.clock.now() - until < 1.2 * HOUR_S
        assert any(reason in words for words in here.channel.reasons)


# How often


async def test_fetch_gives_one_page_among_images_five_tries_in_ten_minutes(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        rule = away(here, {"action": "garbage"}, path=SECOND)

        job = await here.until_over(await here.ask(a_request(count=2)))

        [(posted, _)] = here.channel.posted
        assert (posted.refunded_units, rule.met) == (1, 5)
        assert 8 * MINUTE_S < here.clock.now() - (job.generated_at or 0) <= 10 * MINUTE_S


async def test_fetch_does_not_count_earlier_pages_for_an_unreachable_image(tmp_path: Path) -> None:
    """Four pages, then a host that is down: the image has eight attempts in all."""
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(Rule(action="garbage", path=SECOND, times=4))
        here.kling.plan.add(Rule(**DOWN, path=SECOND, times=4))

        job = await here.until_over(await here.ask(a_request(count=2)))

        [(_, results)] = here.channel.posted
        assert (len(results), job.refunded_units) == (2, 0)


async def test_fetch_tries_one_unreachable_image_eight_times_more(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path) as here:
        away(here, GONE, path=SECOND)

        job = await here.until_over(await here.ask(a_request(count=2)))

        assert job.fetch_tries == fetch_images.PART_TRIES
        assert job.refunded_units == 1


async def test_fetch_of_a_page_and_an_unreachable_image_ends_neither_early(
    tmp_path: Path,
) -> None:
    """Five bad pages end a job only if nothing else keeps its images from being fetched."""
    async with running_engine(tmp_path) as here:
        away(here, {"action": "garbage"}, path=FIRST)
        away(here, DOWN, path=SECOND)
        asked = await here.ask(a_request(count=2))
        await here.until(lambda: here.clock.now() - asked.created_at > 5 * HOUR_S)
        here.kling.plan.clear()

        job = await here.until_over(asked)

        assert (job.state, job.refunded_units) == (State.DELIVERED, 0)


async def test_fetch_of_links_that_come_and_go_counts_no_page(tmp_path: Path) -> None:
    """Four pages, hours out of reach, four pages more: never five pages in a row."""
    async with running_engine(tmp_path) as here:
        rule = away(here, DOWN)
        job = await after(here, await here.ask(), 6)
        assert job.unusable_tries == 0
        here.kling.plan.rules.remove(rule)
        here.kling.plan.add(Rule(action="garbage", path=RESULT, times=4))

        assert (await here.until_over(job)).state is State.DELIVERED


# Bytes


async def test_fetch_starts_no_image_beyond_the_daily_bytes(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        client = FailingClient(here, until=1e18, received=300 * 1024**2, unusable=True)
        await here.restart(kling=client)

        job = await here.until_over(await here.ask(a_request(count=9)))

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert len(client.tries) == 4, "1,200 MiB, and nothing more in what follows"


async def test_fetch_of_large_pages_ends_in_ten_minutes_all_the_same(tmp_path: Path) -> None:
    """A response that is no image is not retried on another day."""
    async with running_engine(tmp_path) as here:
        await here.restart(kling=FailingClient(here, until=1e18, received=1024**3, unusable=True))

        job = await here.until_over(await here.ask())

        assert job.state is State.FAILED
        assert here.clock.now() - (job.generated_at or 0) <= 10 * MINUTE_S


async def test_fetch_counts_the_bytes_of_tries_that_failed(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        away(here, {"action": "garbage", "body": "x" * 5_000})
        job = await after(here, await here.ask(), 2)

        assert job.fetched_bytes == 2 * 5_000


async def test_fetch_has_new_bytes_each_day(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(give_up_s=80 * HOUR_S)) as here:
        began = here.clock.now()
        client = FailingClient(here, until=began + 30 * HOUR_S, received=1024**3)
        await here.restart(kling=client)

        job = await here.until_over(await here.ask())

        assert job.state is State.DELIVERED
        assert here.clock.now() - began == pytest.approx(48 * HOUR_S, abs=HOUR_S)


# Where images are stored


async def test_fetch_after_a_restart_loses_no_image_that_came(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        rule = away(here, DOWN, path=SECOND)
        job = await after(here, await here.ask(a_request(count=2)), 3)
        await here.restart()
        here.kling.plan.rules.remove(rule)

        job = await here.until_over(job)

        [(_, results)] = here.channel.posted
        assert (len(results), job.refunded_units) == (2, 0)


async def test_fetch_brings_an_image_again_whose_file_is_gone(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        rule = away(here, DOWN, path=SECOND)
        job = await after(here, await here.ask(a_request(count=2)), 2)
        for path in here.parts.sources.folder(job.id).glob(f"{job.id}_1.*"):
            path.unlink()
        here.kling.plan.rules.remove(rule)

        job = await here.until_over(job)

        [(_, results)] = here.channel.posted
        assert (len(results), job.refunded_units) == (2, 0)
        assert all(result.path.is_file() for result in results)


async def test_fetch_without_a_task_retries_the_link_itself(tmp_path: Path) -> None:
    synchronous = KlingOptions(painter="copy", flavour="synchronous")
    async with running_engine(tmp_path, kling=synchronous) as here:
        rule = away(here)
        job = await after(here, await here.ask(), 3)
        here.kling.plan.rules.remove(rule)

        assert (await here.until_over(job)).state is State.DELIVERED


async def test_fetch_stops_at_ten_images(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.api.life.ordain(Fate(images=14))
        rule = here.kling.plan.add(Rule(action="status", path=RESULT, after=10**9))

        await here.until_over(await here.ask())

        assert rule.met == fetch_images.MOST_IMAGES


# The job's message


async def test_slow_fetch_shows_generated(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(Rule(action="slow", path=RESULT, seconds=8.0))
        job = await here.until_over(await here.ask())

        assert phases(here, job) == ["painting", "generated"]


async def test_quick_fetch_shows_nothing(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await here.ask())

        assert phases(here, job) == ["painting"]


async def test_lost_job_is_refunded(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(give_up_s=HOUR_S)) as here:
        away(here)
        await here.until_over(await here.ask(a_request(count=3)))

        assert await used(here) == 0
