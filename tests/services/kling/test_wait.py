"""`wait` polls at intervals, has a deadline, and does not treat a late task as failed."""

from __future__ import annotations

import asyncio

import pytest

from services.errors import (
    KlingAccountProblem,
    KlingProtocolError,
    KlingTaskFailed,
    KlingTaskUnknown,
)
from services.kling import (
    Endpoint,
    ImageGeneration,
    KlingClient,
    PollSchedule,
    TaskLate,
    TaskStatus,
    next_wait,
)
from tests.services.kling.conftest import InstantClock
from tests.services.kling.scripted_provider import (
    Script,
    accepts,
    drops,
    is_at,
    is_silent,
    says,
    says_raw,
)

WORDS = ImageGeneration(model="kling-v3", prompt="a fox")
URL = "https://cdn.example/1.png"
UNKNOWN = says({"code": 1203, "message": "no such task"}, status=404)


async def test_generate_submits_and_waits(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    script.say(accepts(), is_at("submitted"), is_at("processing"), is_at("succeed", URL))
    task = await kling.generate(WORDS)
    assert [image.url for image in task.images] == [URL]
    assert [asked.method for asked in script.asked] == ["POST", "GET", "GET", "GET"]
    assert clock.slept == [2.0, 1.0, 1.0]


async def test_generate_of_a_task_done_at_submission_does_not_poll(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    script.say(is_at("succeed", URL))
    assert (await kling.generate(WORDS)).status is TaskStatus.DONE
    assert clock.slept == []


async def test_generate_raises_a_failure_with_its_reason(
    kling: KlingClient, script: Script
) -> None:
    script.say(accepts(), is_at("failed", task_status_msg="Image pixel is invalid"))
    with pytest.raises(KlingTaskFailed) as caught:
        await kling.generate(WORDS)
    assert caught.value.message == "Image pixel is invalid"
    assert caught.value.request_id == "R2"


async def test_generate_raises_a_task_failed_at_submission(
    kling: KlingClient, script: Script
) -> None:
    script.say(is_at("failed", task_status_msg="Failure to pass the risk control system"))
    with pytest.raises(KlingTaskFailed):
        await kling.generate(WORDS)


async def test_wait_past_its_timeout_raises_task_late_with_the_id(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    script.say(is_at("processing"))
    with pytest.raises(TaskLate) as caught:
        await kling.wait("T1", endpoint=Endpoint.OMNI, timeout_s=30)
    late = caught.value
    assert isinstance(late, TimeoutError)
    assert (late.task_id, late.endpoint, late.waited_s) == ("T1", Endpoint.OMNI, 30)
    assert sum(clock.slept) == pytest.approx(30)
    script.say(is_at("succeed", URL))
    assert (await kling.fetch(late.task_id, endpoint=late.endpoint)).images


async def test_wait_times_out_after_two_minutes_by_default(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    script.say(is_at("processing"))
    with pytest.raises(TaskLate) as waited:
        await kling.wait("T1")
    with pytest.raises(TaskLate) as generated:
        await kling.generate(WORDS)
    assert waited.value.waited_s == generated.value.waited_s == pytest.approx(120)
    assert sum(clock.slept) == pytest.approx(240)


async def test_wait_polls_last_at_the_deadline(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    script.say(is_at("processing"), is_at("succeed", URL))
    task = await kling.wait("T1", timeout_s=2.5)
    assert task.images
    assert clock.slept == [2.0, 0.5]


@pytest.mark.parametrize(
    "passing",
    [
        drops,
        is_silent,
        says_raw(b"<html>"),
        says({"code": 1302, "message": "too fast"}, status=429),
        says({"code": 5000, "message": "oops"}, status=500),
        UNKNOWN,
    ],
)
async def test_wait_survives_transient_errors(
    kling: KlingClient, script: Script, passing: object
) -> None:
    script.say(passing, passing, is_at("succeed", URL))  # pyright: ignore[reportArgumentType]
    assert (await kling.wait("T1")).images


async def test_wait_follows_retry_after(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    busy = says({"code": 1302, "message": "too fast"}, status=429, Retry_After="9")
    script.say(busy, is_at("succeed", URL))
    await kling.wait("T1")
    assert clock.slept == [2.0, 9.0]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (says({"code": 1002, "message": "api key not found"}, status=401), KlingAccountProblem),
        (is_at("succeed"), KlingProtocolError),
    ],
)
async def test_wait_raises_lasting_errors_at_once(
    kling: KlingClient,
    script: Script,
    clock: InstantClock,
    step: object,
    kind: type[Exception],
) -> None:
    script.say(step)  # pyright: ignore[reportArgumentType]
    with pytest.raises(kind):
        await kling.wait("T1")
    assert clock.slept == [2.0]


async def test_wait_for_an_unknown_task_ends_after_a_grace(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    script.say(UNKNOWN)
    with pytest.raises(KlingTaskUnknown):
        await kling.wait("T1")
    assert 30 <= sum(clock.slept) < 36


async def test_wait_cancelled_leaves_the_task(kling: KlingClient, script: Script) -> None:
    script.say(is_silent)
    waiting = asyncio.create_task(kling.wait("T1"))
    await asyncio.wait_for(script.was_asked.wait(), timeout=30)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [asked.method for asked in script.asked] == ["GET"]


@pytest.mark.parametrize(
    "body", [{"status": "error"}, {"status": "failed"}, {"code": 0, "data": {"status": "error"}}]
)
async def test_fetch_of_a_json_error_page_fails_no_task(
    kling: KlingClient, script: Script, body: dict[str, object]
) -> None:
    """The response names no task, so it proves nothing about the polled one."""
    script.say(says(body))
    with pytest.raises(KlingProtocolError):
        await kling.fetch("T1")


async def test_wait_reports_every_poll(kling: KlingClient, script: Script) -> None:
    script.say(is_at("submitted"), is_at("processing"), is_at("succeed", URL))
    words: list[str] = []
    await kling.wait("T1", on_look=lambda task: words.append(task.word))
    assert words == ["submitted", "processing", "succeed"]


async def test_wait_with_a_poll_schedule_polls_less(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    script.say(is_at("succeed", URL))
    await kling.wait("T1", rhythm=PollSchedule(first_s=8.0))
    assert clock.slept == [8.0]


def test_next_wait_is_a_twentieth_of_the_elapsed_time() -> None:
    assert next_wait(0.0) == 2.0
    assert next_wait(0.0, first_s=9.0) == 9.0
    assert next_wait(4.0, first_s=9.0) == 5.0
    assert [next_wait(at) for at in (2.0, 20.0, 40.0, 60.0, 100.0, 1000.0)] == [1, 1, 2, 3, 5, 5]
    assert next_wait(1000.0, late=True) == 30.0


def test_next_wait_varies_by_a_tenth_at_most() -> None:
    assert next_wait(10.0, jitter=0.0) == pytest.approx(0.9)
    assert next_wait(10.0, jitter=1.0) == pytest.approx(1.1)


def test_next_wait_of_the_first_poll_is_never_shorter() -> None:
    assert next_wait(0.0, jitter=0.0) == pytest.approx(2.0)
    assert next_wait(0.0, jitter=1.0) == pytest.approx(2.2)


def test_next_wait_keeps_polls_and_delay_in_bounds() -> None:
    """A task of 20 s: at most 18 polls, known within 1 s of its end (performance, 3.2)."""
    at, looks = 0.0, 0
    while at < 20.0:
        at += next_wait(at, first_s=10.0)
        looks += 1
    assert looks <= 12
    assert at - 20.0 <= 1.0


async def test_list_tasks_reads_row_by_row(kling: KlingClient, script: Script) -> None:
    rows = [
        {"task_id": "A", "task_status": "succeed", "task_result": {"images": [{"url": URL}]}},
        {"task_status": "succeed"},
        {"task_id": 5, "task_status": "failed", "task_status_msg": "no luck"},
        "nonsense",
    ]
    script.say(says({"code": 0, "data": rows}))
    tasks = await kling.list_tasks(page=2, size=50)
    assert [(task.task_id, task.status) for task in tasks] == [
        ("A", TaskStatus.DONE),
        ("5", TaskStatus.FAILED),
    ]
    assert script.asked[0].path == "/kling/v1/images/generations?pageNum=2&pageSize=50"


@pytest.mark.parametrize("code", [0, 200, "0", "200"])
async def test_list_tasks_accepts_success_codes_of_gateways(
    kling: KlingClient, script: Script, code: object
) -> None:
    script.say(says({"code": code, "message": "success", "data": []}))
    assert await kling.list_tasks() == []


@pytest.mark.parametrize("body", [{"code": 0, "data": {"task_id": "x"}}, {"code": 0}])
async def test_list_tasks_of_no_list_is_an_error(
    kling: KlingClient, script: Script, body: object
) -> None:
    script.say(says(body))
    with pytest.raises(KlingProtocolError):
        await kling.list_tasks()


async def test_resource_packs_reads_a_hundred_at_most(kling: KlingClient, script: Script) -> None:
    inner = {"code": 0, "resource_pack_subscribe_infos": [{"status": "online"}] * 150}
    script.say(says({"code": 0, "data": inner}))
    packs = await kling.resource_packs()
    assert packs is not None
    assert len(packs) == 100


async def test_resource_packs_are_read_from_the_documented_field(
    kling: KlingClient, script: Script
) -> None:
    pack = {
        "resource_pack_name": "Images 100k",
        "status": "online",
        "total_quantity": 100_000.0,
        "remaining_quantity": 99_992.0,
        "invalid_time": 1800000000000,
    }
    inner = {"code": 0, "msg": "success", "resource_pack_subscribe_infos": [pack]}
    script.say(says({"code": 0, "message": "SUCCEED", "data": inner}))
    packs = await kling.resource_packs(days=1)
    assert packs is not None
    assert (packs[0].name, packs[0].remaining, packs[0].ends_at) == (
        "Images 100k",
        99_992.0,
        1_800_000_000.0,
    )
    assert script.asked[0].path == (
        "/kling/account/costs?start_time=1789913600000&end_time=1790000000000"
    )
    script.say(says({"code": 0, "data": {"code": 0, "msg": "success"}}))
    assert await kling.resource_packs() == []
    year_s = 365 * 86_400
    assert script.asked[1].path == (
        f"/kling/account/costs?start_time={1790000000000 - year_s * 1000}&end_time=1790000000000"
    )
