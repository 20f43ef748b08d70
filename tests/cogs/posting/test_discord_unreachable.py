"""Errors from in front of Discord say nothing about a channel: the bot waits and tries it again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from cogs.ui.discord_errors import is_blocked, translated
from services.errors import (
    ChannelGone,
    DeliveryFailed,
    DiscordUnreachable,
    FileTooBig,
    MayNotPost,
    MessageRefused,
    TokenExpired,
)
from services.models import State
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import gallery, job_messages, text
from tests.support.task_durations import LONGER_THAN_TOKEN

BY_TOKEN = "/webhooks/*/messages/@original"
BY_ID = "/channels/*/messages/*"
NEW = "/channels/*/messages"
WALLS = [(403, 0), (403, 40333), (403, 999999), (404, 0), (407, 0), (451, 0), (401, 0)]
WAVE = 9


def refusal(status: int, body: object, **headers: str) -> discord.HTTPException:
    response = SimpleNamespace(status=status, reason="", headers=headers)
    return discord.HTTPException(cast("Any", response), cast("Any", body))


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        yield world


def private_messages(world: BotHarness) -> int:
    member = world.ann.user
    channel = getattr(member, "dm_channel", None)
    return 0 if channel is None else len(list(channel.history()))


def assert_in_its_place(world: BotHarness) -> None:
    [message] = job_messages(world.channel)
    assert len(gallery(message)) == 1
    assert "Painting" not in text(message)
    assert "Cancel" not in str(message.components)
    assert private_messages(world) == 0


@pytest.mark.parametrize(("status", "code"), WALLS)
async def test_result_past_its_token_waits_for_its_own_message(
    slow: BotHarness, status: int, code: int
) -> None:
    await slow.repaint()
    await slow.at_rest()
    for method, path in (("PATCH", BY_ID), ("POST", NEW), ("POST", "/users/@me/channels")):
        slow.env.inject_error(method, path, status=status, code=code, times=WAVE)

    [job] = await slow.until_settled()

    assert job.state is State.DELIVERED
    assert_in_its_place(slow)


@pytest.mark.parametrize(("status", "code"), WALLS)
async def test_result_with_a_young_token_waits_for_its_own_message(
    world: BotHarness, status: int, code: int
) -> None:
    answer = await world.repaint()
    await world.until(lambda: "Painting" in text(answer.response))
    world.env.inject_error("PATCH", BY_TOKEN, status=status, code=code, times=WAVE)

    [job] = await world.until_settled()

    assert job.state is State.DELIVERED
    assert_in_its_place(world)


@pytest.mark.parametrize(("status", "code"), WALLS)
async def test_failure_during_an_outage_is_shown_in_its_own_message(
    world: BotHarness, status: int, code: int
) -> None:
    world.refuse_submissions(1301, "no")
    for method, path in (("PATCH", BY_TOKEN), ("POST", NEW)):
        world.env.inject_error(method, path, status=status, code=code, times=WAVE)
    await world.repaint()

    [job] = await world.until_settled()

    assert job.state is State.REFUSED
    [message] = job_messages(world.channel)
    assert "Nothing was counted" in text(message)
    assert private_messages(world) == 0


async def test_history_that_can_not_be_asked_is_asked_again_and_nothing_posted_twice(
    slow: BotHarness,
) -> None:
    answer = await slow.repaint()
    await slow.until(lambda: "Painting" in text(answer.response))
    assert answer.response is not None
    deleted_id = answer.response.id
    slow.env.backend.delete_message(slow.channel.id, deleted_id)
    [job] = await slow.until_settled()
    slow.pass_time(300)
    slow.env.inject_error("GET", NEW, status=403, code=40333)
    place = replace(job.place, message_id=deleted_id)
    again = replace(job, request=replace(job.request, place=place))
    results = await slow.store.jobs.results(job.id)
    deliver = slow.bot.engine._parts.delivery.deliver

    with slow.env.time_context(), pytest.raises(DiscordUnreachable):
        await deliver(again, results)

    assert len(job_messages(slow.channel)) == 1


async def test_message_found_after_a_crash_is_remembered_by_its_id(slow: BotHarness) -> None:
    answer = await slow.repaint()
    await slow.until(lambda: "Painting" in text(answer.response))
    assert answer.response is not None
    deleted_id = answer.response.id
    slow.env.backend.delete_message(slow.channel.id, deleted_id)
    [job] = await slow.until_settled()
    [posted] = job_messages(slow.channel)
    slow.pass_time(300)
    place = replace(job.place, message_id=deleted_id)
    forgotten = replace(job, request=replace(job.request, place=place))
    await slow.bot.engine._parts.store.jobs.place_message(job.id, deleted_id)
    results = await slow.store.jobs.results(job.id)

    with slow.env.time_context():
        await slow.bot.engine._parts.delivery.deliver(forgotten, results)

    [kept] = await slow.jobs()
    assert kept.place.message_id == posted.id


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, 50001, MayNotPost),
        (403, 50013, MayNotPost),
        (403, 50009, MayNotPost),
        (403, 50278, MayNotPost),
        (403, 50005, TokenExpired),
        (404, 10003, ChannelGone),
        (404, 10013, ChannelGone),
        (404, 10008, TokenExpired),
        (413, 0, FileTooBig),
        (400, 50035, MessageRefused),
        (403, 40333, DiscordUnreachable),
        (403, 123456, DiscordUnreachable),
        (404, 0, DiscordUnreachable),
    ],
)
def test_errors_without_discords_codes_are_unreachable(
    status: int, code: int, kind: type[DeliveryFailed]
) -> None:
    with pytest.raises(DeliveryFailed) as caught, translated():
        raise refusal(status, {"code": code, "message": "x"})

    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "page",
    [
        "<html><title>Just a moment...</title></html>",
        "<!doctype html><h1>Access denied</h1>",
        "error code: 1015",
        "",
        "RBAC: access denied",
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 429, 451])
def test_page_of_any_status_is_no_word_of_discords(status: int, page: str) -> None:
    error = refusal(status, page)

    assert is_blocked(error)
    with pytest.raises(DiscordUnreachable), translated():
        raise error


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"message": "401: Unauthorized", "code": 0}),
        (404, {"message": "404: Not Found", "code": 0}),
        (403, {"message": "Missing Access", "code": 50001}),
    ],
)
def test_discords_own_refusal_is_no_block(status: int, body: object) -> None:
    assert not is_blocked(refusal(status, body))


@pytest.mark.parametrize(
    ("told", "wait_s"), [("7", 7.0), ("1.5", 1.5), ("999999", 3600.0), ("soon", None), ("", None)]
)
def test_retry_after_of_a_page_is_kept(told: str, wait_s: float | None) -> None:
    with pytest.raises(DiscordUnreachable) as caught, translated():
        raise refusal(429, "<html>", **{"Retry-After": told})

    assert caught.value.retry_after_s == wait_s
