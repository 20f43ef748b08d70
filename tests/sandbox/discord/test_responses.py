"""First responses, edits and follow-ups, as discord.py sends them."""

from __future__ import annotations

import discord
import pytest
from discord import ui

from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import COMPONENTS_V2, EPHEMERAL, LOADING
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import LibraryBot, file, picture


def gallery(*names: str, text: str = "Done") -> ui.LayoutView:
    """Lay out text, a gallery and a button in a container."""
    view = ui.LayoutView(timeout=None)
    items = [discord.MediaGalleryItem(f"attachment://{name}", description=name) for name in names]
    row = ui.ActionRow(ui.Button(label="Again", custom_id="again:1"))
    view.add_item(ui.Container(ui.TextDisplay(text), ui.MediaGallery(*items), row))
    return view


def words(text: str) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    return view


def media_of(message: Json) -> list:
    container = next(one for one in message["components"] if one["type"] == 17)
    shown = next(one for one in container["components"] if one["type"] == 12)
    return [item["media"] for item in shown["items"]]


async def test_a_layout_view_is_answered_and_edited_into_a_gallery_of_files(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(view=words("queued"))
        view = gallery("1.png", "2.png")
        await interaction.edit_original_response(
            view=view, attachments=[file("1.png"), file("2.png")]
        )

    await robot.open()
    await ada.command("paint")
    message = await ada.next_message(lambda one: one["edited_timestamp"])
    assert message["flags"] & COMPONENTS_V2
    assert message["attachments"] == [], "Discord lists no attachment that a component shows"
    first, second = media_of(message)
    assert (first["width"], first["content_type"]) == (320, "image/png")
    assert await ada.fetch(second["url"]) == picture("crimson")


async def test_a_deferred_response_thinks_and_then_becomes_a_layout(
    robot: LibraryBot, ada: Member
) -> None:
    thinking = []

    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        answer = await interaction.response.defer(thinking=True)
        thinking.append((answer.is_thinking(), answer.is_ephemeral()))
        await interaction.edit_original_response(view=gallery("1.png"), attachments=[file("1.png")])

    await robot.open()
    await ada.command("paint")
    first = await ada.next_message()
    assert first["loading"] is True
    assert first["flags"] == LOADING
    done = await ada.next_message(lambda one: "loading" not in one)
    assert done["id"] == first["id"]
    assert done["edited_timestamp"] is None, "the end of thinking is no edit"
    assert thinking == [(True, False)]


async def test_the_first_follow_up_after_a_defer_becomes_the_deferred_message(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        first = await interaction.followup.send("first", ephemeral=True, wait=True)
        await interaction.followup.send(f"then {first.flags.ephemeral}", wait=True)

    await robot.open()
    await ada.command("paint")
    second = await ada.next_message(lambda one: one["content"].startswith("then"))
    first = ada.messages[second["message_reference"]["message_id"]]
    assert second["content"] == "then False", "its ephemeral flag is ignored"
    assert first["content"] == "first"


async def test_an_ephemeral_answer_is_seen_by_its_member_alone(
    robot: LibraryBot, ada: Member, lin: Member, place: Place
) -> None:
    @robot.tree.command(description="Quota")
    async def quota(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("3 of 10 left", ephemeral=True)
        message = await interaction.original_response()
        partial = robot.get_partial_messageable(interaction.channel_id).get_partial_message(
            message.id
        )
        await partial.edit(content="never")

    await robot.open()
    await ada.command("quota")
    message = await ada.next_message()
    assert message["flags"] == EPHEMERAL
    said = await lin.say("anything")
    assert list(lin.messages) == [said["id"]]
    await robot.until_failed()
    assert robot.failures[0].code == 10008, "the bot's token can not reach it"


async def test_a_message_can_be_fetched_edited_and_deleted_by_its_token(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("one")
        original = await interaction.original_response()
        await original.edit(content=f"{original.content} two")
        follow_up = await interaction.followup.send("three", wait=True)
        await follow_up.edit(content="four", attachments=[file("4.png")])
        await interaction.followup.delete_message(follow_up.id)
        await interaction.delete_original_response()

    await robot.open()
    await ada.command("paint")
    await ada.next_message(lambda one: one["content"] == "four" and one["attachments"])
    await ada.until(lambda: not ada.messages)
    assert [one["content"] for one in ada.history] == ["one", "one two", "three", "four"]


async def test_an_edit_keeps_the_attachments_it_lists_and_drops_the_others(
    robot: LibraryBot, ada: Member, place: Place
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(files=[file("a.png"), file("b.png")])
        message = await interaction.original_response()
        await message.edit(attachments=[message.attachments[1], file("c.png")])
        await message.edit(content="unlisted stay")

    await robot.open()
    await ada.command("paint")
    message = await ada.next_message(lambda one: one["content"] == "unlisted stay")
    assert [one["filename"] for one in message["attachments"]] == ["b.png", "c.png"]
    assert len(place.world.attachments) == 2


async def test_the_same_message_is_edited_by_channel_and_id_with_the_bots_token(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        answer = await interaction.response.send_message(view=words("queued"))
        channel = robot.get_partial_messageable(interaction.channel_id)
        partial = channel.get_partial_message(answer.message_id)
        await partial.edit(view=gallery("1.png"), attachments=[file("1.png")])

    await robot.open()
    await ada.command("paint")
    message = await ada.next_message(lambda one: one["edited_timestamp"])
    assert len(media_of(message)) == 1


async def test_an_embed_shows_the_attachment_it_refers_to(robot: LibraryBot, ada: Member) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        embed = discord.Embed(title="Result").set_image(url="attachment://1.png")
        await interaction.response.send_message(embed=embed, file=file("1.png"))

    await robot.open()
    await ada.command("paint")
    message = await ada.next_message()
    image = message["embeds"][0]["image"]
    assert message["attachments"] == []
    assert (image["width"], image["height"]) == (320, 240)


async def test_pings_follow_allowed_mentions(robot: LibraryBot, ada: Member, place: Place) -> None:
    @robot.tree.command(description="Ping")
    async def ping(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"{interaction.user.mention} @everyone")
        only_users = discord.AllowedMentions(users=True)
        await interaction.followup.send(interaction.user.mention, allowed_mentions=only_users)

    await robot.open()
    await ada.command("ping")
    message = await ada.next_message(lambda one: one["mentions"])
    assert [(one["message_id"], one["users"]) for one in place.ledger.pings] == [
        (message["id"], [ada.id])
    ]


async def test_an_app_brought_by_its_user_has_five_follow_ups_and_no_channel(
    robot: LibraryBot, ada: Member
) -> None:
    seen = []

    @robot.tree.command(description="Paint")
    @discord.app_commands.allowed_installs(guilds=True, users=True)
    async def paint(interaction: discord.Interaction) -> None:
        seen.append((interaction.is_user_integration(), interaction.is_guild_integration()))
        answer = await interaction.response.send_message("here")
        channel = robot.get_partial_messageable(interaction.channel_id)
        with pytest.raises(discord.Forbidden):
            await channel.get_partial_message(answer.message_id).edit(content="there")
        for number in range(6):
            await interaction.followup.send(str(number))

    await robot.open()
    await ada.command("paint", context="user_install")
    await ada.next_message(lambda one: one["content"] == "4")
    await robot.until_failed()
    assert robot.failures[0].code == 40094
    assert seen == [(True, False)]


async def test_a_well_behaved_bot_breaks_no_rule(
    robot: LibraryBot, ada: Member, place: Place
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("fine")

    await robot.open()
    await ada.command("paint")
    assert list(place.ledger.breaks) == []
