"""Attempts to have one request paid twice, or to lose what was paid for."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options
from sandbox.kling.task_lifecycle import Fate
from services.common.durations import MINUTE_S
from services.kling import ImageGeneration
from services.models import Job, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.lost_answers import start_other_task
from tests.support.provider_refusals import SUBMIT, refusal_rule
from tests.support.requests import a_request

POLL = r"/images/generations/"
GENEROUS = Options(painter="copy", takes_repeats=True)
"""Makes a task of every submission, even with an id that it has already."""

AMBIGUOUS = {
    "Java time-out": (
        500,
        {"code": "internal_error", "message": "java.util.concurrent.TimeoutException"},
    ),
    "Java wrapped": (
        502,
        {
            "error": {
                "message": "java.util.concurrent.ExecutionException: read",
                "type": "upstream",
            }
        },
    ),
    "concurrent change": (
        500,
        {"code": "server_error", "message": "ConcurrentModificationException"},
    ),
    "request time-out": (408, {"error": {"message": "Request timed out", "type": "timeout"}}),
    "client closed": (499, {"error": {"message": "context canceled", "type": "new_api_error"}}),
    "conflict": (409, {"error": {"message": "request is in progress", "type": "conflict"}}),
    "time-out, 200": (200, {"code": "upstream_error", "message": "upstream request timeout"}),
    "deadline, 400": (400, {"code": "do_request_failed", "message": "context deadline exceeded"}),
    "slots timed out": (
        429,
        {"code": "upstream_error", "message": "timeout waiting for a concurrent worker"},
    ),
    "concurrent maps": (500, {"code": "panic", "message": "fatal error: concurrent map writes"}),
    "load balancer": (503, {"error": {"message": "load balancer: no backend", "type": "gateway"}}),
    "capacity": (503, {"code": "upstream_error", "message": "insufficient capacity"}),
    "constraint": (
        500,
        {"code": "db_error", "message": 'duplicate key violates unique constraint "tasks_key"'},
    ),
    "time-out in Chinese": (400, {"code": "upstream_error", "message": "上游请求超时"}),
    "see other": (303, {"error": {"message": "see other", "type": "redirect"}}),
    "failed by a bare id": (
        200,
        {"id": "req-1", "status": "error", "message": "concurrency of the upstream"},
    ),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_submission_whose_answer_leaves_it_open_is_looked_up(
    tmp_path: Path, name: str
) -> None:
    """The task was accepted: a second submission would cost twice, giving up would lose it."""
    status, body = AMBIGUOUS[name]
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        here.kling.plan.add(
            Rule(
                action="status",
                method="POST",
                path=SUBMIT,
                status=status,
                body=body,
                processed=True,
            )
        )

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)
        assert here.clock.now() - job.created_at < MINUTE_S, "it is asked for at once"


@pytest.mark.parametrize("status", [400, 409])
async def test_submission_refused_as_a_repeat_is_looked_up_at_once(
    tmp_path: Path, status: int
) -> None:
    """The answer to an earlier attempt was lost at a proxy, which repeated it by itself."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        again = refusal_rule(status, 1201, "external_task_id already exists", processed=True)
        here.kling.plan.add(again)

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)
        assert here.clock.now() - job.created_at < MINUTE_S


FOREIGN_FAILURES = {
    "bare id": {"id": "req-1", "status": "error", "message": "too many concurrent requests"},
    "bare id, link": {"id": "req-1", "status": "failed", "message": "image url is unreachable"},
}


@pytest.mark.parametrize("name", FOREIGN_FAILURES)
async def test_poll_answered_with_another_failure_ends_nothing(tmp_path: Path, name: str) -> None:
    """A failure for lack of a slot makes the job be sent again, so it has to be the job's own."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        body = FOREIGN_FAILURES[name]
        here.kling.plan.add(
            Rule(action="status", method="GET", path=POLL, status=200, body=body, times=2)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)


@pytest.mark.parametrize("word", ["failed", "succeed"])
async def test_poll_answered_with_another_jobs_task_is_no_answer(tmp_path: Path, word: str) -> None:
    """Otherwise its failure would send this job again, its images would go to the wrong user."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        other = await start_other_task(here, a_request(user_id=98))
        images = [{"index": 0, "url": f"{here.kling.url}/results/others.png"}]
        data = {
            "task_id": other.task_id,
            "task_status": word,
            "task_status_msg": "parallel task over resource pack limit",
            "task_result": {"images": images if word == "succeed" else []},
        }
        job = await here.until_state(await here.ask(), State.RUNNING)
        path = f"{POLL}{job.task_id}$"
        body = {"code": 0, "data": data}
        here.kling.plan.add(
            Rule(action="status", method="GET", path=path, status=200, body=body, times=2)
        )

        job = await here.until_over(job)

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 2)
        assert job.fetch_tries == 0


async def test_look_up_answered_with_another_jobs_task_is_no_find(tmp_path: Path) -> None:
    """A gateway that ignores the id and shows the newest task would mix up users' images."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        other = await start_other_task(here, a_request(user_id=98))
        newest = {"code": 0, "data": {"task_id": other.task_id, "task_status": "processing"}}
        by_our_id = f"{POLL}(?!{other.task_id}$)"
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=SUBMIT))
        here.kling.plan.add(
            Rule(action="status", method="GET", path=by_our_id, status=200, body=newest)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, job.task_id != other.task_id) == (State.DELIVERED, True)


async def test_restored_job_that_waited_without_a_slot_is_asked_for_before_it_is_sent(
    tmp_path: Path,
) -> None:
    """The submission was blocked before the backup, and sent and paid after it."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        await here.engine.drain(0.0)
        asked, now = await here.ask(), here.clock.now()
        await here.store.jobs.fetch_due(now=now, lease_s=0.0, units=9, per_user=1)
        await here.store.jobs.wait_without_slot(asked.id, next_at=now, tries=1)
        await here.client.submit(
            ImageGeneration(
                model="kling-v3", prompt="a cat", external_task_id=asked.external_task_id
            )
        )
        await here.store.jobs.mark_sent(asked.id, now=here.clock.now())  # as `restore` does

        await here.restart()
        job = await here.until_over(asked)

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)


NO_SLOT = "parallel task over resource pack limit"


async def restored_before_its_task_failed(here: EngineHarness) -> Job:
    """Bring a job to `running` as a backup has it; its task fails later for lack of a slot."""
    here.kling.api.life.ordain(Fate(seconds=30.0, reason=NO_SLOT))
    job = await here.until_state(await here.ask(), State.RUNNING)
    await here.store.notes.put("restored_until", str(here.clock.now() + 1.0))
    return job


async def paid_after_the_copy(
    here: EngineHarness, job: Job, number: int, fate: Fate | None = None
) -> None:
    """Submit the job's next attempt as the bot did after the backup was made."""
    if fate is not None:
        here.kling.api.life.ordain(fate)
    await here.client.submit(
        ImageGeneration(model="kling-v3", prompt="a cat", external_task_id=f"{job.id}-{number}")
    )


@pytest.mark.parametrize("attempts", [1, 2, 3])
async def test_restored_running_job_whose_next_attempts_were_paid_is_not_paid_again(
    tmp_path: Path, attempts: int
) -> None:
    """The backup does not contain the attempts that followed the one without a slot."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        job = await restored_before_its_task_failed(here)
        for number in range(1, attempts):
            await paid_after_the_copy(here, job, number, Fate(seconds=1.0, reason=NO_SLOT))
        await paid_after_the_copy(here, job, attempts)
        await start_other_task(here)
        sent = len(here.kling.book.tasks)

        job = await here.until_over(job)

        assert (job.state, job.attempt) == (State.DELIVERED, attempts)
        assert len(here.kling.book.tasks) == sent


async def test_restored_running_job_whose_next_attempt_is_proven_absent_is_sent(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        job = await restored_before_its_task_failed(here)
        job = await here.until_row(job, lambda now: now.attempt)
        await start_other_task(here)

        job = await here.until_over(job)

        assert (job.state, job.attempt, job.resends) == (State.DELIVERED, 1, 1)
        assert len(here.kling.book.tasks) == 3


async def test_restored_running_job_is_not_sent_by_a_control_from_before_its_claim(
    tmp_path: Path,
) -> None:
    """Its lost submission may be later than that task, so the task proves nothing."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        job = await restored_before_its_task_failed(here)
        await start_other_task(here)

        job = await here.until_over(job)

        assert (job.state, job.given_back) == (State.UNCERTAIN, True)
        assert len(here.kling.book.tasks) == 2


async def test_job_sent_after_the_restore_is_sent_again_without_a_slot_as_usual(
    tmp_path: Path,
) -> None:
    """Its submission is younger than the restore, so no later attempt can exist."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        await here.store.notes.put("restored_until", str(here.clock.now() - 1.0))
        here.kling.api.life.ordain(Fate(seconds=30.0, reason=NO_SLOT))

        job = await here.until_over(await here.ask())

        assert (job.state, job.attempt, job.resends) == (State.DELIVERED, 1, 0)
        assert len(here.kling.book.tasks) == 2
