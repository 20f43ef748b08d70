"""One message per job, edited in place: queued, generating, then the images or the reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import simcord

from services.models import State
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import gallery, job_messages, said, text
from tests.support.task_durations import FIVE_MINUTES


def edits(world: BotHarness) -> list[str]:
    """The words of every edit, in order."""
    return [said(body) for body in world.requests("PATCH", "@original")]


async def until_said(world: BotHarness, answer: simcord.InteractionResult, words: str) -> None:
    await world.until(lambda: words in text(answer.response))


async def test_first_response_shows_queue_position_and_remaining_units(world: BotHarness) -> None:
    answer = await world.repaint(count=3)

    assert not answer.ephemeral
    assert "**In the queue** · next in line" in text(answer.response)
    assert "7 of 10 pictures left today" in text(answer.response)


async def test_first_response_without_a_limit_shows_none(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_DAILY_IMAGES=0) as world:
        assert "left today" not in text((await world.repaint()).response)


async def test_status_message_shows_every_state(world: BotHarness) -> None:
    answer = await world.repaint()
    await world.until_settled()

    painting, result = (words.splitlines()[-1] for words in edits(world))
    assert painting == "**Painting** · started <t:1767225600:R>"
    assert re.fullmatch(r"-# kling-v3 · 1 picture · \d+ s", result)
    [message] = world.channel.history()
    assert answer.response is not None
    assert message.id == answer.response.id


async def test_status_message_counts_the_jobs_ahead(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES, KLING_CONCURRENCY=1) as world:
        await world.repaint(world.ann)
        await world.at_rest()
        second = await world.repaint(world.bob)
        world.pass_time(1)
        third = await world.repaint(world.guild.add_member(world.env.create_user("cy")))
        assert "next in line" in text(second.response)
        assert "1 request ahead" in text(third.response)

        await until_said(world, second, "**Painting**")
        await until_said(world, third, "next in line")

        assert len(job_messages(world.channel)) == 3


async def test_status_message_shows_the_usual_duration_once_known(world: BotHarness) -> None:
    for number in range(5):
        await world.repaint()
        await world.until_settled(number + 1)
    world.pass_time(3)  # learned times are read every two seconds

    answer = await world.repaint()
    await until_said(world, answer, "**Painting**")

    assert "usually takes about " in text(answer.response)


async def test_status_message_of_a_late_task_says_so_and_it_is_posted(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES, KLING_TIMEOUT=60) as world:
        answer = await world.repaint()

        await until_said(world, answer, "**Still painting** · started <t:1767225600:R>")
        assert world.clock.now() - 1767225600 == pytest.approx(60, abs=1)
        [job] = await world.until_settled()

        assert (job.state, job.late) == (State.DELIVERED, True)
        assert len(gallery(answer.response)) == 1
        assert "Still painting" not in text(answer.response)


@pytest.mark.parametrize(
    ("prompt", "charge", "words"),
    [
        ("something forbidden", False, "content rules. Please change one of them. Nothing was"),
        ("something prohibited", False, "content rules. Please change one of them. Nothing was"),
        ("something forbidden", True, "It counts against your limit."),
    ],
)
async def test_status_message_shows_an_end_without_images(
    tmp_path: Path, prompt: str, charge: bool, words: str
) -> None:
    async with simulated_bot(tmp_path, CHARGE_REFUSED=str(charge).lower()) as world:
        answer = await world.repaint(prompt=prompt)
        await world.until_settled()

        assert words in text(answer.response)
        assert prompt in text(answer.response)
        assert gallery(answer.response) == []
        assert len(world.channel.history()) == 1
        assert await world.used() == int(charge)


async def test_status_message_uses_the_servers_language_or_the_readers_if_private(
    world: BotHarness,
) -> None:
    world.says = {"guild_locale": "zh-CN", "locale": "en-US"}
    public = await world.repaint()
    private = await world.repaint(private=True)
    await world.until_settled(2)

    assert "1 张" in text(public.response)
    assert "1 picture" in text(private.response)
