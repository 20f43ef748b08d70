"""Fallbacks of a delivery: the token, the message by its id, a new message, a direct message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
import simcord

from cogs.posting.delivery import picture_urls
from sandbox.kling.options import Options as KlingOptions
from services.models import Job, State
from tests.support.bot_harness import MIB, BotHarness, make_image, simulated_bot
from tests.support.messages import gallery, job_messages, text
from tests.support.task_durations import LONGER_THAN_TOKEN

BY_TOKEN = "/webhooks/*/messages/@original"
BY_ID = "/channels/*/messages/*"
NEW = "/channels/*/messages"


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        yield world


def deliveries(world: BotHarness) -> list[str]:
    """Return how every message with images was sent, in order: method and route."""
    routes = {"webhooks": "token", "channels": "channel"}
    return [
        f"{entry.method} {routes[entry.path.split('/')[1]]}"
        for entry in world.env.http_requests
        if isinstance(entry.json, dict) and "attachment://" in str(entry.json.get("components"))
    ]


def shown_to(world: BotHarness, member: simcord.MemberActor) -> list[int]:
    """Return how many images each direct message to a user shows."""
    return [len(gallery(message)) for message in member.user.dm_channel.history()]


async def test_delivery_with_a_valid_token_edits_by_it(world: BotHarness) -> None:
    await world.repaint()
    await world.until_settled()

    assert deliveries(world) == ["PATCH token"]


async def test_later_the_message_is_edited_by_its_id(slow: BotHarness) -> None:
    answer = await slow.repaint()
    [job] = await slow.until_settled()

    assert job.state is State.DELIVERED
    assert deliveries(slow) == ["PATCH channel"]
    assert len(gallery(answer.response)) == 1
    assert len(job_messages(slow.channel)) == 1


async def test_delivery_avoids_the_tokens_last_minute(tmp_path: Path) -> None:
    quarter = KlingOptions(painter="copy", min_seconds=845, max_seconds=850)
    async with simulated_bot(tmp_path, kling=quarter) as world:
        await world.repaint()
        await world.until_settled()

        assert deliveries(world) == ["PATCH channel"]


async def test_delivery_of_a_deleted_message_posts_a_new_one_once(slow: BotHarness) -> None:
    answer = await slow.repaint()
    await slow.until(lambda: "Painting" in text(answer.response))
    assert answer.response is not None
    slow.env.backend.delete_message(slow.channel.id, answer.response.id)

    [job] = await slow.until_settled()

    [message] = job_messages(slow.channel)
    assert len(gallery(message)) == 1
    assert job.place.message_id == message.id
    [body, _ping] = slow.requests("POST", "/messages")
    assert (body["nonce"], body["enforce_nonce"]) == (job.id, True)


async def test_delivery_after_a_crash_finds_its_message(slow: BotHarness) -> None:
    """Its id was never stored, and Discord has forgotten the nonce."""
    answer = await slow.repaint()
    await slow.until(lambda: "Painting" in text(answer.response))
    assert answer.response is not None
    deleted_id = answer.response.id
    slow.env.backend.delete_message(slow.channel.id, deleted_id)
    [job] = await slow.until_settled()
    [posted] = job_messages(slow.channel)

    slow.pass_time(300)
    forgotten = replace(job.place, message_id=deleted_id)
    await deliver_again(slow, replace(job, request=replace(job.request, place=forgotten)))

    assert [message.id for message in job_messages(slow.channel)] == [posted.id]


async def test_delivery_to_a_deleted_channel_uses_a_direct_message(slow: BotHarness) -> None:
    await slow.repaint()
    await slow.at_rest()
    slow.env.backend.delete_channel(slow.channel.id)

    [job] = await slow.until_settled()

    assert job.state is State.DELIVERED
    assert shown_to(slow, slow.ann) == [1]


@pytest.mark.parametrize("code", [50001, 50013, 50083, 160005])
async def test_delivery_to_a_forbidden_channel_uses_a_direct_message(
    slow: BotHarness, code: int
) -> None:
    await slow.repaint()
    await slow.at_rest()
    slow.env.inject_error("PATCH", BY_ID, status=403, code=code)
    slow.env.inject_error("POST", NEW, status=403, code=code)

    await slow.until_settled()

    assert shown_to(slow, slow.ann) == [1]


async def test_delivery_without_any_route_stores_the_images(
    slow: BotHarness,
) -> None:
    await slow.repaint()
    await slow.at_rest()
    slow.env.backend.delete_channel(slow.channel.id)
    slow.env.inject_error("POST", NEW, status=403, code=50007, times=None)

    [job] = await slow.until_settled()

    assert (job.state, job.given_back) == (State.UNDELIVERED, False)
    assert all(result.path.exists() for result in await slow.store.jobs.results(job.id))


async def test_delivery_of_a_private_result_is_never_public(slow: BotHarness) -> None:
    await slow.repaint(private=True)

    [job] = await slow.until_settled()

    assert job.state is State.UNDELIVERED
    assert deliveries(slow) == []
    assert slow.channel.history(viewer=slow.bob) == []
    assert shown_to(slow, slow.ann) == []


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_discords_own_trouble_is_waited_out(world: BotHarness, status: int) -> None:
    answer = await world.repaint()
    await world.until(lambda: "Painting" in text(answer.response))
    world.env.inject_error("PATCH", BY_TOKEN, status=status, times=3)

    [job] = await world.until_settled()

    assert job.state is State.DELIVERED
    assert len(gallery(answer.response)) == 1


async def test_trouble_while_showing_progress_harms_nothing(world: BotHarness) -> None:
    answer = await world.repaint()
    world.env.inject_error("PATCH", BY_TOKEN, status=500)

    [job] = await world.until_settled()

    assert job.state is State.DELIVERED
    assert len(gallery(answer.response)) == 1


@pytest.mark.parametrize("code", [200000, 240000])
async def test_words_that_the_server_blocks_are_left_out(world: BotHarness, code: int) -> None:
    answer = await world.repaint(prompt="a duck")
    await world.until(lambda: "Painting" in text(answer.response))
    world.env.inject_error("PATCH", BY_TOKEN, status=400, code=code)

    await world.until_settled()

    [item] = gallery(answer.response)
    assert "a duck" not in text(answer.response)
    assert "a duck" not in item["description"]
    assert "prompt not shown" in text(answer.response)


async def test_files_too_large_become_links(world: BotHarness) -> None:
    answer = await world.repaint(count=2)
    await world.until(lambda: "Painting" in text(answer.response))
    world.env.inject_error("PATCH", BY_TOKEN, status=413, code=40005)

    [job] = await world.until_settled()

    results = await world.store.jobs.results(job.id)
    assert gallery(answer.response) == []
    assert [f"[{one.position + 1}](<{one.url}>)" in text(answer.response) for one in results] == [
        True,
        True,
    ]


async def test_words_blocked_and_files_too_large_still_leave_links(world: BotHarness) -> None:
    answer = await world.repaint(prompt="a duck")
    await world.until(lambda: "Painting" in text(answer.response))
    world.env.inject_error("PATCH", BY_TOKEN, status=400, code=200000)
    world.env.inject_error("PATCH", BY_TOKEN, status=413, code=40005)

    [job] = await world.until_settled()

    assert job.state is State.DELIVERED
    assert "a duck" not in text(answer.response)
    assert "Too large to post here" in text(answer.response)


async def test_pictures_are_made_to_fit_where_they_go(world: BotHarness) -> None:
    world.says = {"attachment_size_limit": 40_000}
    answer = await world.repaint(image=("cat.png", noise()))
    await world.until_settled()

    assert answer.response is not None
    [posted] = answer.response.attachments
    assert len(noise()) > 40_000
    assert posted.size <= 40_000


async def test_delivery_after_the_token_uses_the_bots_size_limit(
    slow: BotHarness, tmp_path: Path
) -> None:
    """After the token expires, the bot's own limit applies: 10 MiB in a server without boosts."""
    slow.says = {"attachment_size_limit": 500 * MIB}
    answer = await slow.repaint()
    [job] = await slow.until_settled()
    large = tmp_path / "large.png"
    large.write_bytes(noise(2000, 1900))
    assert large.stat().st_size > 10 * MIB

    await deliver_again(slow, job, path=large, size=large.stat().st_size)

    assert answer.response is not None
    [posted] = answer.response.attachments
    assert posted.size <= 10 * MIB


def test_pictures_are_found_in_every_form_of_message() -> None:
    """Messages of others in a channel may hold any component, at any level."""
    item = {"media": {"url": "https://cdn.example/one.png"}, "description": None}
    gallery: Any = {"type": 12, "id": 1, "items": [item]}
    text_only: Any = {"type": 10, "id": 2, "content": "words"}
    container: Any = {"type": 17, "id": 3, "components": [text_only, gallery]}
    message = SimpleNamespace(
        attachments=[SimpleNamespace(url="https://cdn.example/attached.png")],
        components=[
            discord.components.TextDisplay(text_only),
            discord.components.Container(container, None),
        ],
    )

    urls = list(picture_urls(cast("discord.Message", message)))

    assert urls == ["https://cdn.example/attached.png", "https://cdn.example/one.png"]


async def test_members_larger_limit_counts_while_the_token_is_young(
    world: BotHarness, tmp_path: Path
) -> None:
    world.says = {"attachment_size_limit": 500 * MIB}
    answer = await world.repaint()
    [waiting] = await world.jobs()
    [job] = await world.until_settled()
    large = tmp_path / "large.png"
    large.write_bytes(noise(2000, 1900))

    with_token = replace(job, request=waiting.request)
    await deliver_again(world, with_token, path=large, size=large.stat().st_size)

    assert answer.response is not None
    [posted] = answer.response.attachments
    assert posted.size == large.stat().st_size > 10 * MIB


async def deliver_again(world: BotHarness, job: Job, **changes: Any) -> None:
    """Repeat the last delivery, with `changes` to the results."""
    results = await world.store.jobs.results(job.id)
    with world.env.time_context():
        await world.bot.engine._parts.delivery.deliver(
            job, [replace(result, **changes) for result in results]
        )


def noise(width: int = 640, height: int = 480) -> bytes:
    """Return an image that does not compress."""
    return make_image(width, height, noisy=True)


async def test_strangers_file_with_the_jobs_name_is_no_delivery(slow: BotHarness) -> None:
    await slow.repaint()
    [job] = await slow.jobs()
    name = f"{job.id}_1.png"
    await slow.bob.send(slow.channel, "mine", attachments=[(name, make_image())])
    slow.env.inject_error("PATCH", "*", status=404, code=10008, times=None)
    slow.env.inject_error("POST", NEW, status=500, times=40)  # until Discord forgets the nonce

    [job] = await slow.until_settled()

    assert job.state is State.DELIVERED
    assert [len(gallery(one)) for one in job_messages(slow.channel)][-1] == 1
