"""KLING_GIVE_UP passes while the bot is down: tasks paid for are polled once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.task_lifecycle import Fate
from services.common.durations import HOUR_S
from services.engine import EngineConfig
from services.engine.batch_poll import LEAST
from services.models import Job, State
from tests.services.engine.test_fetch_images import DOWN, GONE, MINUTE_S, away, generated
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request

SLOW = KlingOptions(painter="copy", min_seconds=HOUR_S, max_seconds=HOUR_S)
ENDLESS = KlingOptions(painter="copy", min_seconds=90 * HOUR_S, max_seconds=90 * HOUR_S)
LOOK = r"/images/generations/."


async def is_down(here: EngineHarness, seconds: float = 30 * HOUR_S) -> None:
    """Stop the bot, and start it again after that time."""
    await here.engine.drain(0.0)
    here.clock.move_to(here.clock.now() + seconds)
    await here.restart()


async def running(here: EngineHarness, count: int = 1) -> Job:
    """Submit a request, and wait until its task runs."""
    return await here.until_state(await here.ask(a_request(count=count)), State.RUNNING)


def polls(here: EngineHarness) -> Rule:
    """Count polls, and change none."""
    return here.kling.plan.add(Rule(action="status", method="GET", path=LOOK, after=10**9))


async def test_task_done_during_30_h_of_downtime_is_delivered(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path, kling=SLOW) as here:
        job = await running(here)
        await is_down(here)

        job = await here.until_over(job)

        assert (job.state, job.given_back, job.late) == (State.DELIVERED, False, False)
        assert [bool(task.billed) for task in here.kling.book.tasks.values()] == [True]


async def test_stale_list_expires_no_overdue_job(tmp_path: Path) -> None:
    """Enough tasks for one list call to ask for them all."""
    rules = EngineConfig(concurrency=20, user_running=20)
    async with running_engine(tmp_path, kling=SLOW, rules=rules) as here:
        await here.store_capabilities(external_id=True, lists=True)
        jobs = [await here.ask(a_request(user_id=user)) for user in range(LEAST)]
        jobs = [await here.until_state(job, State.RUNNING) for job in jobs]
        rows = [
            {"task_id": job.task_id, "task_status": "processing", "created_at": 1} for job in jobs
        ]
        body = {"code": 0, "data": rows}
        path = r"/images/generations$"
        stale = Rule(action="status", method="GET", path=path, status=200, body=body, times=None)
        here.kling.plan.add(stale)
        await is_down(here)

        assert {(await here.until_over(job)).state for job in jobs} == {State.DELIVERED}
        assert stale.met > 0


async def test_task_failed_during_downtime_is_reported_as_failed(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SLOW) as here:
        here.kling.api.life.ordain(Fate(reason="Internal error"))
        job = await running(here)
        await is_down(here)

        job = await here.until_over(job)

        assert (job.state, job.given_back) == (State.FAILED, True)


async def test_task_still_running_after_downtime_expires_after_one_poll(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=ENDLESS) as here:
        job = await running(here)
        rule = polls(here)
        await is_down(here)

        job = await here.until_over(job)

        assert (job.state, job.given_back) == (State.EXPIRED, True)
        assert job.outcome is not None
        assert job.outcome.key == "expired"
        assert rule.met == 1


@pytest.mark.parametrize(
    ("times", "state"), [(3, State.DELIVERED), (None, State.EXPIRED)], ids=["for 14 s", "for good"]
)
async def test_provider_unreachable_at_the_start_is_polled_for_a_minute(
    tmp_path: Path, times: int | None, state: State
) -> None:
    """The network of a computer that has just started is often not there yet."""
    async with running_engine(tmp_path, kling=SLOW) as here:
        job = await running(here)
        rule = Rule(action="status", method="GET", path=LOOK, status=502, times=times)
        here.kling.plan.add(rule)
        await is_down(here)
        back_at = here.clock.now()

        job = await here.until_over(job)

        assert job.state is state
        assert times is not None or rule.met == 7
        assert here.clock.now() - back_at < 3 * MINUTE_S


async def test_task_denied_at_its_last_poll_expires(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SLOW) as here:
        job = await running(here)
        body = {"code": 1203, "message": "task not found", "request_id": "r"}
        rule = Rule(action="status", method="GET", path=LOOK, status=404, body=body, times=None)
        here.kling.plan.add(rule)
        await is_down(here)

        assert (await here.until_over(job)).state is State.EXPIRED


@pytest.mark.parametrize("fault", [GONE, DOWN], ids=["404", "503"])
async def test_results_unreachable_before_and_after_30_h_are_delivered(
    tmp_path: Path, fault: dict[str, object]
) -> None:
    async with running_engine(tmp_path) as here:
        rule = away(here, fault)
        job = await generated(here, await here.ask())
        rule.times = rule.met + 4
        await is_down(here)

        job = await here.until_over(job)

        assert (job.state, job.given_back) == (State.DELIVERED, False)


async def test_results_still_unreachable_after_30_h_are_given_up_in_minutes(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path) as here:
        away(here)
        job = await generated(here, await here.ask())
        await is_down(here)
        back_at = here.clock.now()
        said = len(here.channel.shown)

        job = await here.until_over(job)

        assert job.outcome is not None
        assert (job.state, job.outcome.key) == (State.EXPIRED, "not_fetched")
        assert here.clock.now() - back_at < 5 * MINUTE_S
        assert len(here.channel.shown) == said, "its message says until when; that is over"


async def test_synchronous_answer_is_fetched_after_30_h(tmp_path: Path) -> None:
    """Its addresses are in the row; there may be no task to poll."""
    synchronous = KlingOptions(painter="copy", flavour="synchronous")
    async with running_engine(tmp_path, kling=synchronous) as here:
        rule = away(here)
        job = await generated(here, await here.ask())
        here.kling.plan.rules.remove(rule)
        await is_down(here)

        assert (await here.until_over(job)).state is State.DELIVERED
