"""Round-robin order through the whole engine: one user's many jobs do not delay other users'."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.kling.options import Options as KlingOptions
from services.engine import EngineConfig
from services.errors import CountTooHigh
from services.models import Job, Request, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request


def sent(here: EngineHarness) -> list[str]:
    """Return the ids of the jobs that the provider has, in the order they came."""
    return [task.order.external_task_id for task in here.kling.book.tasks.values()]


async def asked(here: EngineHarness, request: Request) -> Job:
    """Submit a request a moment after the last one: jobs of one instant have no order."""
    here.clock.move_to(here.clock.now() + 0.01)
    return await here.ask(request)


async def begun(here: EngineHarness, job: Job) -> None:
    await here.until_state(job, State.RUNNING)


async def test_queue_of_fifty_delays_another_users_first_job_by_one(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1)) as here:
        crowd = [await asked(here, a_request(user_id=1)) for _ in range(50)]
        await begun(here, crowd[0])

        other = await asked(here, a_request(user_id=2))
        await here.until_over(other)

        assert sent(here)[:2] == [crowd[0].id, other.id]


async def test_queue_serves_later_users_in_round_robin_order(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1)) as here:
        ours = [await asked(here, a_request(user_id=1)) for _ in range(6)]
        await begun(here, ours[0])
        theirs = [await asked(here, a_request(user_id=2)) for _ in range(2)]

        await here.until_over(ours[3])

        turns = [ours[0], theirs[0], ours[1], theirs[1], ours[2], ours[3]]
        assert sent(here)[:6] == [job.id for job in turns]


async def test_queue_order_survives_a_restart(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1)) as here:
        ours = [await asked(here, a_request(user_id=1)) for _ in range(3)]
        await begun(here, ours[0])
        theirs = [await asked(here, a_request(user_id=user)) for user in (2, 3)]

        await here.restart()
        await here.until_over(ours[1])

        assert sent(here)[:4] == [job.id for job in (ours[0], *theirs, ours[1])]


async def test_job_of_nine_images_reserves_nine_units(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=9)) as here:
        nine = await asked(here, a_request(user_id=1, count=9))
        await begun(here, nine)
        one = await asked(here, a_request(user_id=2))
        usage = await here.acceptance.usage(user_id=1, guild_id=5)

        assert (here.kling.book.in_flight, usage.user) == (9, 9)
        assert (await here.job(one.id)).state is State.QUEUED
        await here.until_over(nine)
        await here.until_over(one)
        assert sent(here) == [nine.id, one.id]


async def test_units_at_the_provider_stay_within_its_slots(tmp_path: Path) -> None:
    """The provider refuses units above its slots, so an excess shows as a second attempt."""
    strict = KlingOptions(painter="copy", min_seconds=8, max_seconds=8, concurrency=5)
    async with running_engine(tmp_path, kling=strict, rules=EngineConfig(concurrency=5)) as here:
        counts = (3, 2, 5, 1, 4, 1)
        requests = [a_request(user_id=user, count=count) for user, count in enumerate(counts)]
        jobs = [await asked(here, request) for request in requests]
        for job in jobs:
            await here.until_over(job)

        assert (await here.store.providers.state()).busy_tries == 0
        assert sorted(sent(here)) == sorted(job.id for job in jobs)


@pytest.mark.parametrize(("count", "slots"), [(5, 4), (9, 8), (2, 1)])
async def test_request_above_the_concurrency_is_refused_at_acceptance(
    tmp_path: Path, count: int, slots: int
) -> None:
    async with running_engine(tmp_path) as here:
        allowance = replace(here.acceptance.allowance, concurrency=slots)
        here.acceptance.allowance = allowance

        with pytest.raises(CountTooHigh) as refusal:
            await asked(here, a_request(count=count))

        assert (refusal.value.found, refusal.value.allowed) == (count, slots)
        assert (await here.acceptance.usage(user_id=1, guild_id=5)).user == 0
