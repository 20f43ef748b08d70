"""A submission is sent once, completely, and each outcome maps to one error or task."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest
from aiohttp import web

from services.errors import (
    BotError,
    KlingAccountProblem,
    KlingUnreachable,
    StoreUnavailable,
    SubmitUncertain,
)
from services.kling import (
    BearerKey,
    ImageGeneration,
    KlingClient,
    MultiImage,
    OmniImage,
    Outpainting,
    Provider,
    TaskStatus,
)
from services.kling.streaming_body import PIECE_BYTES, encode
from tests.services.kling.conftest import InstantClock
from tests.services.kling.scripted_provider import (
    TOO_LONG,
    TOO_LONG_UNPACKED,
    Script,
    accepts,
    cuts,
    drops,
    is_silent,
    resets,
    says,
    says_raw,
)

WORDS = ImageGeneration(model="kling-v3", prompt="a fox")


async def test_submit_sends_klings_own_json(kling: KlingClient, script: Script) -> None:
    script.say(accepts())
    painting = ImageGeneration(
        model="kling-v2-1",
        prompt="café",
        image="https://example.org/a.png",
        image_reference="face",
        n=2,
        external_task_id="job1",
    )
    task = await kling.submit(painting)
    assert (task.task_id, task.status, task.request_id) == ("T1", TaskStatus.WAITING, "R1")
    [asked] = script.asked
    assert (asked.method, asked.path) == ("POST", "/kling/v1/images/generations")
    assert asked.headers["Authorization"] == "Bearer sk-canary-0123456789abcdef"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.json == {
        "model_name": "kling-v2-1",
        "prompt": "café",
        "n": 2,
        "external_task_id": "job1",
        "image": "https://example.org/a.png",
        "image_reference": "face",
    }


@pytest.mark.parametrize("size", [0, 1, 2, 3, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES + 5])
async def test_submit_sends_a_file_as_base64_with_a_content_length(
    kling: KlingClient, script: Script, tmp_path: Path, size: int
) -> None:
    script.say(accepts())
    path = tmp_path / "source"
    path.write_bytes(bytes(at % 251 for at in range(size)))
    await kling.submit(ImageGeneration(model="kling-v3", prompt="a fox", image=path))
    [asked] = script.asked
    assert asked.headers["Content-Length"] == str(len(asked.raw))
    assert "Transfer-Encoding" not in asked.headers
    assert base64.b64decode(asked.json["image"], validate=True) == path.read_bytes()


async def test_submit_reads_a_path_as_a_local_file(
    kling: KlingClient, script: Script, picture: Path
) -> None:
    script.say(accepts())
    await kling.submit(ImageGeneration(model="kling-v1-5", prompt="a fox", image=str(picture)))
    assert base64.b64decode(script.asked[0].json["image"]) == content(picture)


async def test_submit_keeps_the_order_of_images(
    kling: KlingClient, script: Script, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_bytes(path.name.encode() * 5)
    script.say(accepts())
    await kling.submit(
        MultiImage(subjects=(paths[0], paths[1], paths[0]), style=paths[2], prompt="x")
    )
    sent = script.asked[0].json
    assert [base64.b64decode(row["subject_image"]) for row in sent["subject_image_list"]] == [
        b"aaaaa",
        b"bbbbb",
        b"aaaaa",
    ]
    assert base64.b64decode(sent["style_image"]) == b"ccccc"
    assert "scene_image" not in sent
    assert script.asked[0].path == "/kling/v1/images/multi-image2image"


async def test_submit_to_other_endpoints_uses_their_forms(
    kling: KlingClient, script: Script
) -> None:
    script.say(accepts())
    url = "https://example.org/a.png"
    omni = OmniImage(
        model="kling-v3-omni", prompt="<<<image_1>>> at night", images=(url, url), resolution="4k"
    )
    wider = Outpainting(image=url, left=0.5, right=0.5)
    tasks = [await kling.submit(omni), await kling.submit(wider)]
    assert [task.endpoint for task in tasks] == [omni.endpoint, wider.endpoint]
    assert [asked.path for asked in script.asked] == [
        "/kling/v1/images/omni-image",
        "/kling/v1/images/editing/expand",
    ]
    assert script.asked[0].json["image_list"] == [{"image": url}, {"image": url}]
    assert script.asked[1].json == {
        "image": url,
        "up_expansion_ratio": 0.0,
        "down_expansion_ratio": 0.0,
        "left_expansion_ratio": 0.5,
        "right_expansion_ratio": 0.5,
    }


async def test_submit_calls_back_before_the_last_piece(
    kling: KlingClient, script: Script, picture: Path
) -> None:
    """The server reads in pieces: the end arrives only after the call-back has returned."""
    arrived, may_end = bytearray(), asyncio.Event()
    told_at: list[int] = []

    async def reads_in_pieces(request: web.Request) -> web.StreamResponse:
        whole = int(request.headers["Content-Length"])
        async for piece in request.content.iter_any():
            arrived.extend(piece)
            if len(arrived) >= whole - 2:
                may_end.set()
        script.note(request, bytes(arrived))
        return await accepts()(request)

    async def about_to_end() -> None:
        await asyncio.wait_for(may_end.wait(), timeout=30)
        told_at.append(len(arrived))

    reads_in_pieces.reads_itself = True  # pyright: ignore[reportFunctionMemberAccess]
    script.say(reads_in_pieces)
    painting = ImageGeneration(model="kling-v3", prompt="a fox", image=picture)
    await kling.submit(painting, before_last_piece=about_to_end)
    [asked] = script.asked
    assert told_at == [len(asked.raw) - len(b'"}')]
    assert base64.b64decode(asked.json["image"]) == content(picture)


async def test_submit_without_a_file_calls_back_too(kling: KlingClient, script: Script) -> None:
    script.say(accepts())
    told: list[int] = []

    async def about_to_end() -> None:
        told.append(len(script.asked))

    await kling.submit(WORDS, before_last_piece=about_to_end)
    assert told == [0]


async def test_submit_with_a_failing_callback_raises_and_sends_nothing(
    kling: KlingClient, script: Script
) -> None:
    async def disk_full() -> None:
        raise StoreUnavailable("disk full")

    script.say(accepts())
    with pytest.raises(StoreUnavailable):
        await kling.submit(WORDS, before_last_piece=disk_full)
    assert script.asked == []


async def test_submit_of_a_missing_file_raises_oserror_and_sends_nothing(
    kling: KlingClient, script: Script, tmp_path: Path
) -> None:
    script.say(accepts())
    with pytest.raises(FileNotFoundError):
        await kling.submit(
            ImageGeneration(model="kling-v3", prompt="x", image=tmp_path / "gone.png")
        )
    assert script.asked == []


async def test_submit_of_a_shrinking_file_is_never_complete(
    kling: KlingClient, script: Script, tmp_path: Path
) -> None:
    path = tmp_path / "shrinking"
    path.write_bytes(bytes(2 * PIECE_BYTES))
    body = encode(ImageGeneration(model="kling-v3", prompt="x", image=path))
    path.write_bytes(bytes(PIECE_BYTES))
    with pytest.raises(OSError, match="became shorter"):
        _ = [piece async for piece in body.pieces()]
    assert not body.sent


async def test_submit_to_a_closed_port_is_unreachable(clock: InstantClock) -> None:
    provider = Provider(base_url="http://127.0.0.1:9/kling", credential=BearerKey("sk-x"))
    async with KlingClient(provider, clock=clock) as client:
        with pytest.raises(KlingUnreachable):
            await client.submit(WORDS)


async def test_submit_cut_within_the_body_is_unreachable(
    kling: KlingClient, script: Script, tmp_path: Path
) -> None:
    async def hangs_up_early(request: web.Request) -> web.StreamResponse:
        await request.content.read(1000)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    hangs_up_early.reads_itself = True  # pyright: ignore[reportFunctionMemberAccess]
    script.say(hangs_up_early)
    path = tmp_path / "large"
    path.write_bytes(bytes(8 * 1024 * 1024))
    told: list[bool] = []

    async def about_to_end() -> None:
        told.append(True)

    with pytest.raises(KlingUnreachable):
        await kling.submit(
            ImageGeneration(model="kling-v3", prompt="x", image=path),
            before_last_piece=about_to_end,
        )
    assert told == []


@pytest.mark.parametrize(
    "step",
    [
        drops,
        resets,
        is_silent,
        cuts,
        says_raw(b"<html>502 Bad Gateway</html>", status=502),
        says({"code": 5000, "message": "Internal server error"}, status=500),
        says({"code": 5002, "message": "timeout"}, status=504),
        says({"error": {"message": "upstream timed out"}}, status=504),
        says_raw(b"<html>fine</html>", status=200),
        says_raw(b'{"code":0,"data":{"task_id', status=200),
        says({"code": 0, "message": "SUCCEED"}),
        TOO_LONG,
        TOO_LONG_UNPACKED,
    ],
)
async def test_submit_with_a_lost_answer_is_uncertain_and_not_repeated(
    kling: KlingClient, script: Script, step: web.Response
) -> None:
    script.say(step)
    with pytest.raises(SubmitUncertain):
        await kling.submit(WORDS)
    assert len(script.asked) == 1


async def test_submit_refused_before_the_body_arrived_raises_the_refusal(
    kling: KlingClient, script: Script, tmp_path: Path
) -> None:
    async def refuses_at_once(request: web.Request) -> web.StreamResponse:
        body = {"code": 1002, "message": "api key not found"}
        return await says(body, status=401)(request)

    refuses_at_once.reads_itself = True  # pyright: ignore[reportFunctionMemberAccess]
    script.say(refuses_at_once)
    path = tmp_path / "large"
    path.write_bytes(bytes(12 * 1024 * 1024))
    with pytest.raises(BotError) as caught:
        await kling.submit(ImageGeneration(model="kling-v3", prompt="x", image=path))
    assert isinstance(caught.value, KlingAccountProblem | KlingUnreachable)


async def test_submit_failed_before_the_last_piece_is_not_uncertain(
    kling: KlingClient, script: Script, picture: Path
) -> None:
    async def breaks_at_once(request: web.Request) -> web.StreamResponse:
        return await says_raw(b"<html>", status=503)(request)

    async def never_comes_to_the_end() -> None:
        await asyncio.Event().wait()

    breaks_at_once.reads_itself = True  # pyright: ignore[reportFunctionMemberAccess]
    script.say(breaks_at_once)
    painting = ImageGeneration(model="kling-v3", prompt="a fox", image=picture)
    with pytest.raises(KlingUnreachable) as caught:
        await kling.submit(painting, before_last_piece=never_comes_to_the_end)
    assert caught.value.http_status == 503


async def test_submit_answered_with_images_is_done(kling: KlingClient, script: Script) -> None:
    script.say(says({"created": 1, "data": [{"url": "https://example.org/1.png"}]}))
    task = await kling.submit(WORDS)
    assert task.status is TaskStatus.DONE
    assert [image.url for image in task.images] == ["https://example.org/1.png"]


async def test_submit_success_of_the_call_is_not_success_of_the_task(
    kling: KlingClient, script: Script
) -> None:
    script.say(says({"code": "success", "data": {"task_id": 77, "status": "SUCCESS"}}))
    task = await kling.submit(WORDS)
    assert (task.task_id, task.status) == ("77", TaskStatus.WAITING)


async def test_encode_of_a_large_image_yields_to_the_loop(tmp_path: Path) -> None:
    """Only the body's own pauses let the counter run here: there is no socket."""
    path = tmp_path / "large"
    path.write_bytes(bytes(20 * PIECE_BYTES))
    body = encode(ImageGeneration(model="kling-v3", prompt="x", image=path))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    length = sum([len(piece) async for piece in body.pieces()])
    counting.cancel()
    assert turns >= 20
    assert length == body.length


def content(path: Path) -> bytes:
    return path.read_bytes()
