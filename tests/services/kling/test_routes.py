"""Gateways with Kling's API on other paths: where tasks are submitted and polled."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.errors import KlingTaskUnknown
from services.kling import (
    BearerKey,
    Endpoint,
    ImageGeneration,
    KlingClient,
    MultiImage,
    Provider,
    Routes,
    Timeouts,
)
from services.kling.provider import BLTCY, KLING, QINIU, TENCENT
from tests.services.kling.conftest import InstantClock, provider_at
from tests.services.kling.scripted_provider import (
    Script,
    accepts,
    is_at,
    lists,
    says,
    says_raw,
)

WORDS = ImageGeneration(model="kling-v3", prompt="a fox")
NO_TASK = says({"code": 1203, "message": "task not found"}, status=404)
NO_PATH = says({"code": 1202, "message": "invalid path"}, status=404)


@pytest.fixture
async def elsewhere(script: Script, clock: InstantClock) -> AsyncIterator[KlingClient]:
    """Open a client with Tencent's routes, whose tasks are polled on two paths."""
    provider = replace(provider_at(script), routes=TENCENT)
    async with KlingClient(provider, clock=clock) as client:
        yield client


@pytest.mark.parametrize(
    ("base_url", "routes"),
    [
        ("https://api.qnaigc.com/v1", QINIU),
        ("https://openai.qiniu.com/v1", QINIU),
        ("https://tokenhub.tencentmaas.com", TENCENT),
        ("https://api.bltcy.ai/kling", BLTCY),
        ("https://www.dmxapi.cn/kling", KLING),
        ("https://api-singapore.klingai.com", KLING),
    ],
)
def test_routes_are_known_by_the_host(base_url: str, routes: Routes) -> None:
    provider = Provider(base_url=base_url, credential=BearerKey("sk-x"))
    assert provider.known_routes is routes
    assert replace(provider, routes=KLING).known_routes is KLING


@pytest.mark.parametrize(
    ("routes", "endpoint", "submits", "asks"),
    [
        (KLING, Endpoint.MULTI, "/v1/images/multi-image2image", ("/v1/images/multi-image2image",)),
        (QINIU, Endpoint.GENERATIONS, "/v1/images/generations", ("/v1/images/tasks",)),
        (QINIU, Endpoint.MULTI, "/v1/images/edits", ("/v1/images/tasks",)),
        (
            BLTCY,
            Endpoint.MULTI,
            "/v1/images/multi-image2image",
            ("/v1/images/generations", "/v1/images/multi-image2image"),
        ),
    ],
)
def test_routes_fall_back_to_klings_own(
    routes: Routes, endpoint: Endpoint, submits: str, asks: tuple[str, ...]
) -> None:
    assert routes.to_submit(endpoint) == submits
    assert routes.to_ask(endpoint) == asks


async def test_submit_uses_the_gateways_name_of_the_model(
    elsewhere: KlingClient, script: Script
) -> None:
    script.say(accepts())
    await elsewhere.submit(WORDS)
    [asked] = script.asked
    assert asked.path == "/kling/v1/wand/kling-image/generation"
    assert json.loads(asked.raw) == {"model": "kling-v3", "prompt": "a fox"}


async def test_fetch_finds_and_remembers_the_path_of_the_task(
    elsewhere: KlingClient, script: Script
) -> None:
    script.say(NO_PATH, is_at("processing"))
    await elsewhere.fetch("T1")
    await elsewhere.fetch("T1")
    assert [asked.path.rpartition("/kling")[2] for asked in script.asked] == [
        "-image/tasks/T1",
        "/tasks/T1",
        "/tasks/T1",
    ]


async def test_fetch_of_a_task_unknown_on_every_path_is_unknown(
    elsewhere: KlingClient, script: Script
) -> None:
    script.say(says_raw(b"404 page not found", status=404), NO_TASK)
    with pytest.raises(KlingTaskUnknown):
        await elsewhere.fetch("T1")
    assert len(script.asked) == 2


async def test_list_tasks_uses_the_submission_path(elsewhere: KlingClient, script: Script) -> None:
    script.say(lists({"task_id": "T1", "task_status": "succeed"}))
    assert [task.task_id for task in await elsewhere.list_tasks(size=1)] == ["T1"]
    assert script.asked[0].path.startswith("/kling/v1/wand/kling-image/generation?")


async def test_submit_of_several_images_keeps_its_form(
    elsewhere: KlingClient, script: Script, picture: Path
) -> None:
    script.say(accepts())
    await elsewhere.submit(MultiImage(subjects=(picture,), prompt="x"))
    assert set(json.loads(script.asked[0].raw)) == {"model", "prompt", "subject_image_list"}


def test_timeouts_suit_far_hosts_and_synchronous_gateways() -> None:
    """Connecting in 5 s was too short from Shanghai; a synchronous call lasts up to 180 s."""
    limits = Timeouts()
    for limit in (limits.submit, limits.fetch, limits.download):
        assert (limit.sock_connect or 0) >= 10
    assert (limits.submit.sock_read or 0) > 180
