"""Channels that the gateway hides from the bot, as Discord has done since 2026-11-16."""

from __future__ import annotations

from typing import Literal

import aiohttp
import discord
import pytest

from sandbox.discord import Options
from sandbox.discord.core.json_types import Json
from sandbox.discord.state.hidden_channels import gateway_channel
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import LibraryBot

HIDDEN = "___hidden___"
KINDS = {"text": 0, "voice": 2, "category": 4, "stage": 13, "forum": 15}


@pytest.fixture
def options() -> Options:
    """Blank fields so that the unmodified library can read the channel."""
    return Options(hidden_channels="full")


async def make(web: aiohttp.ClientSession, **order: Json | str | bool) -> int:
    async with web.post("/sandbox/channel", json=order) as response:
        assert response.status == 200, await response.text()
        return int((await response.json())["id"])


async def forbid(web: aiohttp.ClientSession, channel: int, *, restore: bool = False) -> None:
    order = {"permission": "VIEW_CHANNEL", "channel": str(channel), "restore": restore}
    async with web.post("/sandbox/remove", json=order) as response:
        assert response.status == 200, await response.text()


def seen(robot: LibraryBot, channel: int) -> discord.abc.GuildChannel:
    found = robot.guilds[0].get_channel(channel)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_channel_of_each_kind_is_hidden_from_a_bot_that_may_not_view_it(
    robot: LibraryBot, web: aiohttp.ClientSession, kind: str
) -> None:
    secret = await make(web, name="secret", kind=kind, nsfw=True, hidden=True)
    open_one = await make(web, name="open", kind=kind)

    await robot.open()

    assert (seen(robot, secret).name, seen(robot, open_one).name) == (HIDDEN, "open")
    assert seen(robot, secret).type.value == KINDS[kind]
    assert not getattr(seen(robot, secret), "nsfw", False)


async def test_channel_update_follows_the_bots_permission(
    robot: LibraryBot, web: aiohttp.ClientSession
) -> None:
    channel = await make(web, name="den")
    await robot.open()

    await forbid(web, channel)
    await robot.until("guild_channel_update")
    hidden = seen(robot, channel).name
    await forbid(web, channel, restore=True)
    await robot.until("guild_channel_update")

    assert (hidden, seen(robot, channel).name) == (HIDDEN, "den")


async def test_category_is_shown_while_one_of_its_children_is(
    robot: LibraryBot, web: aiohttp.ClientSession
) -> None:
    category = await make(web, name="art", kind="category", hidden=True)
    await make(web, name="den", parent=str(category))
    lonely = await make(web, name="attic", kind="category", hidden=True)

    await robot.open()

    assert (seen(robot, category).name, seen(robot, lonely).name) == ("art", HIDDEN)


async def test_rest_leaves_hidden_channels_out(
    robot: LibraryBot, web: aiohttp.ClientSession
) -> None:
    secret = await make(web, name="secret", hidden=True)
    await robot.open()

    listed = {channel.id for channel in await robot.guilds[0].fetch_channels()}

    assert listed
    assert secret not in listed
    with pytest.raises(discord.Forbidden):
        await robot.fetch_channel(secret)


async def test_interaction_brings_the_whole_channel(
    robot: LibraryBot, web: aiohttp.ClientSession, ada: Member, place: Place
) -> None:
    secret = await make(web, name="secret", nsfw=True, hidden=True)
    heard: list[Json] = []

    @robot.tree.command(name="where", description="says where")
    async def where(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("here")

    await robot.open()
    read = robot._connection.parsers["INTERACTION_CREATE"]
    robot._connection.parsers["INTERACTION_CREATE"] = lambda data: (heard.append(data), read(data))
    await ada.command("where", channel=str(secret))

    assert (heard[0]["channel"]["name"], heard[0]["channel"]["nsfw"]) == ("secret", True)


@pytest.mark.parametrize("form", ["full", "minimal", "null"])
async def test_blanked_fields_take_the_form_that_was_asked_for(
    web: aiohttp.ClientSession, place: Place, form: Literal["full", "minimal", "null"]
) -> None:
    secret = await make(web, name="secret", kind="voice", hidden=True)
    channel = place.world.channels[str(secret)]
    shown = gateway_channel(place.world, channel, guild=place.world.studio, form=form)

    assert (shown["name"], shown["flags"], shown["position"]) == (HIDDEN, 1 << 17, channel.position)
    expected = {"full": 0, "minimal": "missing", "null": None}[form]
    assert shown.get("bitrate", "missing") == expected
