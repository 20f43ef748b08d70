"""Connections of the client: reused for polls, new for each submission, closed at the end."""

from __future__ import annotations

import time

import aiohttp
import pytest
from aiohttp import web

from services.kling import Endpoint, ImageGeneration, KlingClient, OmniImage
from tests.services.kling.conftest import InstantClock, provider_at
from tests.services.kling.scripted_provider import Script, Step, accepts, is_at

WORDS = ImageGeneration(model="kling-v3", prompt="a fox")


def from_ports(step: Step, ports: list[int]) -> Step:
    """Answer as `step` does, and record the client's port of each connection."""

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return await step(request)

    return answer


async def test_polls_share_one_connection(kling: KlingClient, script: Script) -> None:
    ports: list[int] = []
    script.say(from_ports(is_at("processing"), ports))
    for _ in range(3):
        await kling.fetch("T1", endpoint=Endpoint.GENERATIONS)
    assert len(set(ports)) == 1


@pytest.mark.parametrize(("pause_s", "count"), [(50.0, 1), (70.0, 2)])
async def test_poll_after_a_pause_reuses_a_connection_for_a_minute(
    kling: KlingClient,
    script: Script,
    monkeypatch: pytest.MonkeyPatch,
    pause_s: float,
    count: int,
) -> None:
    """Servers close older ones, and a new TLS connection costs seven times as much."""
    ports: list[int] = []
    script.say(from_ports(is_at("processing"), ports))
    await kling.fetch("T1", endpoint=Endpoint.GENERATIONS)
    monkeypatch.setattr("aiohttp.connector.monotonic", lambda: time.monotonic() + pause_s)
    await kling.fetch("T1", endpoint=Endpoint.GENERATIONS)
    assert len(set(ports)) == count


async def test_each_submission_gets_a_new_connection(kling: KlingClient, script: Script) -> None:
    ports: list[int] = []
    script.say(from_ports(accepts(), ports))
    for _ in range(3):
        await kling.submit(WORDS)
    assert len(set(ports)) == 3


async def test_closed_client_closes_its_own_connections_and_leaves_a_given_session_open(
    script: Script, clock: InstantClock
) -> None:
    script.say(accepts())
    provider = provider_at(script)
    async with KlingClient(provider, clock=clock) as own:
        pass
    with pytest.raises(Exception, match="closed"):
        await own.submit(WORDS)
    async with aiohttp.ClientSession() as session:
        async with KlingClient(provider, clock=clock, session=session) as client:
            await client.submit(WORDS)
        assert not session.closed


async def test_given_session_sends_the_bots_user_agent(script: Script, clock: InstantClock) -> None:
    script.say(accepts())
    provider = provider_at(script)
    async with (
        aiohttp.ClientSession() as session,
        KlingClient(provider, clock=clock, session=session) as client,
    ):
        await client.submit(WORDS)
    assert [one.headers["User-Agent"] for one in script.asked] == [provider.user_agent]


def test_omni_image_from_words_alone_sends_no_image_list() -> None:
    assert "image_list" not in OmniImage(model="m", prompt="a fox").fields()


async def test_images_without_an_index_are_numbered_from_zero(
    kling: KlingClient, script: Script
) -> None:
    images = [{"url": f"https://cdn.example/{name}.png"} for name in "abc"]
    script.say(is_at("succeed", task_result={"images": images}))
    task = await kling.fetch("T1", endpoint=Endpoint.GENERATIONS)
    assert [image.index for image in task.images] == [0, 1, 2]
