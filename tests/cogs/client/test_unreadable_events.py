"""Events that discord.py cannot parse do not end the connection, and users get an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bot_harness import BotHarness, make_image
from tests.support.gateway_events import alter_interactions, guild_payload, hidden_channel, receive
from tests.support.messages import Json, text
from tests.support.result_buttons import form_values

KINDS = (0, 2, 4, 5, 13, 15, 16)
MENU = "Repaint this picture"
POLL = {
    "question": {"text": "which?"},
    "answers": [{"answer_id": 1, "poll_media": {"text": "a"}}],
    "expiry": None,
    "allow_multiselect": False,
    "layout_type": 1,
}


async def test_guild_with_hidden_channels_of_every_kind_is_joined(world: BotHarness) -> None:
    channels = [
        hidden_channel(100 + 2 * kind + number, 5, kind=kind, form=form)
        for kind in KINDS
        for number, form in enumerate(("minimal", "null"))
    ]
    odd: list[Any] = [None, {}, {"id": "9", "type": 999}, "channel"]

    receive(world, "GUILD_CREATE", guild_payload(5) | {"channels": channels + odd, "threads": None})

    guild = world.bot.client.get_guild(5)
    assert guild is not None
    assert len(guild.channels) == len(channels)


async def test_guild_with_unreadable_lists_is_joined_without_them(world: BotHarness) -> None:
    receive(world, "GUILD_CREATE", guild_payload(6) | {"voice_states": ["odd"], "emojis": [{}]})

    assert world.bot.client.get_guild(6) is not None


async def test_unreadable_event_is_dropped_and_logged_by_its_type(
    world: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    events = set(world.bot.client._connection.parsers) - {"READY", "RESUMED"}

    for event in sorted(events):
        for junk in ({}, {"id": "x"}, {"guild_id": str(world.guild.id), "channel": {"secret": 1}}):
            receive(world, event, junk)
    receive(world, "CHANNEL_UPDATE", "not even an object")

    dropped = [line for line in caplog.messages if line.startswith("a gateway event was dropped")]
    assert any("CHANNEL_UPDATE" in line for line in dropped)
    assert not any("secret" in line for line in caplog.messages)


@pytest.mark.parametrize(
    "odd",
    [
        {"poll": POLL},
        {"components": None},
        {"embeds": None, "mentions": None, "mention_roles": None},
        {"message_snapshots": None},
        {"message_snapshots": [{"message": {"attachments": None, "embeds": None}}]},
    ],
    ids=["a poll without an end", "components", "embeds", "snapshots", "a snapshot's attachments"],
)
async def test_menu_on_message_with_null_fields_works(world: BotHarness, odd: Json) -> None:
    message = await world.bob.send(world.channel, "look", attachments=[("cat.png", make_image())])
    alter_target(world, lambda target: target.update(odd))

    shown = await world.ann.context_menu(world.channel, MENU, message)

    await world.ann.submit_modal(shown, form_values(shown, prompt="ink"))
    assert len(await world.jobs()) == 1


async def test_menu_on_attachment_without_proxy_url_works(world: BotHarness) -> None:
    message = await world.bob.send(world.channel, "look", attachments=[("cat.png", make_image())])
    alter_target(world, lambda target: target["attachments"][0].pop("proxy_url"))

    shown = await world.ann.context_menu(world.channel, MENU, message)

    assert shown.modal is not None


async def test_menu_on_unreadable_message_is_answered_privately_with_a_reference(
    world: BotHarness,
) -> None:
    message = await world.bob.send(world.channel, "look", attachments=[("cat.png", make_image())])
    alter_target(world, lambda target: target.update(edited_timestamp=5))

    answer = await world.ann.context_menu(world.channel, MENU, message)

    assert answer.ephemeral
    [trace] = world.traces
    assert trace.getMessage().rsplit(" ", 1)[-1] in text(answer.response)
    world.traces.clear()


async def test_button_in_unreadable_message_is_answered_privately(world: BotHarness) -> None:
    await world.repaint()
    await world.until_settled()
    message = world.channel.last_message
    assert message is not None
    alter_interactions(world, lambda one: one["message"].update(edited_timestamp=5))

    answer = await world.ann.click(message, label="Details")

    assert answer.ephemeral
    assert len(world.traces) == 1
    world.traces.clear()


def alter_target(world: BotHarness, alter: Callable[[Json], Any]) -> None:
    """Change the message that a menu is used on."""

    def change(interaction: Json) -> None:
        for message in interaction["data"].get("resolved", {}).get("messages", {}).values():
            alter(message)

    alter_interactions(world, change)
