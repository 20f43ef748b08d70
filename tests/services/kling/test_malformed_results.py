"""Results in odd forms: without their host, in event streams, in chat messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    KlingBusy,
    KlingError,
    KlingProtocolError,
    KlingTaskUnknown,
    SubmitUncertain,
)
from services.kling import BearerKey, ImageGeneration, KlingClient, Provider, TaskStatus
from tests.services.kling.conftest import picture_bytes
from tests.services.kling.scripted_provider import Script, says, says_raw

URL = "https://cdn.example/1.png?x=%2F"
WORDS = ImageGeneration(model="m", prompt="x")


def done(*images: object, **more: object) -> dict[str, Any]:
    task = {"task_id": "T", "task_status": "succeed", "task_result": {"images": list(images)}}
    return {"code": 0, "data": task | more}


def stream(*events: object, head: str = "", end: str = "\n\n") -> bytes:
    lines = [f"{head}data: {json.dumps(event)}" for event in events]
    return (end.join([*lines, "data: [DONE]"]) + end).encode()


def sse(raw: bytes, *, status: int = 200) -> Any:
    return says_raw(raw, status=status, content_type="text/event-stream")


# Addresses without a host


@pytest.mark.parametrize("written", ["/files/1.png?sign=a%2Fb", "/files/it%27s.png"])
async def test_download_without_a_host_asks_the_provider_for_these_very_bytes(
    kling: KlingClient, script: Script, tmp_path: Path, written: str
) -> None:
    script.say(says(done({"index": 0, "url": written})))
    [image] = (await kling.fetch("T")).images
    script.say(says_raw(picture_bytes(), content_type="image/png"))

    await kling.download(image.url, tmp_path / "out")

    assert script.asked[-1].path == written
    assert "Authorization" not in script.asked[-1].headers


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("/a.png", "https://gateway.example:8443/a.png"),
        ("//cdn.example/a.png", "https://cdn.example/a.png"),
        ("https://cdn.example/a.png", "https://cdn.example/a.png"),
        ("a.png", "a.png"),
        ("", ""),
    ],
)
def test_address_of_completes_what_begins_with_a_slash(written: str, address: str) -> None:
    provider = Provider(base_url="https://gateway.example:8443/kling/v1", credential=BearerKey("k"))

    assert provider.resolve_address(written) == address


@pytest.mark.parametrize(
    ("row", "urls"),
    [
        ("/files/1.png", ["/files/1.png"]),
        ("//cdn.example/1.webp?x=1", ["//cdn.example/1.webp?x=1"]),
        ("/files/1", []),
        ("/ok then.png", []),
        ("1.png", []),
        ({"url": "/files/1"}, ["/files/1"]),
    ],
)
async def test_fetch_reads_a_bare_path_only_if_it_names_a_file(
    kling: KlingClient, script: Script, row: object, urls: list[str]
) -> None:
    script.say(says(done(row, task_status="painting hard")))

    task = await kling.fetch("T")

    assert [image.url for image in task.images] == urls
    assert task.status is (TaskStatus.DONE if urls else TaskStatus.RUNNING)


# Event streams


@pytest.mark.parametrize(
    "raw",
    [
        stream(done({"url": URL})),
        stream({"code": 0, "data": {"task_id": "T"}}, done({"url": URL})),
        stream(done({"url": URL}), {"usage": {"units": 1}}),
        stream(done({"url": URL}), head=": keep-alive\nevent: task\nid: 7\n"),
        stream(done({"url": URL}), end="\r\n\r\n"),
        b"\xef\xbb\xbfretry: 10\n\n" + stream(done({"url": URL})),
        stream({"type": "response.completed", "response": done({"url": URL})["data"]}),
        b"data: not json\n\n" + stream(done({"url": URL})),
        b"data: " + json.dumps(done({"url": URL}), indent=1).replace("\n", "\ndata: ").encode(),
    ],
)
async def test_submit_reads_a_stream_of_events(
    kling: KlingClient, script: Script, raw: bytes
) -> None:
    script.say(sse(raw))

    task = await kling.submit(WORDS)

    assert (task.task_id, task.status) == ("T", TaskStatus.DONE)
    assert [image.url for image in task.images] == [URL]


@pytest.mark.parametrize(
    "raw",
    [
        b"data: \n\ndata: [DONE]\n\n",
        b"data: 1\n\n",
        b"event: ping\n\n" * 5_000,
        b"data:" * 50_000,
        b"database error",
        b": \n\n" * 1_000 + stream(done({"url": URL})),
    ],
)
async def test_submit_of_a_stream_without_a_task_is_uncertain(
    kling: KlingClient, script: Script, raw: bytes
) -> None:
    script.say(sse(raw))

    with pytest.raises(SubmitUncertain):
        await kling.submit(WORDS)


async def test_fetch_of_a_stream_with_an_error_status_is_no_denial(
    kling: KlingClient, script: Script
) -> None:
    script.say(sse(stream({"code": 1203, "message": "task not found"}), status=404))

    with pytest.raises(KlingError) as caught:
        await kling.fetch("T")

    assert not isinstance(caught.value, KlingTaskUnknown)
    assert not caught.value.in_envelope


# Chat messages


def chat(content: object) -> dict[str, Any]:
    return {"id": "c1", "status": "completed", "choices": [{"message": {"content": content}}]}


@pytest.mark.parametrize(
    ("content", "urls"),
    [
        (f"Here you are: ![image]({URL})", [URL]),
        (f"![]({URL}) and\n![2](<https://cdn.example/2.png>)", [URL, "https://cdn.example/2.png"]),
        (f'![a]({URL} "a title")', [URL]),
    ],
)
async def test_fetch_reads_images_in_markdown(
    kling: KlingClient, script: Script, content: str, urls: Sequence[str]
) -> None:
    script.say(says(chat(content)))

    assert [image.url for image in (await kling.fetch("c1")).images] == urls


@pytest.mark.parametrize(
    "content", [f"[no image]({URL})", f"![{'long ' * 50}]({URL})", "![" * 40_000]
)
async def test_fetch_of_a_chat_text_without_links_has_no_image(
    kling: KlingClient, script: Script, content: str
) -> None:
    script.say(says(chat(content)))

    with pytest.raises(KlingProtocolError, match="no_picture"):
        await kling.fetch("c1")


def responses(said: object) -> dict[str, Any]:
    part = {"type": "output_text", "text": said if isinstance(said, str) else json.dumps(said)}
    row = {"type": "message", "role": "assistant", "content": [part]}
    return {"id": "resp_1", "object": "response", "status": "completed", "output": [row]}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"task_id": "T", "task_status": "processing"}, TaskStatus.RUNNING),
        ({"task_id": "T", "task_status": "failed", "task_status_msg": "no"}, TaskStatus.FAILED),
        ({"task_id": "T", "task_status": "succeed", "image_url": URL}, TaskStatus.DONE),
        (done({"url": URL})["data"], TaskStatus.DONE),
    ],
)
async def test_fetch_reads_a_task_in_the_text_of_an_output(
    kling: KlingClient, script: Script, said: object, status: TaskStatus
) -> None:
    script.say(says(responses(said)))

    task = await kling.fetch("T")

    assert (task.task_id, task.status) == ("T", status)
    assert [image.url for image in task.images] == [URL] * (status is TaskStatus.DONE)


@pytest.mark.parametrize("word", ["failed", "FAILURE"])
@pytest.mark.parametrize("form", [responses, lambda task: {"code": 0, "data": task}])
async def test_fetch_reads_a_failed_task_under_http_400(
    kling: KlingClient,
    script: Script,
    form: Callable[[object], dict[str, Any]],
    word: str,
) -> None:
    """DMXAPI's route for videos answers so."""
    told = {"task_id": "T", "task_status": word, "task_status_msg": "risk control"}
    script.say(says(form(told), status=400))

    task = await kling.fetch("T")

    assert (task.task_id, task.status, task.reason) == ("T", TaskStatus.FAILED, "risk control")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"task_id": "T", "task_status": "processing"}, 400),
        ({"task_id": "T", "task_status": "succeed", "image_url": URL}, 400),
        ({"task_status": "failed", "task_status_msg": "no"}, 400),
        ({"task_id": "T", "task_status": "failed", "task_status_msg": "no"}, 404),
        ({"task_id": "T", "task_status": "failed", "task_status_msg": "no"}, 502),
        ("in words", 400),
    ],
)
async def test_fetch_ignores_a_task_under_an_error_status(
    kling: KlingClient, script: Script, said: object, status: int
) -> None:
    script.say(says(responses(said), status=status))

    with pytest.raises(KlingError):
        await kling.fetch("T")


async def test_fetch_of_a_failed_task_beside_a_known_code_is_a_refusal(
    kling: KlingClient, script: Script
) -> None:
    told = {"task_id": "T", "task_status": "failed", "task_status_msg": "no"}
    script.say(says({"code": 1302, "message": "too fast", "data": told}, status=400))

    with pytest.raises(KlingBusy):
        await kling.fetch("T")


@pytest.mark.parametrize("said", ["in words", "[1, 2]", "{", "{}"])
async def test_submit_of_an_output_without_a_task_is_uncertain(
    kling: KlingClient, script: Script, said: str
) -> None:
    script.say(says(responses(said) | {"id": None}))

    with pytest.raises(SubmitUncertain):
        await kling.submit(WORDS)
