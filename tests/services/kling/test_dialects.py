"""Every gateway delivers: its own words for accepted, running, done and failed are understood."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest

from services.errors import KlingProtocolError, KlingTaskFailed
from services.kling import ImageGeneration, KlingClient, TaskStatus, make_failure
from services.kling.parsing import read_task
from services.kling.payloads import Endpoint
from tests.services.kling.aggregators import AGGREGATORS
from tests.services.kling.dialects import DIALECTS, OFFICIAL, URL, Dialect
from tests.services.kling.scripted_provider import Script, says

WORDS = ImageGeneration(model="kling-v3", prompt="a fox")


def each_of(*rows: Dialect) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("dialect", rows, ids=lambda row: row.name)


EVERY = (*DIALECTS, *AGGREGATORS)
every_dialect = each_of(*EVERY)


@every_dialect
async def test_dialect_submission_is_accepted(
    kling: KlingClient, script: Script, dialect: Dialect
) -> None:
    script.say(says(dialect.submitted))
    task = await kling.submit(WORDS)
    assert (task.task_id, task.status) == (dialect.task_id, TaskStatus.WAITING)


@every_dialect
async def test_dialect_images_are_read_in_order(
    kling: KlingClient, script: Script, dialect: Dialect
) -> None:
    script.say(says(dialect.done))
    task = await kling.fetch(dialect.task_id)
    assert task.status is TaskStatus.DONE
    assert tuple(image.url for image in task.images) == dialect.urls
    assert task.created_at == dialect.created_at


@each_of(*(row for row in EVERY if row.failed))
async def test_dialect_failure_is_read_with_its_reason(
    kling: KlingClient, script: Script, dialect: Dialect
) -> None:
    script.say(says(dialect.failed))
    task = await kling.fetch(dialect.task_id)
    assert (task.status, task.reason) == (TaskStatus.FAILED, dialect.reason)
    failure = make_failure(task)
    assert isinstance(failure, KlingTaskFailed)
    assert failure.message == (dialect.reason or "")


def test_dialects_cover_every_gateway_of_the_table() -> None:
    """The deviation table's gateways; one-api, which has no Kling code, is left out."""
    table = (
        "DMXAPI xuedingmao v98store qingyuntop yunwu gpt-best crazyrouter 302.ai openai-next kapon"
        " powertokens gptproto hingnet aimanyi kkiai CometAPI new-api Tencent Qiniu Duomi bltcy"
    )
    named = " ".join(row.name for row in DIALECTS)
    assert [gateway for gateway in table.split() if gateway not in named] == []


@each_of(*(row for row in EVERY if row.running))
async def test_dialect_running_task_is_not_terminal(
    kling: KlingClient, script: Script, dialect: Dialect
) -> None:
    script.say(says(dialect.running))
    task = await kling.fetch(dialect.task_id)
    assert not task.status.is_terminal
    assert make_failure(task) is None


async def test_official_answer_fields_are_read(kling: KlingClient, script: Script) -> None:
    script.say(says(OFFICIAL.done))
    task = await kling.fetch("job1")
    assert task.unit_deduction == Decimal(8)
    assert task.external_task_id == "job1"
    assert task.request_id == "CjmkH2gHPeg"
    assert task.updated_at == 1722769565.0
    assert task.images[0].watermark_url == "w"


def read(word: str, **more: Any) -> TaskStatus:
    body = {"code": 0, "data": {"task_id": "T", "task_status": word, **more}}
    task = read_task(body, endpoint=Endpoint.GENERATIONS)
    assert task is not None
    return task.status


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("succeed succeeded success completed complete done", TaskStatus.DONE),
        ("failed fail failure error canceled cancelled expired rejected", TaskStatus.FAILED),
        ("submitted queued queueing pending created not_start", TaskStatus.WAITING),
        ("processing in_progress running generating", TaskStatus.RUNNING),
        ("UNKNOWN painting-hard 处理中", TaskStatus.RUNNING),
    ],
)
def test_status_words_are_read_in_any_case(words: str, status: TaskStatus) -> None:
    for word in words.split():
        assert [read(word), read(f" {word.upper()} ")] == [status, status]


async def test_unknown_status_counts_as_running_and_is_logged_once(
    kling: KlingClient, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    script.say(says({"code": 0, "data": {"task_id": "T", "task_status": "Dreaming"}}))
    with caplog.at_level(logging.WARNING):
        tasks = [await kling.fetch("T") for _ in range(3)]
    assert {task.status for task in tasks} == {TaskStatus.RUNNING}
    assert [task.word for task in tasks] == ["Dreaming"] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "unknown status word 'Dreaming' counts as running"
    ]


@pytest.mark.parametrize("result", [{}, {"images": []}, {"images": [{"url": ""}]}, None, "none"])
async def test_done_task_without_images_is_an_error(
    kling: KlingClient, script: Script, result: object
) -> None:
    done = {"task_id": "T", "task_status": "succeed", "task_result": result}
    script.say(says({"code": 0, "data": done}))
    with pytest.raises(KlingProtocolError) as caught:
        await kling.fetch("T")
    assert caught.value.code == "no_picture"


@pytest.mark.parametrize("count", [1, 4, 12])
async def test_done_task_with_any_number_of_images_is_read(
    kling: KlingClient, script: Script, count: int
) -> None:
    images = [{"index": at, "url": f"{URL}?{at}"} for at in reversed(range(count))]
    done = {"task_id": "T", "task_status": "succeed", "task_result": {"images": images}}
    script.say(says({"code": 0, "data": done}))
    task = await kling.fetch("T")
    assert [image.index for image in task.images] == list(range(count))


async def test_fetch_without_an_id_in_the_answer_uses_the_asked_id(
    kling: KlingClient, script: Script
) -> None:
    script.say(says({"code": 0, "data": {"task_status": "processing"}}))
    assert (await kling.fetch("T9")).task_id == "T9"


async def test_fetch_quotes_the_id_in_the_path(kling: KlingClient, script: Script) -> None:
    script.say(says(OFFICIAL.done))
    await kling.fetch("../../account?x=1")
    assert script.asked[0].path == "/kling/v1/images/generations/..%2F..%2Faccount%3Fx%3D1"


@pytest.mark.parametrize(
    ("stamp", "read_as"),
    [
        (1722769557708, 1722769557.708),
        ("1722769557708", 1722769557.708),
        (1722769557, 1722769557.0),
        ("1722769557", 1722769557.0),
        (1722769557.5, 1722769557.5),
        ("yesterday", None),
        (None, None),
        (True, None),
        (0, None),
    ],
)
def test_timestamps_are_seconds_or_milliseconds_and_optional(
    stamp: object, read_as: float | None
) -> None:
    body = {"data": {"task_id": "T", "created_at": stamp}}
    task = read_task(body, endpoint=Endpoint.GENERATIONS)
    assert task is not None
    assert task.created_at == read_as


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        7,
        {},
        {"data": []},
        {"data": "x"},
        {"data": {"data": {"data": {"data": {}}}}},
        {"data": {"task_id": None, "task_result": {"images": "x"}}},
        {"data": {"task_id": {"a": 1}, "outputs": 3}},
        {"data": {"task_id": True, "task_status": ["x"]}},
        {"id": ""},
    ],
)
def test_read_task_of_nonsense_is_none(body: object) -> None:
    assert read_task(body, endpoint=Endpoint.GENERATIONS) is None
