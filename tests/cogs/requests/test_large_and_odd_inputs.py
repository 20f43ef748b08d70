"""Nine images of ten megabytes, odd prompts, and channels that vanish: each ends well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from services.models import State
from tests.support.bot_harness import MIB, BotHarness, make_image, simulated_bot
from tests.support.job_buttons import menu, pick
from tests.support.messages import gallery, job_messages, text
from tests.support.task_durations import LONGER_THAN_TOKEN

TOGETHER = 25 * MIB
"""About the size that Discord accepts in one request."""

FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=60) as world:
        yield world


@pytest.mark.proof
async def test_nine_results_of_ten_megabytes_are_posted_in_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.bot_harness.TIMEOUT_S", 240.0)
    large = make_image(1790, 1790, noisy=True)
    assert 9 * MIB < len(large) < 10 * MIB
    async with simulated_bot(tmp_path, MAX_COUNT=9) as world:
        answer = await world.repaint(image=("noise.png", large), count=9)
        [job] = await world.until_settled()

        results = await world.store.jobs.results(job.id)
        assert sum(result.size for result in results) > 80 * MIB
        assert job.state is State.DELIVERED
        assert len(gallery(answer.response)) == 9
        assert answer.response is not None
        sizes = [file.size for file in answer.response.attachments]
        assert max(sizes) <= 10 * MIB
        assert sum(sizes) <= TOGETHER
        assert all(result.path.stat().st_size == result.size for result in results)


async def test_prompt_of_2500_characters_is_cut_in_messages_and_whole_in_jobs(
    world: BotHarness,
) -> None:
    prompt = ("a long story about a cat " * 100)[:2500].strip().ljust(2500, "z")
    answer = await world.repaint(prompt=prompt, count=4)
    await world.until_settled()

    assert world.orders[0]["prompt"] == prompt
    assert len(text(answer.response)) < 700
    for item in gallery(answer.response):
        assert len(item["description"]) <= 1024
    listed = await world.ann.slash(world.channel, "jobs")
    await pick(world.ann, listed.response, menu(listed.response))
    assert prompt[-80:] in text(listed.response)


@pytest.mark.parametrize(
    "prompt",
    [
        "قطة برتقالية تشرب الشاي",
        "חתול כתום עם @everyone",
        "an \u202eevil\u202c turn \u2067of words",
        FAMILY * 300,
        "🐈" * 1250,
        "名古屋の猫、油絵風に",
        "\u0301" * 50 + "a",
    ],
    ids=["arabic", "hebrew", "override", "families", "emoji", "japanese", "combining"],
)
async def test_odd_prompt_is_submitted_whole_and_does_not_reverse_texts(
    world: BotHarness, prompt: str
) -> None:
    answer = await world.repaint(prompt=prompt)
    [job] = await world.until_settled()

    assert job.state is State.DELIVERED
    assert world.orders[0]["prompt"] == prompt
    shown = text(answer.response)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert "@everyone" not in shown
    [item] = gallery(answer.response)
    assert len(item["description"].encode("utf-16-le")) // 2 <= 1024
    assert not item["description"].endswith("\u200d…")


async def test_result_for_a_deleted_server_is_a_direct_message(slow: BotHarness) -> None:
    await slow.repaint()
    await slow.at_rest()
    slow.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10004)
    slow.env.inject_error("POST", "/channels/*/messages", status=404, code=10004)

    [job] = await slow.until_settled()

    assert job.state is State.DELIVERED
    [message] = letters_to_ann(slow)
    assert len(gallery(message)) == 1
    assert job.place.message_id != message.id, "that one does not stand in the channel"


async def test_result_for_an_archived_thread_is_a_direct_message(slow: BotHarness) -> None:
    slow.env.backend.create_thread(slow.channel.id, "thread", slow.ann.id)
    [thread] = slow.channel.threads
    await slow.repaint(where=thread)
    await slow.at_rest()
    slow.env.inject_error("PATCH", "/channels/*/messages/*", status=400, code=50083)
    slow.env.inject_error("POST", "/channels/*/messages", status=400, code=50083)

    [job] = await slow.until_settled()

    assert job.state is State.DELIVERED
    assert len(letters_to_ann(slow)) == 1


async def test_slowmode_is_waited_out(slow: BotHarness) -> None:
    answer = await slow.repaint()
    await slow.until(lambda: "Still painting" in text(answer.response))
    assert answer.response is not None
    slow.env.backend.delete_message(slow.channel.id, answer.response.id)
    slow.env.inject_error("POST", "/channels/*/messages", status=429, code=20016)

    [job] = await slow.until_settled()

    assert job.state is State.DELIVERED
    [message] = job_messages(slow.channel)
    assert len(gallery(message)) == 1


async def test_request_in_a_forum_post_is_delivered(world: BotHarness) -> None:
    forum = world.guild.create_forum_channel("gallery")
    world.env.backend.create_thread(forum.id, "a post", world.ann.id)
    [post] = forum.threads

    answer = await world.repaint(where=post)
    [job] = await world.until_settled()

    assert (job.state, job.place.channel_id) == (State.DELIVERED, post.id)
    assert len(gallery(answer.response)) == 1


def letters_to_ann(world: BotHarness) -> list[discord.Message]:
    return [one for one in world.ann.user.dm_channel.history() if one.components]
