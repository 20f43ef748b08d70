"""Gateways that answer a submission with the images themselves, with and without an id."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.models import State
from tests.services.kling.conftest import picture_bytes
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request

SUBMIT = r"/images/generations$"
RESULT = r"/results/"
SYNCHRONOUS = KlingOptions(painter="copy", min_seconds=90, max_seconds=90, flavour="synchronous")


async def test_synchronous_images_are_delivered_without_a_poll(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path, kling=SYNCHRONOUS) as here:
        job = await here.until_over(await here.ask(a_request(count=2)))

        assert (job.state, job.task_id) == (State.DELIVERED, None)
        [(_, results)] = here.channel.posted
        assert len(results) == 2
        assert [task.queries for task in here.kling.book.tasks.values()] == [0]


async def test_synchronous_image_survives_a_restart(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SYNCHRONOUS) as here:
        unreachable = here.kling.plan.add(
            Rule(action="status", path=RESULT, status=503, times=None)
        )
        running = await here.until_state(await here.ask(), State.RUNNING)
        assert running.images
        await here.restart()
        here.kling.plan.rules.remove(unreachable)

        job = await here.until_over(running)

        assert (job.state, job.images) == (State.DELIVERED, ())
        assert len(here.kling.book.tasks) == 1


async def test_inline_images_are_delivered_and_stored_on_disk_only(tmp_path: Path) -> None:
    picture = base64.b64encode(picture_bytes()).decode()
    answer = {"created": 1, "data": [{"b64_json": picture}, {"url": f"data:;base64,{picture}!"}]}
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=200, body=answer)
        )

        job = await here.until_over(await here.ask(a_request(count=2)))

        assert (job.state, job.images) == (State.DELIVERED, ())
        [(_, results)] = here.channel.posted
        assert [(one.url, one.width) for one in results] == [("", 320)] * 2


async def test_expired_link_without_a_task_is_tried_until_give_up(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SYNCHRONOUS) as here:
        here.kling.plan.add(Rule(action="status", path=RESULT, status=403, times=None))

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (State.EXPIRED, True)
        assert job.outcome is not None
        assert job.outcome.key == "not_fetched"
        assert here.channel.alerts == ["results", "images_lost"]


def done(here: EngineHarness, url: str) -> dict[str, object]:
    """Answer a submission as done at once, under an id that the sandbox knows."""
    [task] = here.kling.book.tasks.values()
    images = [{"index": 0, "url": url}]
    data = {"task_id": task.id, "task_status": "succeed", "task_result": {"images": images}}
    return {"code": 0, "message": "SUCCEED", "data": data}


async def test_task_done_at_submission_is_polled_after_its_link_expired(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        first = await here.until_over(await here.ask())
        answer = done(here, f"{here.kling.url}/results/gone.png")
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=200, body=answer)
        )

        job = await here.until_over(await here.ask(a_request(user_id=2)))

        assert (job.state, job.task_id) == (State.DELIVERED, first.task_id)


@pytest.mark.parametrize(
    ("reason", "state", "key"),
    [
        ("Failure to pass the risk control system", State.REFUSED, "refused_content"),
        ("no luck", State.FAILED, "task_failed"),
    ],
)
async def test_task_failed_at_submission_ends_without_a_poll(
    tmp_path: Path, reason: str, state: State, key: str
) -> None:
    async with running_engine(tmp_path) as here:
        data = {"task_id": "T", "task_status": "failed", "task_status_msg": reason}
        body = {"code": 0, "message": "SUCCEED", "data": data}
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=200, body=body)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (state, True)
        assert job.outcome is not None
        assert (job.outcome.key, job.outcome.words) == (key, reason)
        assert here.kling.book.tasks == {}
