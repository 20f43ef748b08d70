"""A running task that the provider denies: kept, refunded after long, delivered if found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.task_lifecycle import Fate
from services.engine import EngineConfig
from services.engine.poll import UNKNOWN_EVERY_S, UNKNOWN_FOR_S, UNKNOWN_POLLS
from services.models import Job, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.lost_answers import start_other_task
from tests.support.requests import a_request

LONG = KlingOptions(painter="copy", min_seconds=300, max_seconds=300)
DENIAL = {"code": 1203, "message": "task not found", "request_id": "r"}
ROOM = EngineConfig(user_running=1, concurrency=2)


def denies(task_id: str | None, *, times: int | None, **how: Any) -> Rule:
    """Return a rule that denies one task by its own id."""
    answer = {"status": 404, "body": DENIAL, "action": "status", **how}
    return Rule(method="GET", path=f"/images/generations/{task_id}$", times=times, **answer)


def phases(here: EngineHarness, job: Job) -> list[str]:
    return [progress.phase for job_id, progress in here.channel.shown if job_id == job.id]


async def denied(here: EngineHarness, *, times: int | None = None, **how: Any) -> tuple[Job, Rule]:
    """Run a task and a later one, then make the provider deny the first."""
    job = await here.until_state(await here.ask(), State.RUNNING)
    here.clock.move_to(here.clock.now() + 1)
    await start_other_task(here)
    return job, here.kling.plan.add(denies(job.task_id, times=times, **how))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"action": "garbage"},
        {"action": "garbage", "status": 404},
        {"body": "404 page not found"},
        {"body": {"message": "Not Found", "code": 0}},
        {"status": 200, "body": {"status": "error", "message": "upstream down"}},
        {"status": 200, "body": {"code": 0, "data": {"status": "failed"}}},
        {"status": 400, "body": {"code": 1301, "message": "trigger strategy", "request_id": "r"}},
        {"status": 403, "body": {"message": "content policy violation"}},
    ],
)
async def test_poll_single_odd_answer_while_running_ends_nothing(
    tmp_path: Path, answer: dict[str, Any]
) -> None:
    async with running_engine(tmp_path, kling=LONG) as here:
        asked, rule = await denied(here, times=1, **answer)

        job = await here.until_over(asked)

        assert (job.state, job.given_back, rule.met > 0) == (State.DELIVERED, False, True)
        assert "unknown" not in phases(here, job)


async def test_poll_task_unknown_for_long_refunds_and_goes_on(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=LONG, rules=ROOM) as here:
        asked, rule = await denied(here)

        job = await here.until_row(asked, lambda now: now.given_back)

        assert (job.state, job.holds_slot) == (State.RUNNING, False)
        assert job.unknown_polls >= UNKNOWN_POLLS
        assert job.unknown_since is not None
        assert here.clock.now() - job.unknown_since >= UNKNOWN_FOR_S
        assert phases(here, job)[-1] == "unknown"
        assert "task_unknown" in here.channel.alerts
        met, at = rule.met, here.clock.now()
        await here.until(lambda: rule.met > met + 1)
        assert here.clock.now() - at >= UNKNOWN_EVERY_S - 1

        rule.times = 0
        found = await here.until_over(asked)

        assert (found.state, found.given_back) == (State.DELIVERED, True)
        assert len(here.kling.book.tasks) == 2


async def test_poll_refunded_task_lets_its_member_ask_again(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=LONG, rules=ROOM) as here:
        asked, _ = await denied(here)
        await here.until_row(asked, lambda now: now.given_back)

        again = await here.until_over(await here.ask())

        assert again.state is State.DELIVERED


async def test_poll_task_denied_until_the_end_expires_refunded(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=LONG, rules=EngineConfig(give_up_s=4 * 3600)) as here:
        asked, _ = await denied(here)

        job = await here.until_over(asked)

        assert (job.state, job.given_back) == (State.EXPIRED, True)
        assert here.clock.now() - job.created_at >= 4 * 3600


async def test_poll_denials_without_a_control_refund_nothing(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=LONG) as here:
        job = await here.until_state(await here.ask(), State.RUNNING)
        rule = here.kling.plan.add(denies(job.task_id, times=12))

        job = await here.until_over(job)

        assert (job.state, job.given_back, job.unknown_polls) == (State.DELIVERED, False, 0)
        assert rule.met > 12
        assert here.clock.now() - job.created_at > UNKNOWN_FOR_S


async def test_poll_pages_in_place_of_the_task_refund_nothing(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=LONG) as here:
        asked, rule = await denied(here, times=12, body="404 page not found")

        job = await here.until_over(asked)

        assert (job.state, job.given_back, job.unknown_polls) == (State.DELIVERED, False, 0)
        assert rule.met > 12


async def test_poll_task_shown_in_between_restarts_the_count(tmp_path: Path) -> None:
    very_long = KlingOptions(painter="copy", min_seconds=3000, max_seconds=3000)
    async with running_engine(tmp_path, kling=very_long) as here:
        asked, rule = await denied(here, times=2 * (UNKNOWN_POLLS - 1))
        counted = await here.until_row(asked, lambda now: now.unknown_polls == UNKNOWN_POLLS - 1)
        assert not counted.given_back

        shown = await here.until_row(asked, lambda now: now.unknown_polls == 0)

        assert (shown.unknown_since, shown.given_back) == (None, False)
        assert rule.met >= UNKNOWN_POLLS - 1


async def test_poll_verdict_that_is_repeated_ends_the_job(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=LONG) as here:
        body = {"code": 1301, "message": "trigger strategy", "request_id": "r"}
        asked, _ = await denied(here, times=2, status=400, body=body)

        job = await here.until_over(asked)

        assert (job.state, job.given_back) == (State.REFUSED, True)


async def test_poll_found_after_uncertain_and_failed_for_want_of_a_slot_is_not_made_again(
    tmp_path: Path,
) -> None:
    """Its units were refunded: a second task would be free."""
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(Rule(action="drop_after", method="POST", path="/generations$"))
        outage = here.kling.plan.add(Rule(action="status", method="GET", status=502, times=None))
        here.kling.api.life.ordain(Fate(reason="parallel task over resource pack limit"))
        lost = await here.until_over(await here.ask())
        assert (lost.state, lost.given_back) == (State.UNCERTAIN, True)

        here.kling.plan.rules.remove(outage)
        job = await here.until_row(lost, lambda now: now.state is State.FAILED and now.told_at)

        assert (job.given_back, job.attempt) == (True, 0)
        assert len(here.kling.book.tasks) == 1


async def test_search_for_a_lost_task_ends_at_give_up(tmp_path: Path) -> None:
    forgetful = KlingOptions(painter="copy", flavour="forgetful")
    async with running_engine(
        tmp_path, kling=forgetful, rules=EngineConfig(give_up_s=3 * 3600)
    ) as here:
        here.kling.plan.add(Rule(action="drop_after", method="POST", path="/generations$"))
        looks = here.kling.plan.add(Rule(action="status", method="GET", after=10**9))
        lost = await here.until_over(await here.ask(a_request()))

        await here.until(lambda: here.clock.now() - lost.created_at > 3600)
        assert not await here.store.jobs.is_over(lost.id)
        await here.until(lambda: here.clock.now() - lost.created_at > 3 * 3600 + 1300)
        met = looks.met
        await here.until(lambda: here.clock.now() - lost.created_at > 5 * 3600)

        assert await here.store.jobs.is_over(lost.id)
        assert looks.met == met > 10
