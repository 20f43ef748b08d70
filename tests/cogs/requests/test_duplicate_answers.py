"""A second bot with this token on another computer: its responses collide with ours."""

from __future__ import annotations

import logging
from pathlib import Path

import discord
import pytest

from services.models import State
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import text

BOB = 1456074443980800007
"""The id that simcord gives out in every world."""

CALLBACK = "/interactions/*"


async def test_duplicate_instance_is_logged_once(
    world: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "cogs.client.bot")
    for _ in range(2):
        world.env.inject_error("POST", CALLBACK, status=400, code=40060)
        await world.ann.slash(world.channel, "quota")
    said = [one for one in caplog.messages if "another process" in one]
    assert len(said) == 1
    assert "second bot run with this token" in said[0]


async def test_request_answered_by_another_process_is_delivered(
    world: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "cogs.client.bot")
    world.env.inject_error("POST", CALLBACK, status=400, code=40060)
    await world.repaint()
    [job] = await world.until_settled()
    assert job.state is State.DELIVERED
    assert [one for one in caplog.messages if "another process" in one]


async def test_duplicate_check_with_a_malformed_response_decides_nothing(
    world: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_short(_: discord.Interaction) -> None:
        raise ValueError("unexpected end of data")  # as orjson does

    monkeypatch.setattr(discord.Interaction, "original_response", cut_short)
    world.env.inject_error("POST", CALLBACK, status=400, code=40060)
    answer = await world.repaint()
    assert answer.followups == []
    [job] = await world.until_settled()
    assert job.state is State.DELIVERED


async def test_duplicate_instance_alerts_operators_once(
    tmp_path: Path,
) -> None:
    async with simulated_bot(tmp_path, OPERATOR_IDS=str(BOB)) as world:
        for _ in range(2):
            world.bot.client.dispatch("duplicate_instance")
            await world.env.settle()

        told = [text(message) for message in world.bob.user.dm_channel.history()]
        assert len(told) == 1
        assert "Another process runs with this bot's token" in told[0]
