"""Spoilers that are edited in place: `is_spoiler` on attachments (since 2026-06-24)."""

from __future__ import annotations

from typing import cast

import discord
import pytest
from discord import app_commands

from cogs.compat import hide_images
from sandbox.discord.core.json_types import Json
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import LibraryBot, file
from tests.sandbox.discord.test_responses import gallery

IS_SPOILER = 1 << 3


async def posted(robot: LibraryBot, ada: Member, *, rich: bool) -> tuple[int, int]:
    """Post two images as the bot, in components or attachments; return channel and message id."""

    @app_commands.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        files = [file("1.png"), file("2.png")]
        if rich:
            view = gallery("1.png", "2.png")
            await interaction.response.send_message(view=view, files=files)
        else:
            await interaction.response.send_message("look", files=files)

    robot.tree.add_command(paint)
    await robot.open()
    await ada.command("paint")
    message = await ada.next_message(lambda one: "1.png" in str(one))
    return int(message["channel_id"]), int(message["id"])


async def message_of(robot: LibraryBot, channel_id: int, message_id: int) -> Json:
    """Fetch a message as JSON."""
    return cast("Json", await robot.http.get_message(channel_id, message_id))


@pytest.mark.parametrize("rich", [True, False], ids=["components", "attachments"])
async def test_an_edit_hides_what_is_attached(
    robot: LibraryBot, ada: Member, place: Place, *, rich: bool
) -> None:
    channel_id, message_id = await posted(robot, ada, rich=rich)

    await hide_images(robot, channel_id, message_id)

    kept = place.world.channel(str(channel_id)).messages[str(message_id)]
    assert [one.spoiler for one in kept.attachments] == [True, True]
    shown = await message_of(robot, channel_id, message_id)
    assert [one["flags"] & IS_SPOILER for one in shown["attachments"]] == ([] if rich else [8, 8])
    if rich:
        container = shown["components"][0]["components"]
        items = next(one["items"] for one in container if one["type"] == 12)
        assert [item["spoiler"] for item in items] == [True, True]
        assert [item["description"] for item in items] == ["1.png", "2.png"]
        assert "Again" in str(shown["components"])
    else:
        assert shown["content"] == "look"
        assert all(one["is_spoiler"] for one in shown["attachments"])


async def test_hiding_again_changes_nothing(robot: LibraryBot, ada: Member) -> None:
    channel_id, message_id = await posted(robot, ada, rich=True)

    await hide_images(robot, channel_id, message_id)
    before = (await message_of(robot, channel_id, message_id))["components"]
    await hide_images(robot, channel_id, message_id)

    after = (await message_of(robot, channel_id, message_id))["components"]
    assert str(after).count("'spoiler': True") == str(before).count("'spoiler': True") == 2


async def test_a_files_prefix_goes_on_hiding_it(
    robot: LibraryBot, ada: Member, place: Place
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("look", files=[file("SPOILER_1.png")])

    await robot.open()
    await ada.command("paint")
    message = await ada.next_message(lambda one: "SPOILER_1" in str(one))
    kept = place.world.channel(message["channel_id"]).messages[message["id"]]

    assert [one.spoiler for one in kept.attachments] == [True]
