"""The shapes in which things go wrong, and the complaints about other clients, at engine level.

| complaint about some client | here |
| --- | --- |
| a failed task says SUCCEED; moderation is not told | test_gateways, every gateway's moderation |
| no reason is shown | test_error_table, judged by its words |
| a rate limit ends the run | test_error_table, 1302 and 1303 |
| "429" in a quoted body triggers retries | test_refusals, what was said stays out of the text |
| "insufficient balance" dressed as 502 | an empty purse in any dress |
| a connect limit too short for Shanghai | test_routes, the time-outs |
| a long prompt is refused after all the work | test_model_table, 2500 characters |
| only one kind of key | test_credentials |
| a time-out led to a second paid task | test_gateways, paid once; test_job_states, late |
| success reported without a file | done without a picture |
| a deadline of seven days, or none | test_job_states, expires |
| 504 after acceptance, charged and no id | test_gateways, paid once |
| a poll that is not JSON | test_gateways, every fault |
| parallel jobs overdraw the balance | test_admission, two hundred racers |
| a picture refused for its form | sent once more in another form |
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.task_lifecycle import Fate
from services.models import State
from tests.support.engine_harness import EngineHarness, running_engine

SUBMIT = r"/images/generations$"


def refuses(here: EngineHarness, body: object, *, status: int, times: int | None = 1) -> Rule:
    return here.kling.plan.add(
        Rule(action="status", method="POST", path=SUBMIT, status=status, body=body, times=times)
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "insufficient_user_quota", "message": "x", "data": None}, 403),
        ({"code": "quota_not_enough", "message": "x"}, 429),
        ({"error": {"message": "x", "type": "new_api_error", "code": "insufficient_quota"}}, 403),
        ({"error": {"message": "Insufficient Balance", "type": "upstream_error"}}, 502),
        ({"error": {"message": "用户额度不足", "code": ""}}, 503),
        ({"code": 1102, "message": "Account balance not enough"}, 200),
    ],
)
async def test_account_error_in_any_form_pauses(tmp_path: Path, body: object, status: int) -> None:
    async with running_engine(tmp_path) as here:
        refuses(here, body, status=status)

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert job.outcome is not None
        assert job.outcome.key == "paused"
        assert here.channel.alerts == ["balance"]
        assert (await here.store.providers.state()).paused_at is not None


@pytest.mark.parametrize(
    ("body", "status", "state", "key", "alerts"),
    [
        (
            {"error": {"message": "x", "code": "invalid_api_key"}},
            401,
            "failed",
            "paused",
            "bad_key",
        ),
        ({"message": "x"}, 403, "uncertain", "uncertain", "blocked uncertain"),
        ({"error": {"message": "x"}}, 403, "failed", "paused", "forbidden"),
        ({"error": {"code": "model_not_found"}}, 503, "failed", "model_unavailable", "model"),
        ({"code": "no_available_channel"}, 503, "failed", "model_unavailable", "model"),
        ({"error": {"message": "sensitive words"}}, 400, "refused", "refused_content", None),
        ({"code": 1201, "message": "Image pixel is invalid"}, 400, "refused", "bad_picture", None),
        ({"code": 1201, "message": "prompt is too long"}, 400, "refused", "bad_prompt", None),
        ({"message": "too large"}, 413, "failed", "gateway_limit", "too_large"),
        ("404 page not found", 404, "uncertain", "uncertain", "blocked uncertain"),
        ("moved", 307, "uncertain", "uncertain", "blocked uncertain"),
        ({"error": {"message": "x", "code": 1202}}, 404, "refused", "generic", "our_bug"),
    ],
)
async def test_gateway_refusal_ends_the_job_with_a_reason(
    tmp_path: Path, body: Any, status: int, state: str, key: str, alerts: str | None
) -> None:
    async with running_engine(tmp_path) as here:
        post = refuses(here, body, status=status, times=2)

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (State(state), True)
        assert job.outcome is not None
        assert job.outcome.key == key
        assert here.channel.alerts == (alerts.split() if alerts else [])
        assert post.met <= 2  # a key is tried in two forms, other errors once
        assert here.kling.book.tasks == {}


async def test_image_refused_for_its_form_is_submitted_once_more(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        body = {"code": 1201, "message": "File is not in a valid base64 format"}
        refuses(here, body, status=400)

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)


async def test_image_refused_twice_for_its_form_ends_as_refused(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        body = {"code": 1201, "message": "File is not in a valid base64 format"}
        post = refuses(here, body, status=400, times=None)

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back, post.met) == (State.REFUSED, True, 2)
        assert job.outcome is not None
        assert job.outcome.key == "bad_picture"


async def test_task_done_without_images_is_polled_again_and_fails(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.api.life.ordain(Fate(images=0))

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert job.outcome is not None
        assert job.outcome.code == "no_picture"
        assert here.channel.alerts == ["protocol"]


@pytest.mark.parametrize(("count", "kept"), [(1, 1), (3, 3), (10, 10), (12, 10)])
async def test_task_with_fewer_or_more_images_is_delivered(
    tmp_path: Path, count: int, kept: int
) -> None:
    """As many as a message can hold: Discord accepts ten files."""
    async with running_engine(tmp_path) as here:
        here.kling.api.life.ordain(Fate(images=count))

        await here.until_over(await here.ask())

        [(_, results)] = here.channel.posted
        assert len(results) == kept


async def test_our_bug_alerts_operators_once_for_all_jobs(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        refuses(here, {"code": 1200, "message": "bad request"}, status=400, times=None)
        for _ in range(3):
            await here.until_over(await here.ask())

        assert here.channel.alerts == ["our_bug"]


FAILURES = {
    "moderation": ("Failure to pass the risk control system", State.REFUSED, "refused_content"),
    "size": ("Image pixel is invalid", State.FAILED, "bad_picture"),
    "no words": ("", State.FAILED, "task_failed"),
}


def failed_task(reason: str, task_id: str = "t-1") -> dict[str, Any]:
    """Return the provider's envelope of a task that has failed already."""
    data = {"task_id": task_id, "task_status": "failed", "task_status_msg": reason}
    return {"code": 0, "message": "SUCCEED", "request_id": "r", "data": data}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("reason", FAILURES)
async def test_submission_answered_with_a_failed_task_ends_with_its_reason(
    tmp_path: Path, status: int, reason: str
) -> None:
    """A failed task under HTTP 400 is final: the bot neither looks it up nor sends it again."""
    words, state, key = FAILURES[reason]
    async with running_engine(tmp_path) as here:
        post = refuses(here, failed_task(words), status=status)

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back, post.met) == (state, True, 1)
        assert (job.outcome and job.outcome.key, job.resends) == (key, 0)
        assert here.kling.book.tasks == {}
        assert not [one for _, one in here.channel.shown if one.phase == "checking"]


@pytest.mark.parametrize("status", [200, 400])
async def test_submission_answered_with_a_task_without_a_slot_is_made_again(
    tmp_path: Path, status: int
) -> None:
    async with running_engine(tmp_path) as here:
        refuses(here, failed_task("parallel task over resource pack limit"), status=status)

        job = await here.until_over(await here.ask())

        assert (job.state, job.attempt) == (State.DELIVERED, 1)
        assert len(here.kling.book.tasks) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"code": 0, "data": {"task_status": "failed", "task_status_msg": "busy"}},
        {"code": 0, "data": {"task_id": "t-1", "task_status": "processing"}},
        {"data": {"id": "t-1", "status": "failed"}},
        {"error": {"message": "bad request"}, "data": {"task_id": "t-1"}},
        {"error": "bad request", "task_id": "t-1"},
        {"success": False, "data": {"task_id": "t-1"}},
        {"code": 7777, "message": "odd", "data": {"task_id": "t-1"}},
    ],
    ids=["no id", "not failed", "any id", "error object", "error text", "no success", "odd code"],
)
async def test_submission_answered_with_400_and_no_failed_task_of_ours_is_looked_up(
    tmp_path: Path, body: object
) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=400, body=body, processed=True)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)
