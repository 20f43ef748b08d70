"""Three seconds to acknowledge, fifteen minutes to follow up: on a clock that tests move."""

from __future__ import annotations

import asyncio

import discord
import pytest

from sandbox.discord import Options
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member, Unanswered
from tests.sandbox.discord.library_bot import LibraryBot


async def test_a_late_acknowledgement_is_too_late_for_everybody(
    robot: LibraryBot, ada: Member, place: Place
) -> None:
    @robot.tree.command(description="Slow")
    async def slow(interaction: discord.Interaction) -> None:
        place.clock.advance(3.1)
        await interaction.response.send_message("too late")

    await robot.open()
    with pytest.raises(Unanswered, match="The application did not respond"):
        await ada.command("slow")
    await robot.until_failed()
    assert robot.failures[0].code == 10062


@pytest.mark.parametrize("options", [Options(acknowledge_s=90)])
async def test_sandbox_told_to_wait_takes_a_later_acknowledgement(
    robot: LibraryBot, ada: Member, place: Place
) -> None:
    @robot.tree.command(description="Slow")
    async def slow(interaction: discord.Interaction) -> None:
        place.clock.advance(60)
        await interaction.response.send_message("in time")

    await robot.open()
    await ada.command("slow")

    assert await ada.next_message(lambda one: one["content"] == "in time")


async def test_the_member_is_told_when_nobody_answers(
    robot: LibraryBot, ada: Member, place: Place
) -> None:
    called = asyncio.Event()

    @robot.tree.command(description="Silent")
    async def silent(interaction: discord.Interaction) -> None:
        called.set()

    await robot.open()
    asking = asyncio.create_task(ada.command("silent"))
    await called.wait()
    place.clock.advance(3)
    with pytest.raises(Unanswered):
        await asking


async def test_a_second_acknowledgement_is_refused(robot: LibraryBot, ada: Member) -> None:
    @robot.tree.command(description="Twice")
    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("once")
        interaction.response._response_type = None  # another process would not know
        await interaction.response.send_message("twice")

    await robot.open()
    await ada.command("twice")
    await robot.until_failed()
    assert robot.failures[0].code == 40060


@pytest.mark.parametrize("way", ["edit_original_response", "followup"])
async def test_a_token_is_dead_after_fifteen_minutes(
    robot: LibraryBot, ada: Member, place: Place, way: str
) -> None:
    @robot.tree.command(description="Long")
    async def long(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("working")
        place.clock.advance(15 * 60)
        say = interaction.followup.send if way == "followup" else interaction.edit_original_response
        await say(content="done")

    await robot.open()
    await ada.command("long")
    await robot.until_failed()
    assert (robot.failures[0].status, robot.failures[0].code) == (401, 50027)


async def test_the_message_itself_outlives_its_token(
    robot: LibraryBot, ada: Member, place: Place
) -> None:
    @robot.tree.command(description="Long")
    async def long(interaction: discord.Interaction) -> None:
        answer = await interaction.response.send_message("working")
        place.clock.advance(15 * 60)
        channel = robot.get_partial_messageable(interaction.channel_id)
        await channel.get_partial_message(answer.message_id).edit(content="done")

    await robot.open()
    await ada.command("long")
    await ada.next_message(lambda one: one["content"] == "done")


async def test_nothing_can_be_said_before_the_acknowledgement(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.command(description="Hasty")
    async def hasty(interaction: discord.Interaction) -> None:
        try:
            await interaction.followup.send("first")
        finally:
            await interaction.response.send_message("second")

    await robot.open()
    await ada.command("hasty")
    await robot.until_failed()
    assert robot.failures[0].code == 10015


async def test_without_a_bot_an_interaction_fails_at_once(
    robot: LibraryBot, ada: Member, place: Place
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        raise AssertionError("never reached")

    await robot.open()
    await robot.stop()
    await ada.until(lambda: not ada.bot_online)
    place.clock.advance(1)  # too long for the client to resume
    with pytest.raises(Unanswered, match="offline"):
        await ada.command("paint")
