"""Operators (OPERATOR_IDS) get a direct message, once, about what only they can fix."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import discord
import pytest

from services.models import State
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import text

ANN, BOB = 1456074443980800006, 1456074443980800007
"""Ids that simcord gives out in every world."""

NEW_CHANNEL = "/users/@me/channels"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with simulated_bot(tmp_path, OPERATOR_IDS=f"{ANN},{BOB}") as world:
        assert (world.ann.id, world.bob.id) == (ANN, BOB)
        yield world


def told(world: BotHarness) -> list[list[str]]:
    """Return the direct messages that each operator received."""
    return [
        [text(message) for message in who.user.dm_channel.history()]
        for who in (world.ann, world.bob)
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1102, "out of money"),
        (1101, "in arrears"),
        (1000, "does not accept the key"),
        (1002, "check KLING_BASE_URL"),
        (1304, "address list"),
    ],
)
async def test_account_problem_alerts_every_operator_once(
    world: BotHarness, code: int, words: str
) -> None:
    world.refuse_submissions(code, "no", times=None)

    answer = await world.repaint()
    [job] = await world.until_settled()

    assert (job.state, job.given_back) == (State.FAILED, True)
    assert "The people who run the bot have been told" in text(answer.response)
    for alerts in told(world):
        assert len(alerts) == 1
        assert words in alerts[0]
        assert "Submissions are paused" in alerts[0]


async def test_account_problem_solved_alerts_operators(world: BotHarness) -> None:
    world.refuse_submissions(1102, "no")
    await world.repaint()
    await world.until_settled()

    world.pass_time(3600)
    await world.repaint(world.bob)
    await world.until_settled(2)

    for alerts in told(world):
        assert [words.split(".")[0] for words in alerts][1:] == [
            "The provider accepts submissions again"
        ]


async def test_alert_shows_no_secret(world: BotHarness) -> None:
    world.refuse_submissions(1000, "Auth failed for key sk-sandbox")

    await world.repaint(prompt="my own words")
    await world.until_settled()

    [alert] = told(world)[0]
    assert "sk-sandbox" not in alert
    assert "my own words" not in alert


async def test_alert_reaches_others_if_one_operator_is_unreachable(
    world: BotHarness,
) -> None:
    world.env.inject_error("POST", NEW_CHANNEL, status=403, code=50007)
    world.refuse_submissions(1102, "no")

    await world.repaint()
    await world.until_settled()

    assert [len(alerts) for alerts in told(world)] == [0, 1]


@pytest.mark.parametrize(
    "trouble",
    [
        aiohttp.ServerDisconnectedError(),
        ConnectionResetError(),
        TimeoutError(),
        discord.RateLimited(90.0),
        RuntimeError("Session is closed"),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
async def test_alert_that_fails_does_not_affect_the_job(
    world: BotHarness, trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_args: object, **_kwargs: object) -> None:
        raise trouble

    monkeypatch.setattr(world.bot.client.http, "start_private_message", failing)
    world.refuse_submissions(1102, "no")

    await world.repaint()
    [job] = await world.until_settled()

    assert (job.state, job.given_back) == (State.FAILED, True)


async def test_reached_cap_alerts_operators_once(tmp_path: Path) -> None:
    async with simulated_bot(
        tmp_path, OPERATOR_IDS=f"{ANN},{BOB}", BOT_DAILY_IMAGES=1, USER_QUEUED_JOBS=9
    ) as world:
        await world.repaint()
        for who in (world.ann, world.bob, world.ann):
            assert (await world.repaint(who)).ephemeral
        await world.until(lambda: all(told(world)))

        for alerts in told(world):
            assert alerts == ["The cap for the whole bot is reached today: 1 of 1."]


async def test_alert_of_any_length_fits_a_message(world: BotHarness) -> None:
    await world.bot.client.alert("results", reason="r" * 30_000)

    [[alert], [_]] = told(world)
    assert len(alert) == 2000
    assert "{???}" not in alert
