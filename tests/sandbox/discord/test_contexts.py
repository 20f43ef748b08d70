"""Group chats without the bot; servers, threads and permissions that are taken away."""

from __future__ import annotations

import aiohttp
import discord
import pytest
from discord import app_commands

from sandbox.discord.core.json_types import Json
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member, Refused
from tests.sandbox.discord.library_bot import LibraryBot


def everywhere(robot: LibraryBot, seen: list[discord.Interaction]) -> None:
    @robot.tree.command(description="Paint")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def paint(interaction: discord.Interaction) -> None:
        seen.append(interaction)
        await interaction.response.send_message("fine")


async def order(web: aiohttp.ClientSession, path: str, **body: Json) -> int:
    async with web.post(path, json=body) as response:
        return response.status


async def test_in_a_group_chat_an_app_comes_with_its_member(
    robot: LibraryBot, ada: Member, lin: Member, place: Place
) -> None:
    seen: list[discord.Interaction] = []
    everywhere(robot, seen)
    await robot.open()

    await ada.command("paint", channel="Friends")
    shown = await lin.next_message(lambda one: one["content"] == "fine")

    [interaction] = seen
    assert interaction.context.private_channel
    assert interaction.guild_id is None
    assert (interaction.is_guild_integration(), interaction.is_user_integration()) == (False, True)
    group = robot.get_partial_messageable(int(shown["channel_id"]))
    with pytest.raises(discord.Forbidden) as refusal:
        await group.get_partial_message(int(shown["id"])).edit(content="no")
    assert refusal.value.code == 50001
    assert [one["code"] for one in place.ledger.breaks] == [50001]


async def test_a_command_that_is_not_for_group_chats_is_not_used_there(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.command(description="Paint")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("fine")

    await robot.open()

    with pytest.raises(Refused, match="can not be used here"):
        await ada.command("paint", channel="Friends")


async def test_without_external_apps_an_answer_is_for_its_asker_alone(
    robot: LibraryBot, ada: Member, lin: Member, place: Place, web: aiohttp.ClientSession
) -> None:
    seen: list[discord.Interaction] = []
    everywhere(robot, seen)
    await robot.open()
    studio = place.world.studio
    denied = {"channel": studio.channels[0], "role": studio.id}
    assert await order(web, "/sandbox/remove", permission="USE_EXTERNAL_APPS", **denied) == 200

    await ada.command("paint", context="user_install")
    shown = await ada.next_message(lambda one: one["content"] == "fine")

    assert shown["flags"] & 64
    assert not seen[0].permissions.use_external_apps
    assert shown["id"] not in lin.messages


async def test_a_server_is_taken_away_with_all_that_is_in_it(
    robot: LibraryBot, ada: Member, place: Place, web: aiohttp.ClientSession
) -> None:
    await robot.open()
    channel = robot.guilds[0].text_channels[0]

    assert await order(web, "/sandbox/remove", guild=place.world.studio.id) == 200
    with pytest.raises(discord.NotFound) as refusal:
        await channel.send("anybody?")

    assert refusal.value.code == 10003
    assert await order(web, "/sandbox/remove", guild="1") == 404


async def test_a_thread_is_archived_and_locked_by_order(
    robot: LibraryBot, web: aiohttp.ClientSession
) -> None:
    await robot.open()
    thread = robot.guilds[0].threads[0]
    message = await thread.send("open")

    assert await order(web, "/sandbox/thread", channel=str(thread.id), archived=True) == 200
    with pytest.raises(discord.HTTPException) as refusal:
        await message.edit(content="closed")
    assert refusal.value.code == 50083
    assert await order(web, "/sandbox/thread", channel=str(thread.id), locked=True) == 200
    with pytest.raises(discord.HTTPException) as refusal:
        await thread.send("closed")
    assert refusal.value.code == 160005
    assert await order(web, "/sandbox/thread", channel="1") == 404
