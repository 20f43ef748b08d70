"""Reading odd JSON: strings that hold JSON, lone surrogates, numbers without end."""

from __future__ import annotations

import json
import logging

import pytest

from services.errors import KlingProtocolError
from services.kling import KlingClient, TaskStatus
from tests.services.kling.dialects import URL
from tests.services.kling.scripted_provider import Script, says, says_raw

DONE = '{"code": 0, %s "data": {"task_id": "T", "task_status": "succeed", "task_result": %s}}'
IMAGES = json.dumps({"images": [{"index": 0, "url": URL}]})


@pytest.mark.parametrize(
    "body",
    [
        DONE % ('"message": "half \\ud83d of a pair",', IMAGES),
        DONE % ('"message": "\\udc00\\ud800",', IMAGES),
        DONE % ('"progress": NaN,', IMAGES),
        DONE % ('"progress": Infinity, "cost": -Infinity,', IMAGES),
        DONE % ('"message": "a\ttab and\na line",', IMAGES),
        DONE % (f'"big": {"9" * 30},', IMAGES),
        DONE % (f'"bigger": {"9" * 5000},', IMAGES),
        DONE % ('"huge": 1e999,', IMAGES),
        "\ufeff" + DONE % ("", IMAGES),
    ],
    ids=lambda body: body[12:40],
)
async def test_fetch_of_odd_json_reads_the_image(
    kling: KlingClient, script: Script, body: str
) -> None:
    script.say(says_raw(body.encode(), content_type="application/json"))
    task = await kling.fetch("T")
    assert (task.status, [image.url for image in task.images]) == (TaskStatus.DONE, [URL])


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-32"])
async def test_fetch_of_other_encodings_reads_the_image(
    kling: KlingClient, script: Script, encoding: str
) -> None:
    body = DONE % ('"message": "成功",', IMAGES)
    script.say(says_raw(body.encode(encoding), content_type="application/json"))
    assert [image.url for image in (await kling.fetch("T")).images] == [URL]


async def test_fetch_removes_lone_surrogates(kling: KlingClient, script: Script) -> None:
    body = '{"data": {"task_id": "T", "task_status": "failed", "task_status_msg": "no \\ud83d"}}'
    script.say(says_raw(body.encode(), content_type="application/json"))
    task = await kling.fetch("T")
    assert task.reason is not None
    assert task.reason.encode() == b"no ?"


RESULT = {"images": [{"index": 0, "url": URL}]}


def as_text(value: object) -> str:
    return json.dumps(value)


@pytest.mark.parametrize(
    "data",
    [
        as_text({"task_id": "T", "task_status": "succeed", "task_result": RESULT}),
        {"task_id": "T", "task_status": "succeed", "task_result": as_text(RESULT)},
        {"task_id": "T", "task_status": "succeed", "task_result": {"images": as_text([URL])}},
        {
            "task_id": "T",
            "task_status": "succeed",
            "task_result": {"images": [as_text({"url": URL})]},
        },
        as_text(
            {"task_id": "T", "data": as_text({"task_status": "succeed", "task_result": RESULT})}
        ),
        [{"task_id": "T", "task_status": "succeed", "task_result": RESULT}],
        [as_text({"task_id": "T", "task_status": "succeed", "task_result": RESULT})],
        [{"task_id": "S"}, {"task_id": "T", "task_status": "succeed", "task_result": RESULT}],
        {"task_id": "T", "task_status": "succeed", "task_result": {"image_urls": [URL]}},
        {"task_id": "T", "task_status": "succeed", "task_result": {"image_url": URL}},
        {"task_id": "T", "task_status": "succeed", "task_result": {"images": {"0": {"url": URL}}}},
        {"task_id": "T", "task_status": "succeed", "task_result": {"images": {"url": URL}}},
        {"task_id": "T", "task_status": "succeed", "task_result": {"images": [{"image_url": URL}]}},
        {"task_id": "T", "task_status": "succeed", "task_result": {"images": [{"url": [URL]}]}},
        {"task_id": "T", "task_status": "succeed", "image_url": URL},
        {"task_id": "T", "task_status": "succeed", "image_urls": [URL]},
        {"task_id": "T", "status": "TASK_STATUS_SUCCEED", "images": [{"imageUrl": URL}]},
        {"task_id": "T", "task_status": "painted-with-joy", "task_result": RESULT},
    ],
)
async def test_fetch_finds_the_image_in_any_field(
    kling: KlingClient, script: Script, data: object
) -> None:
    script.say(says({"code": 0, "data": data}))
    task = await kling.fetch("T")
    assert (task.task_id, task.status) == ("T", TaskStatus.DONE)
    assert [image.url for image in task.images] == [URL]


async def test_fetch_ignores_addresses_of_the_repeated_request(
    kling: KlingClient, script: Script
) -> None:
    asked = {"image": URL, "image_list": [{"image": URL}], "callback_url": URL}
    data = {"task_id": "T", "task_status": "processing", "param": as_text(asked), **asked}
    script.say(says({"code": 0, "data": data}))
    assert (await kling.fetch("T")).status is TaskStatus.RUNNING
    script.say(says({"code": 0, "data": data | {"task_status": "succeed"}}))
    with pytest.raises(KlingProtocolError, match="no_picture"):
        await kling.fetch("T")


async def test_fetch_without_an_image_logs_the_keys_once(
    kling: KlingClient, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    data = {"task_id": "T", "task_status": "succeed", "pictures_secret": {"link": "canary"}}
    script.say(says({"code": 0, "data": data}))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with pytest.raises(KlingProtocolError):
                await kling.fetch("T")
    [record] = caplog.records
    assert "picturessecret" in record.getMessage()
    assert "canary" not in record.getMessage()


ROW = {"task_id": "T1", "task_status": "succeed"}


@pytest.mark.parametrize(
    ("data", "ids", "unread"),
    [
        ([ROW, ROW | {"task_id": "T2"}], ["T1", "T2"], 0),
        ([as_text(ROW), ROW | {"task_id": "T2"}], ["T1", "T2"], 0),
        (as_text([ROW, as_text(ROW | {"task_id": "T2"})]), ["T1", "T2"], 0),
        ({"list": [ROW]}, ["T1"], 0),
        ({"data": {"items": as_text([ROW])}}, ["T1"], 0),
        ([], [], 0),
        ([ROW, "broken {"], ["T1"], 1),
        ([ROW, None, 7, {"x": 1}], ["T1"], 3),
        ([ROW, {"task_id": "x" * 1000}], ["T1"], 1),
        ([ROW | {"task_id": n} for n in range(3000)], [str(n) for n in range(1000)], 2000),
    ],
)
async def test_list_page_counts_unreadable_rows(
    kling: KlingClient, script: Script, data: object, ids: list[str], unread: int
) -> None:
    script.say(says({"code": 0, "data": data}))
    page = await kling.list_page()
    assert ([task.task_id for task in page.tasks], page.unread) == (ids, unread)


MEGABYTE = "x" * 2**20


async def test_fetch_cuts_long_texts_of_the_provider(kling: KlingClient, script: Script) -> None:
    data = {
        "task_id": "T",
        "task_status": "failed",
        "task_status_msg": MEGABYTE,
        "task_info": {"external_task_id": MEGABYTE},
        "error": {"code": MEGABYTE},
    }
    script.say(says({"code": 0, "request_id": MEGABYTE, "message": MEGABYTE, "data": data}))
    task = await kling.fetch("T")
    assert task.request_id is not None
    assert task.external_task_id is not None
    assert (len(task.request_id), len(task.external_task_id)) == (512, 512)
    assert len(task.reason or "") == 2000
    assert len(str(task.code)) == 64


async def test_fetch_cuts_a_long_status_and_ignores_a_long_id(
    kling: KlingClient, script: Script
) -> None:
    script.say(says({"code": 0, "data": {"task_id": MEGABYTE, "task_status": MEGABYTE}}))
    task = await kling.fetch("T")
    assert (task.task_id, len(task.word)) == ("T", 64)


async def test_fetch_ignores_long_addresses_and_keeps_inline_images(
    kling: KlingClient, script: Script
) -> None:
    images = [{"url": f"https://cdn.example/{MEGABYTE}"}, {"url": URL, "watermark_url": MEGABYTE}]
    inline = {"b64_json": "A" * 2**20}
    done = {"task_id": "T", "task_status": "succeed", "task_result": {"images": [*images, inline]}}
    script.say(says({"code": 0, "data": done}))
    task = await kling.fetch("T")
    assert [len(image.url) for image in task.images] == [len(URL), 2**20 + 22]
    assert task.images[0].watermark_url is None


@pytest.mark.parametrize("stamp", [1e300, 10**400, "9" * 20, -5, 1e17])
async def test_fetch_ignores_times_beyond_the_calendar(
    kling: KlingClient, script: Script, stamp: object
) -> None:
    script.say(says({"data": {"task_id": "T", "created_at": stamp, "updated_at": stamp}}))
    task = await kling.fetch("T")
    assert (task.created_at, task.updated_at) == (None, None)


async def test_fetch_reads_dates_with_an_offset(kling: KlingClient, script: Script) -> None:
    stamps = {"created_at": "2026-12-01T10:00:00Z", "completed_at": "2026-12-01T11:00:05+01:00"}
    script.say(says({"data": {"task_id": "T", **stamps}}))
    task = await kling.fetch("T")
    assert task.created_at is not None
    assert task.updated_at == task.created_at + 5
