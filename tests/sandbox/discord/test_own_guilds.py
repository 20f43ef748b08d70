"""The guilds that the bot is in: listed, left, and joined again."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from sandbox.discord import Options, Served
from tests.sandbox.discord.robot import Robot


@pytest.fixture
def options() -> Options:
    return Options(guilds=3)


async def test_left_guild_is_gone_and_the_others_are_not(robot: Robot) -> None:
    await robot.open()
    before = [guild async for guild in robot.fetch_guilds()]
    assert sorted(guild.name for guild in before) == ["Guild 1", "Guild 2", "Sandbox studio"]
    assert all(guild.approximate_member_count for guild in before)
    [first] = [guild for guild in before if guild.name == "Guild 1"]
    await robot.http.leave_guild(first.id)

    after = [guild.name async for guild in robot.fetch_guilds()]
    assert sorted(after) == ["Guild 2", "Sandbox studio"]
    with pytest.raises(discord.NotFound) as refused:
        await robot.http.leave_guild(first.id)
    assert refused.value.code == 10004


async def test_pages_begin_behind_an_id(robot: Robot) -> None:
    await robot.open()
    whole = [guild.id async for guild in robot.fetch_guilds()]
    rest = robot.fetch_guilds(after=discord.Object(whole[0]))
    assert [guild.id async for guild in rest] == whole[1:]


async def test_bot_that_is_added_again_is_told_as_of_a_new_guild(
    robot: Robot, here: Served
) -> None:
    await robot.open()
    joined = asyncio.create_task(robot.wait_for("guild_join", timeout=30))
    [gone] = [guild.id for guild in robot.guilds if guild.name == "Guild 2"]
    await robot.http.leave_guild(gone)
    async with aiohttp.ClientSession() as web:
        order = {"guild": str(gone)}
        async with web.post(f"{here.url}/sandbox/guild", json=order) as answer:
            assert answer.status == 200
        async with web.post(f"{here.url}/sandbox/guild", json={"guild": "1"}) as answer:
            assert answer.status == 404
    assert (await joined).id == gone
