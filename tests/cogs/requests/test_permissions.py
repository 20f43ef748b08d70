"""Permissions that the bot lacks in a channel are named before units are held or work starts."""

from __future__ import annotations

import discord
import pytest
import simcord

from tests.support.bot_harness import BotHarness
from tests.support.messages import text

NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "attach_files": "Attach Files",
    "embed_links": "Embed Links",
}


def channel_without(world: BotHarness, *lacking: str) -> simcord.ChannelHandle:
    """Make a channel in which the bot lacks permissions that the members have."""
    denied = discord.PermissionOverwrite(**dict.fromkeys(lacking, False))
    bot = world.guild.me
    assert bot is not None
    return world.guild.create_text_channel("narrow", overwrites={bot: denied})


@pytest.mark.parametrize("lacking", NEEDED)
async def test_missing_permission_is_named_before_spending(world: BotHarness, lacking: str) -> None:
    answer = await world.repaint(where=channel_without(world, lacking))

    assert answer.ephemeral
    assert f"I lack {NEEDED[lacking]}. " in text(answer.response)
    assert await world.jobs() == []
    assert await world.used() == 0


async def test_missing_permissions_are_all_named(world: BotHarness) -> None:
    answer = await world.repaint(where=channel_without(world, "send_messages", "attach_files"))

    assert "I lack Attach Files, Send Messages. " in text(answer.response)


async def test_missing_permission_names_who_can_grant_it_without_a_mention(
    world: BotHarness,
) -> None:
    keepers = world.guild.create_role(
        "Keepers", permissions=discord.Permissions(manage_channels=True)
    )
    world.guild.create_role("Painters")

    answer = await world.repaint(where=channel_without(world, "attach_files"))

    guild = world.bot.client.get_guild(world.guild.id)
    assert guild is not None
    assert f"settings: <@{guild.owner_id}> <@&{keepers.id}>." in text(answer.response)
    assert answer.ephemeral


async def test_private_result_needs_no_permission(world: BotHarness) -> None:
    answer = await world.repaint(where=channel_without(world, *NEEDED), private=True)
    [job] = await world.until_settled()

    assert answer.ephemeral
    assert job.state == "delivered"


@pytest.mark.parametrize(
    ("lacking", "name"), [("send_messages_in_threads", "Send Messages in Threads")]
)
async def test_thread_needs_its_own_permission(world: BotHarness, lacking: str, name: str) -> None:
    thread = thread_in(world, channel_without(world, lacking))

    assert name in text((await world.repaint(where=thread)).response)


async def test_thread_does_not_need_send_messages(world: BotHarness) -> None:
    answer = await world.repaint(where=thread_in(world, channel_without(world, "send_messages")))

    assert not answer.ephemeral


async def test_user_install_needs_no_bot_permission(world: BotHarness) -> None:
    world.says = {
        "authorizing_integration_owners": {"1": str(world.ann.id)},
        "app_permissions": "0",
    }

    assert not (await world.repaint()).ephemeral


def thread_in(world: BotHarness, channel: simcord.ChannelHandle) -> simcord.ChannelHandle:
    world.env.backend.create_thread(channel.id, "thread", world.ann.id)
    [thread] = channel.threads
    return thread


async def test_at_most_four_who_can_mend_it_are_named(world: BotHarness) -> None:
    roles = [
        world.guild.create_role(
            f"Keepers {number}", permissions=discord.Permissions(manage_channels=True)
        )
        for number in range(5)
    ]

    answer = await world.repaint(where=channel_without(world, "attach_files"))

    named = [one for one in roles if f"<@&{one.id}>" in text(answer.response)]
    assert len(named) == 3, "and the owner"
