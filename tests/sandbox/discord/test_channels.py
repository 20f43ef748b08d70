"""Channels by the bot's token: sending, history, permissions, deleted objects."""

from __future__ import annotations

import aiohttp
import discord
import pytest

from sandbox.discord.core import permissions
from sandbox.discord.core.json_types import Json
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import LibraryBot, file


@pytest.fixture
async def channel(robot: LibraryBot, ada: Member) -> discord.TextChannel:
    """Return #repaint as the connected robot knows it."""
    await robot.open()
    return robot.guilds[0].text_channels[0]


async def remove(web: aiohttp.ClientSession, **order: Json) -> int:
    async with web.post("/sandbox/remove", json=order) as response:
        return response.status


async def test_a_message_with_a_file_is_sent_answered_and_deleted(
    channel: discord.TextChannel, ada: Member
) -> None:
    said = await ada.say("paint this")
    question = channel.get_partial_message(int(said["id"]))
    answer = await channel.send("here", file=file(), reference=question)
    shown = await ada.next_message(lambda one: one["content"] == "here")
    assert shown["message_reference"]["message_id"] == said["id"]
    assert (await channel.fetch_message(answer.id)).attachments[0].filename == "result.png"
    await answer.delete()
    await ada.until(lambda: shown["id"] not in ada.messages)


async def test_the_same_nonce_makes_one_message(
    channel: discord.TextChannel, ada: Member, place: Place
) -> None:
    first = await channel.send("once", nonce="job-1")
    again = await channel.send("once", nonce="job-1")
    other = await channel.send("twice", nonce="job-2")
    assert (first.id == again.id, first.id == other.id) == (True, False)
    place.clock.advance(600)
    assert (await channel.send("later", nonce="job-1")).id != first.id


async def test_history_is_paged_newest_first(channel: discord.TextChannel) -> None:
    sent = [await channel.send(str(number)) for number in range(5)]
    newest = [one.content async for one in channel.history(limit=2)]
    before = [one.content async for one in channel.history(before=sent[2])]
    after = [one.content async for one in channel.history(after=sent[2])]
    around = {one.content async for one in channel.history(around=sent[2], limit=3)}
    assert (newest, before, after) == (["4", "3"], ["1", "0"], ["3", "4"])
    assert around == {"1", "2", "3"}


async def test_threads_and_direct_channels_can_be_written_to(
    channel: discord.TextChannel, robot: LibraryBot, ada: Member
) -> None:
    await robot.guilds[0].threads[0].send("in the thread")
    user = await robot.fetch_user(int(ada.id))
    await user.send("in private")
    await ada.next_message(lambda one: one["channel_id"] == ada.channel("Portraits"))
    private = await ada.next_message(lambda one: one["channel_id"] == ada.channel("dm"))
    assert private["content"] == "in private"


async def test_what_the_guild_tells_about_itself(
    channel: discord.TextChannel, robot: LibraryBot, ada: Member
) -> None:
    guild = await robot.fetch_guild(channel.guild.id)
    member = await guild.fetch_member(int(ada.id))
    assert [role.name for role in member.roles] == ["@everyone", "Painter"]
    assert [one.name for one in await guild.fetch_channels()] == ["repaint", "lounge", "read-only"]
    fetched = await robot.fetch_channel(channel.id)
    assert isinstance(fetched, discord.TextChannel)
    assert fetched.topic == channel.topic
    assert (await robot.application_info()).owner.name == "studio"


async def test_a_closed_channel_says_missing_permissions(channel: discord.TextChannel) -> None:
    closed = channel.guild.text_channels[2]
    with pytest.raises(discord.Forbidden) as refusal:
        await closed.send("hello")
    assert refusal.value.code == 50013


@pytest.mark.parametrize(
    ("permission", "code"),
    [("VIEW_CHANNEL", 50001), ("SEND_MESSAGES", 50013), ("ATTACH_FILES", 50013)],
)
async def test_a_permission_can_be_taken_and_given_back(
    channel: discord.TextChannel, web: aiohttp.ClientSession, permission: str, code: int
) -> None:
    order = {"channel": str(channel.id), "permission": permission}
    assert await remove(web, **order) == 200
    with pytest.raises(discord.Forbidden) as refusal:
        await channel.send("hello", file=file())
    assert refusal.value.code == code
    await remove(web, **order, restore=True)
    await channel.send("hello", file=file())


async def test_a_lost_permission_shows_in_the_next_interaction(
    robot: LibraryBot, ada: Member, web: aiohttp.ClientSession
) -> None:
    seen = []

    @robot.tree.command(description="Look")
    async def look(interaction: discord.Interaction) -> None:
        seen.append(interaction.app_permissions.attach_files)
        await interaction.response.send_message("ok")

    await robot.open()
    await ada.command("look")
    await remove(web, channel=ada.channel(), permission="ATTACH_FILES")
    await ada.command("look")
    assert seen == [True, False]


async def test_a_deleted_message_and_a_deleted_channel_are_unknown(
    channel: discord.TextChannel, robot: LibraryBot, web: aiohttp.ClientSession
) -> None:
    message = await channel.send("soon gone")
    await remove(web, channel=str(channel.id), message=str(message.id))
    with pytest.raises(discord.NotFound) as refusal:
        await message.edit(content="still here?")
    assert refusal.value.code == 10008
    deleted = robot.wait_for("guild_channel_delete", timeout=30)
    await remove(web, channel=str(channel.id))
    await deleted
    with pytest.raises(discord.NotFound) as refusal:
        await channel.send("hello")
    assert refusal.value.code == 10003


async def test_nobody_elses_message_can_be_edited_or_deleted(
    channel: discord.TextChannel, ada: Member
) -> None:
    said = await ada.say("mine")
    partial = channel.get_partial_message(int(said["id"]))
    with pytest.raises(discord.Forbidden) as refusal:
        await partial.edit(content="yours")
    assert refusal.value.code == 50005
    with pytest.raises(discord.Forbidden) as refusal:
        await partial.delete()
    assert refusal.value.code == 50013


async def test_locked_and_archived_threads_refuse(
    channel: discord.TextChannel, robot: LibraryBot, place: Place
) -> None:
    thread = robot.guilds[0].threads[0]
    message = await thread.send("open")
    record = place.world.channels[str(thread.id)]
    record.archived = True
    with pytest.raises(discord.HTTPException) as refusal:
        await message.edit(content="closed")
    assert refusal.value.code == 50083
    await thread.send("a message wakes it")
    assert record.archived is False
    record.locked = True
    with pytest.raises(discord.HTTPException) as refusal:
        await thread.send("no")
    assert refusal.value.code == 160005


async def test_a_channel_send_pings_whom_it_may(
    channel: discord.TextChannel, ada: Member, place: Place
) -> None:
    everybody = discord.AllowedMentions.all()
    text = f"<@{ada.id}> @everyone"
    await channel.send(text)
    await channel.send(text, allowed_mentions=everybody)
    assert [(one["users"], one["everyone"]) for one in place.ledger.pings] == [([ada.id], False)]
    place.world.studio.roles[place.world.studio.id].permissions |= permissions.MENTION_EVERYONE
    await channel.send(text, allowed_mentions=everybody)
    assert place.ledger.pings[-1]["everyone"] is True


async def test_an_unknown_reference_is_refused_or_forgiven(channel: discord.TextChannel) -> None:
    gone = discord.MessageReference(message_id=1, channel_id=channel.id, fail_if_not_exists=True)
    with pytest.raises(discord.HTTPException, match="Unknown message"):
        await channel.send("answer", reference=gone)
    gone.fail_if_not_exists = False
    await channel.send("answer", reference=gone)
