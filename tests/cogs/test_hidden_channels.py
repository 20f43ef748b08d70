"""Commands in channels that Discord hides from the bot (obfuscated since 2026-11-16)."""

from __future__ import annotations

import discord
import pytest

from services.models import State
from tests.cogs.admin.guild_harness import GuildHarness, furnish_guild
from tests.support.bot_harness import BotHarness
from tests.support.gateway_events import HIDDEN, alter_interactions, hidden_channel, hide, receive
from tests.support.messages import Json, text

KINDS = {"text": 0, "voice": 2, "category": 4, "news": 5, "stage": 13, "forum": 15, "media": 16}


@pytest.fixture
def server(world: BotHarness) -> GuildHarness:
    """A furnished server whose channel is hidden from the bot."""
    made = furnish_guild(world, world.guild, world.ann)
    hide(world, made.channel.id)
    return made


@pytest.mark.parametrize("form", ["minimal", "null"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_hidden_channel_of_any_kind_is_parsed(
    world: BotHarness, kind: int, form: str
) -> None:
    payload = hidden_channel(77, world.guild.id, kind=kind, form=form)

    receive(world, "CHANNEL_CREATE", payload)
    receive(world, "CHANNEL_UPDATE", payload)

    guild = world.bot.client.get_guild(world.guild.id)
    assert guild is not None
    channel = guild.get_channel(77)
    assert channel is not None
    assert (channel.name, channel.type.value) == (HIDDEN, kind)


@pytest.mark.parametrize("form", ["minimal", "null"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_channel_that_becomes_hidden_is_known_as_hidden(
    world: BotHarness, kind: int, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    payload = hidden_channel(77, world.guild.id, kind=kind, form=form)
    receive(world, "CHANNEL_CREATE", payload | {"name": "seen", "flags": 0})

    receive(world, "CHANNEL_UPDATE", payload)

    guild = world.bot.client.get_guild(world.guild.id)
    assert guild is not None
    channel = guild.get_channel(77)
    assert channel is not None
    assert channel.name == HIDDEN
    assert "dropped" not in caplog.text


async def test_interaction_in_hidden_channel_has_the_channel_of_its_own_payload(
    world: BotHarness, server: GuildHarness
) -> None:
    met: list[discord.Interaction] = []

    async def meet(interaction: discord.Interaction) -> None:
        met.append(interaction)

    world.bot.client.add_listener(meet, "on_interaction")

    await world.ann.slash(server.channel, "about")

    [interaction] = met
    assert isinstance(interaction.channel, discord.TextChannel)
    assert interaction.channel.name == "talk"


async def test_private_request_in_hidden_age_restricted_channel_is_accepted(
    world: BotHarness, server: GuildHarness
) -> None:
    await server.admin("settings", age_restricted_only=True)
    alter_interactions(world, restrict_age)

    answer = await world.repaint(where=server.channel, private=True)
    [job] = await world.until_settled()

    assert answer.ephemeral
    assert job.state is State.DELIVERED


async def test_thread_below_hidden_channel_is_as_age_restricted_as_discord_says(
    world: BotHarness, server: GuildHarness
) -> None:
    await server.admin("settings", age_restricted_only=True)
    world.env.backend.create_thread(server.channel.id, "thread", world.ann.id)
    [thread] = server.channel.threads
    alter_interactions(world, restrict_age)

    await world.repaint(where=thread, private=True)

    assert len(await world.jobs()) == 1


async def test_request_in_hidden_channel_without_age_restriction_is_refused(
    world: BotHarness, server: GuildHarness
) -> None:
    await server.admin("settings", age_restricted_only=True)

    answer = await world.repaint(where=server.channel, private=True)

    assert answer.ephemeral
    assert await world.jobs() == []


def restrict_age(interaction: Json) -> None:
    """Mark an interaction's channel as age-restricted, which simcord's channels cannot be."""
    interaction["channel"]["nsfw"] = True


async def test_hidden_channel_belongs_to_its_allowed_category(
    world: BotHarness, server: GuildHarness
) -> None:
    category = world.guild.create_category("art")
    den = world.guild.create_text_channel("den", category=category)
    await server.admin("channels allow", channel=category)
    hide(world, den.id, parent_id=str(category.id))

    await world.repaint(where=den, private=True)
    refused = await world.repaint(where=server.channel, private=True)

    assert len(await world.jobs()) == 1
    assert "<#" in text(refused.response)


async def test_admin_commands_name_hidden_channels_by_id(
    world: BotHarness, server: GuildHarness
) -> None:
    await server.admin("channels allow", channel=server.channel)

    offered = await server.offered("channels remove", "channel")
    shown = await server.admin("channels show")

    assert offered == [f"<#{server.channel.id}>={server.channel.id}"]
    assert HIDDEN not in shown


async def test_channel_shown_again_has_its_name(world: BotHarness, server: GuildHarness) -> None:
    hide(world, server.channel.id, name="talk", flags=0)

    guild = world.bot.client.get_guild(world.guild.id)
    assert guild is not None
    channel = guild.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    assert channel.name == "talk"
