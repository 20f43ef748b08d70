"""Reasons found after acceptance why a file cannot be used are shown to the requester alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import simcord

from cogs.ui.text import sentence
from services.models import Job, State
from tests.cogs.jobs.test_job_details import opened
from tests.cogs.requests.test_user_installs import channel_routes, installed_by_ann
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import Json, job_messages, text
from tests.support.task_durations import LONGER_THAN_TOKEN

NEW = "/channels/*/messages"
UNREADABLE: Json = {"image": ("cat.png", b"no picture"), "prompt": "ink"}
LANGUAGES = [("en-US", "zh-CN"), ("zh-CN", "en-US")]


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A world in which a second request waits until the first one's token is over."""
    async with simulated_bot(
        tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1, KLING_CONCURRENCY=1
    ) as world:
        await world.repaint(world.bob)
        await world.at_rest()
        claim(world)
        yield world


def claim(world: BotHarness) -> None:
    """Make Discord describe every file as an image."""
    world.claims = {"content_type": "image/png", "width": 640, "height": 480}


def reason(locale: str = "en-US") -> str:
    return sentence("image_damaged", locale)


def neutral(locale: str = "en-US") -> str:
    return sentence("outcome_source_unusable", locale)


async def by_direct_message(world: BotHarness) -> simcord.InteractionResult:
    claim(world)
    return await world.ann.user.slash("repaint", **UNREADABLE)


def got_directly(world: BotHarness) -> list[str]:
    """Return the direct messages that Ann received from the bot."""
    return [text(one) + one.content for one in world.ann.user.dm_channel.history()]


async def failed(world: BotHarness) -> Job:
    jobs = await world.until_settled(len(await world.jobs()))
    [job] = [job for job in jobs if job.request.user_id == world.ann.id]
    assert (job.state, job.given_back) == (State.FAILED, True)
    return job


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_direct_message_has_the_reason_in_the_message_itself(
    world: BotHarness, locale: str
) -> None:
    world.says = {"locale": locale}

    answer = await by_direct_message(world)
    await failed(world)

    assert reason(locale) in text(answer.response)
    assert neutral(locale) not in text(answer.response)
    assert answer.followups == []
    assert len(got_directly(world)) == 1


async def test_group_message_shows_no_reason(world: BotHarness) -> None:
    world.says = {"context": 2, "authorizing_integration_owners": {"1": str(world.ann.id)}}

    answer = await by_direct_message(world)
    await failed(world)

    assert neutral() in text(answer.response)
    assert_told_privately(answer)
    assert channel_routes(world) == []


@pytest.mark.parametrize(("reader", "server"), LANGUAGES, ids=["english", "chinese"])
async def test_user_install_reason_is_sent_by_the_token(
    world: BotHarness, reader: str, server: str
) -> None:
    claim(world)
    installed_by_ann(world)
    world.says |= {"locale": reader, "guild_locale": server}

    answer = await world.repaint(**UNREADABLE)
    await failed(world)

    assert neutral(server) in text(answer.response)
    assert_told_privately(answer, reader)
    assert channel_routes(world) == []


async def test_user_install_without_external_apps_has_the_reason_in_its_private_message(
    world: BotHarness,
) -> None:
    claim(world)
    installed_by_ann(world)
    world.external_apps = False

    answer = await world.repaint(**UNREADABLE)
    await failed(world)

    assert answer.ephemeral
    assert reason() in text(answer.response)
    assert answer.followups == []


@pytest.mark.parametrize(("reader", "server"), LANGUAGES, ids=["english", "chinese"])
async def test_reason_after_the_token_is_a_direct_message(
    slow: BotHarness, reader: str, server: str
) -> None:
    slow.says = {"locale": reader, "guild_locale": server}

    answer = await slow.repaint(**UNREADABLE)
    await failed(slow)

    assert neutral(server) in text(answer.response)
    assert reason(server) not in str([text(one) for one in job_messages(slow.channel)])
    assert answer.followups == []
    [told] = got_directly(slow)
    assert reason(reader) in told


async def test_member_who_takes_no_direct_messages_has_their_units_back(slow: BotHarness) -> None:
    answer = await slow.repaint(**UNREADABLE)
    slow.env.inject_error("POST", NEW, status=403, code=50007, times=None)

    await failed(slow)

    assert neutral() in text(answer.response)


async def test_channel_that_is_gone_leaves_one_direct_message_with_the_reason(
    slow: BotHarness,
) -> None:
    await slow.repaint(**UNREADABLE)
    slow.env.backend.delete_channel(slow.channel.id)

    await slow.until(lambda: reason() in str(got_directly(slow)))
    await slow.at_rest()

    told = [one for one in got_directly(slow) if reason() in one or neutral() in one]
    assert len(told) == 1


async def test_user_install_after_the_tokens_end_finds_the_reason_in_the_list(
    slow: BotHarness,
) -> None:
    installed_by_ann(slow)
    await slow.repaint(**UNREADABLE)
    await slow.until_settled(2)
    assert got_directly(slow) == []

    shown = await opened(slow)

    assert shown.ephemeral
    assert reason() in text(shown)


def assert_told_privately(answer: simcord.InteractionResult, locale: str = "en-US") -> None:
    [followup] = answer.followups
    assert followup.ephemeral
    assert reason(locale) in followup.content
    assert reason(locale) not in text(answer.response)
