"""Tasks of which some images never come; and later answers about a task that was done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.task_lifecycle import Fate
from services.common.durations import HOUR_S
from services.engine import EngineConfig
from services.models import State
from tests.services.engine.test_fetch_images import (
    DOWN,
    GONE,
    MINUTE_S,
    SECOND,
    away,
    generated,
    name_of,
    phases,
    used,
)
from tests.support.engine_harness import running_engine
from tests.support.requests import a_request

# One of several


async def test_fewer_images_than_asked_for_refund_the_others(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.api.life.ordain(Fate(images=1))
        job = await here.until_over(await here.ask(a_request(count=3)))

        assert (job.state, job.refunded_units, job.units_spent) == (State.DELIVERED, 2, 1)
        [(posted, _)] = here.channel.posted
        assert posted.refunded_units == 2
        assert await used(here) == 1


async def test_more_images_than_asked_for_refund_nothing(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.api.life.ordain(Fate(images=3))
        job = await here.until_over(await here.ask(a_request(count=2)))

        assert (job.refunded_units, await used(here)) == (0, 2)


@pytest.mark.parametrize("fault", [GONE, DOWN, {"action": "garbage"}], ids=name_of)
async def test_image_that_never_came_is_refunded_and_the_others_posted(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with running_engine(tmp_path) as here:
        away(here, fault, path=r"/results/.*0\.png$")
        asked = await here.ask(a_request(count=2))
        job = await here.until_over(asked)

        [(_, results)] = here.channel.posted
        assert [one.position for one in results] == [0]
        assert [one.path.name for one in results] == [f"{job.id}_1.png"]
        assert results[0].path.stat().st_size == results[0].size
        assert (job.state, job.refunded_units, await used(here)) == (State.DELIVERED, 1, 1)
        assert here.clock.now() - (job.generated_at or 0) < 20 * MINUTE_S


async def test_downloaded_images_are_not_fetched_again(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        first = here.kling.plan.add(Rule(action="status", path=r"0\.png$", after=10**9))
        rule = away(here, DOWN, path=SECOND)
        asked = await here.ask(a_request(count=2))
        await here.until(lambda: rule.met > 9)
        here.kling.plan.rules.remove(rule)

        job = await here.until_over(asked)

        assert (job.state, job.refunded_units) == (State.DELIVERED, 0)
        assert first.met == 1


# Later answers about a task that was done


def looks(status: str, images: Sequence[str] = (), message: str = "") -> Rule:
    """Make polls of tasks return this status and these images."""
    task = {
        "task_id": "T",
        "task_status": status,
        "task_status_msg": message,
        "task_result": {"images": [{"index": 0, "url": url} for url in images]},
    }
    body = {"code": 0, "data": task}
    path = r"/images/generations/."
    return Rule(action="status", method="GET", path=path, status=200, body=body, times=5)


@pytest.mark.parametrize(
    "rule",
    [
        looks("failed", message="Internal error"),
        looks("failed", message="parallel task over resource pack limit"),
        looks("processing"),
        looks("succeed"),
        Rule(action="status", method="GET", path=r"/images/generations/.", status=404, times=5),
        Rule(action="status", method="GET", path=r"/images/generations/.", status=502, times=5),
    ],
)
async def test_done_task_stays_done_whatever_later_polls_say(tmp_path: Path, rule: Rule) -> None:
    async with running_engine(tmp_path) as here:
        broken = away(here, DOWN)
        asked = await here.ask()
        await generated(here, asked)
        here.kling.plan.rules.remove(broken)
        rule.met = 0
        here.kling.plan.add(rule)

        job = await here.until_over(asked)

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)
        assert set(phases(here, job)) <= {"painting", "generated"}


async def test_callback_does_not_hasten_unreachable_images(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        away(here, {"action": "garbage"})
        job = await generated(here, await here.ask())

        assert not await here.store.jobs.make_due(job.id, now=here.clock.now())


async def test_job_queued_for_long_does_not_expire_while_running(
    tmp_path: Path,
) -> None:
    """KLING_GIVE_UP counts from the submission: time in the queue does not use it up."""
    long = KlingOptions(painter="copy", min_seconds=3 * HOUR_S, max_seconds=3 * HOUR_S)
    rules = EngineConfig(concurrency=1, give_up_s=4 * HOUR_S)
    async with running_engine(tmp_path, kling=long, rules=rules) as here:
        first, second = [await here.ask(a_request(user_id=user)) for user in (1, 2)]

        jobs = [await here.until_over(job) for job in (first, second)]

        assert [job.state for job in jobs] == [State.DELIVERED] * 2
        assert here.clock.now() - second.created_at > 6 * HOUR_S
