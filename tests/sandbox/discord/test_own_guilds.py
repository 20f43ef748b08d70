"""The bot's guilds: listed, left, and joined again."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from sandbox.discord import Options, Served
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import LibraryBot


@pytest.fixture
def options() -> Options:
    return Options(guilds=3)


async def test_left_guild_is_gone_and_the_others_are_not(robot: LibraryBot) -> None:
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


async def test_pages_begin_behind_an_id(robot: LibraryBot) -> None:
    await robot.open()
    whole = [guild.id async for guild in robot.fetch_guilds()]
    rest = robot.fetch_guilds(after=discord.Object(whole[0]))
    assert [guild.id async for guild in rest] == whole[1:]


async def test_bot_that_is_added_again_is_told_as_of_a_new_guild(
    robot: LibraryBot, here: Served
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


async def test_role_that_is_made_is_seen_and_gives_its_rights_in_its_guild_alone(
    robot: LibraryBot, here: Served
) -> None:
    await robot.open()
    [first] = [guild for guild in robot.guilds if guild.name == "Guild 1"]
    made = asyncio.create_task(robot.wait_for("guild_role_create", timeout=30))
    async with Member(here.url, viewer="Lin") as lin, aiohttp.ClientSession() as web:
        order = {"guild": str(first.id), "user": lin.id, "name": "Mod"}
        order |= {"permissions": ["MANAGE_GUILD"]}
        async with web.post(f"{here.url}/sandbox/role", json=order) as answer:
            role_id = (await answer.json())["id"]
        for wrong in ({"user": "1"}, {"permissions": ["FLY"]}):
            async with web.post(f"{here.url}/sandbox/role", json=order | wrong) as answer:
                assert answer.status == 400
        async with web.post(f"{here.url}/sandbox/role", json=order | {"guild": "1"}) as answer:
            assert answer.status == 404
        channel = {"name": "log", "guild": str(first.id)}
        async with web.post(f"{here.url}/sandbox/channel", json=channel) as answer:
            channel_id = int((await answer.json())["id"])
    role = await made
    assert (role.id, role.guild.id) == (int(role_id), first.id)
    assert role.permissions == discord.Permissions(manage_guild=True)
    found = await robot.fetch_channel(channel_id)
    assert isinstance(found, discord.TextChannel)
    assert found.guild.id == first.id
    member = await first.fetch_member(int(lin.id))
    assert member.guild_permissions.manage_guild
