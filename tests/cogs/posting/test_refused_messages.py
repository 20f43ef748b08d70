"""Discord refuses the message itself (50035 and similar): the job ends, its user is notified."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cogs.posting.delivery import ChannelDelivery
from services.models import Job, Result, State
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.job_buttons import click, menu, pick
from tests.support.messages import gallery, job_messages, text

BY_TOKEN, FOLLOW_UP = "/webhooks/*/messages/@original", "/webhooks/*/*"
CHANNEL = "/channels/*/messages*"
BOB = 1456074443980800007
PROMPT = "a cat that nobody else should read of"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with simulated_bot(tmp_path, OPERATOR_IDS=str(BOB)) as world:
        assert world.bob.id == BOB
        yield world


async def unused(*_: object, **__: object) -> Sequence[Result]:
    raise AssertionError("there are no pictures")


async def refused(world: BotHarness, *, times: int | None, code: int = 50035) -> Job:
    """Send a request, and make Discord refuse the edits of the message."""
    for path in (BY_TOKEN, CHANNEL):
        world.env.inject_error("PATCH", path, status=400, code=code, times=times)
    await world.repaint(prompt=PROMPT)
    [job] = await world.until_settled()
    return job


async def test_message_refused_once_is_sent_without_the_prompt(world: BotHarness) -> None:
    job = await refused(world, times=2)  # the first one hits an update of the progress

    assert job.state is State.DELIVERED
    [message] = job_messages(world.channel)
    assert len(gallery(message)) == 1
    assert PROMPT not in str(gallery(message)) + text(message)


async def test_message_whose_edits_are_refused_is_posted_again(world: BotHarness) -> None:
    job = await refused(world, times=None)

    assert job.state is State.DELIVERED
    assert [len(gallery(one)) for one in job_messages(world.channel)] == [0, 1]


@pytest.mark.parametrize("code", [50035, 50006, 50109])
async def test_message_refused_everywhere_ends_the_job_undelivered_at_once(
    world: BotHarness, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=400, code=code, times=4)
    asked_at = world.clock.now()
    job = await refused(world, times=None, code=code)

    assert (job.state, job.given_back) == (State.UNDELIVERED, False)
    assert job.told_at is not None
    assert job.told_at < asked_at + 60
    said = [text(one) for one in world.channel.history()]
    assert [one for one in said if "it lies in /jobs" in one]
    assert not [one for one in said[1:] if PROMPT in one]
    assert f"code {code}" in caplog.text
    assert PROMPT not in caplog.text


async def test_message_refused_before_is_posted_again_from_jobs(world: BotHarness) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=400, code=50035, times=2)
    await refused(world, times=20)
    world.env.backend.faults.clear()
    shown = await world.ann.slash(world.channel, "jobs")
    await pick(world.ann, shown.response, menu(shown.response))

    await click(world.ann, shown.response, "rp:post")

    [job] = await world.jobs()
    assert job.state is State.DELIVERED
    assert [len(gallery(one)) for one in job_messages(world.channel)] == [0, 1]


async def test_outcome_refused_as_a_message_is_sent_as_plain_text(
    world: BotHarness,
) -> None:
    world.refuse_submissions(1301, "no")
    job = await refused(world, times=None)

    assert (job.state, job.given_back) == (State.REFUSED, True)
    assert "counted against your limit" in text(list(world.channel.history())[-1])


async def test_message_refused_for_a_while_is_retried(world: BotHarness) -> None:
    """Slow mode, limits and overload say nothing about the message."""
    world.env.inject_error("PATCH", BY_TOKEN, status=400, code=20016, times=2)
    await world.repaint()
    [job] = await world.until_settled()

    assert job.state is State.DELIVERED
    assert len(job_messages(world.channel)) == 1


@pytest.mark.parametrize("code", [20009, 999999, 50035, 50006])
async def test_refused_upload_ends_the_status_message_without_files(
    world: BotHarness, code: int
) -> None:
    """The form with images is refused by every route, and so is the bare one; words pass."""
    await world.repaint(prompt=PROMPT)
    refuse = world.env.inject_error
    refuse("PATCH", BY_TOKEN, status=400, code=code, times=3)  # an update, two forms with images
    refuse("PATCH", "/channels/*/messages/*", status=400, code=code)
    refuse("POST", "/channels/*/messages", status=400, code=code, times=None)

    [job] = await world.until_settled()

    assert job.state is State.UNDELIVERED
    [message] = job_messages(world.channel)
    assert "it lies in /jobs" in text(message)
    assert "rp:cancel" not in str(message.components)


async def test_words_blocked_by_the_filter_end_the_status_message(world: BotHarness) -> None:
    await world.repaint(prompt=PROMPT)
    world.env.inject_error("PATCH", BY_TOKEN, status=400, code=240000, times=3)

    await world.until_settled()

    [message] = job_messages(world.channel)
    assert "Painting" not in text(message)
    assert PROMPT not in text(message)


async def test_result_in_a_direct_message_ends_the_status_message(world: BotHarness) -> None:
    await world.repaint()
    world.env.inject_error("PATCH", BY_TOKEN, status=403, code=50013, times=2)
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=403, code=50013, times=2)
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)

    [job] = await world.until_settled()

    assert job.state is State.DELIVERED
    [message] = job_messages(world.channel)
    assert "direct message" in text(message)
    assert "rp:cancel" not in str(message.components)


async def test_result_in_a_new_message_ends_the_old_one(world: BotHarness) -> None:
    await refused(world, times=3)

    texts = [text(one) for one in job_messages(world.channel)]
    assert not [one for one in texts if "Painting" in one]


async def test_plain_text_of_a_private_job_is_never_posted_to_the_channel(
    world: BotHarness,
) -> None:
    await world.repaint(prompt=PROMPT, private=True)
    [job] = await world.until_settled()
    public = replace(job, request=replace(job.request, place=replace(job.place, ephemeral=False)))
    assert (job.place.ephemeral, job.place.can_post) == (True, True)
    world.pass_time(16 * 60)
    delivery = ChannelDelivery(
        world.bot.client, fit=unused, remember=world.store.jobs.place_message, clock=world.clock
    )

    await delivery._say_plainly(job, f"of {PROMPT}")
    assert not [one for one in world.channel.history() if PROMPT in text(one)]

    await delivery._say_plainly(public, "for all")
    assert text(list(world.channel.history())[-1]) == "for all"
