"""Large answers: limited in bytes and values; inline images still arrive."""

from __future__ import annotations

import base64
import gzip
import json
import time
import tracemalloc

import pytest
from aiohttp import web

from services.errors import KlingProtocolError, SubmitUncertain
from services.kling import ImageGeneration, KlingClient, TaskStatus
from tests.services.kling.scripted_provider import Script, Step, says, says_raw

MIB = 2**20


def packed(raw: bytes) -> Step:
    return says_raw(gzip.compress(raw, 9), content_type="application/json", Content_Encoding="gzip")


MANY_VALUES = {
    "empty objects": b'{"data":[' + b"{}," * (5 * MIB) + b"{}]}",
    "numbers": b'{"data":[' + b"1," * (7 * MIB) + b"1]}",
    "arrays": b'{"data":[' + b"[]," * (5 * MIB) + b"[]]}",
    "texts": b'{"data":[' + b'"a",' * (3 * MIB) + b'"a"]}',
    "members": b'{"data":{"a":0' + b',"b":1' * (2 * MIB) + b"}}",
    "nested in text": json.dumps({"data": "[" + "{}," * (4 * MIB) + "{}]"}).encode(),
    "long words": b'{"data":{"m":"' + b'x","y":"' * (MIB // 2) + b'"}}',
    "plain words": json.dumps({f"k{n}": "word " * 400 for n in range(3000)}).encode(),
    "bombs": b'{"data":"' + b"a" * (200 * MIB) + b'"}',
}


@pytest.mark.parametrize("name", MANY_VALUES)
async def test_answer_of_many_values_is_unreadable_and_uses_little_memory(
    kling: KlingClient, script: Script, name: str
) -> None:
    step = packed(MANY_VALUES[name])
    script.say(step)
    tracemalloc.start()
    try:
        with pytest.raises(KlingProtocolError) as caught:
            await kling.fetch("T")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "unreadable"
    assert peak < 64 * MIB


@pytest.mark.parametrize("opening", [b"[", b'{"data":'])
@pytest.mark.parametrize("depth", [900, 50_000])
async def test_answer_depth_is_bounded(
    kling: KlingClient, script: Script, opening: bytes, depth: int
) -> None:
    closing = b"]" if opening == b"[" else b"}"
    raw = b'{"data":' + opening * depth + b"0" + closing * depth + b"}"
    script.say(says_raw(raw, content_type="application/json"))
    try:
        task = await kling.fetch("T")
    except KlingProtocolError:
        return
    assert task.status is TaskStatus.WAITING


@pytest.mark.parametrize("megabytes", [1, 5, 10])
async def test_inline_image_of_many_megabytes_is_read(
    kling: KlingClient, script: Script, megabytes: int
) -> None:
    picture = base64.b64encode(bytes(range(256)) * 4096 * megabytes).decode()
    script.say(says({"created": 1, "data": [{"b64_json": picture}]}))
    task = await kling.submit(ImageGeneration(model="m", prompt="x"))
    assert task.status is TaskStatus.DONE
    assert task.images[0].url.endswith(picture)


async def test_inline_images_up_to_nine_are_read(kling: KlingClient, script: Script) -> None:
    picture = base64.b64encode(bytes(1_200_000)).decode()
    images = [{"b64_json": f"{n}AAA{picture}"} for n in range(9)]
    script.say(says({"created": 1, "data": images}))
    task = await kling.submit(ImageGeneration(model="m", prompt="x"))
    assert len(task.images) == 9


async def test_inline_images_over_sixteen_megabytes_are_unreadable(
    kling: KlingClient, script: Script
) -> None:
    script.say(says({"created": 1, "data": [{"b64_json": "A" * (17 * MIB)}]}))
    with pytest.raises(SubmitUncertain):
        await kling.submit(ImageGeneration(model="m", prompt="x"))


async def test_list_page_of_full_size_is_read(kling: KlingClient, script: Script) -> None:
    def row(number: int) -> dict[str, object]:
        images = [
            {"index": at, "url": f"https://cdn.example/{number}/{at}.png?sign={'s' * 80}"}
            for at in range(9)
        ]
        info = {"external_task_id": f"job{number}"}
        return {
            "task_id": f"{number:018}",
            "task_status": "succeed",
            "task_info": info,
            "created_at": 1722769557708,
            "task_result": {"images": images},
        }

    script.say(says({"code": 0, "data": [row(number) for number in range(500)]}))
    started = time.perf_counter()
    page = await kling.list_page(size=500)
    assert (len(page.tasks), page.unread) == (500, 0)
    assert all(len(task.images) == 9 for task in page.tasks)
    assert time.perf_counter() - started < 5


async def test_answer_in_small_pieces_is_counted_the_same(
    kling: KlingClient, script: Script
) -> None:
    picture = base64.b64encode(bytes(300_000)).decode()
    raw = json.dumps({"created": 1, "data": [{"b64_json": picture}]}).encode()

    async def drips(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for at in range(0, len(raw), 1000):
            await response.write(raw[at : at + 1000])
        return response

    script.say(drips)
    assert len((await kling.submit(ImageGeneration(model="m", prompt="x"))).images) == 1


@pytest.mark.parametrize("size", [9_000, 30_000, 60_000])
async def test_answer_with_long_headers_is_read(
    kling: KlingClient, script: Script, size: int
) -> None:
    script.say(says({"data": {"task_id": "T"}}, X_Policy="x" * size))
    assert (await kling.fetch("T")).task_id == "T"
    assert (await kling.submit(ImageGeneration(model="m", prompt="x"))).task_id == "T"
