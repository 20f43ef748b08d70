"""A member uses commands; the unmodified discord.py understands and answers."""

from __future__ import annotations

import discord
import pytest
from discord import app_commands

from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.member import Member, Refused
from tests.sandbox.discord.library_bot import LibraryBot, file, picture


async def test_a_slash_command_brings_a_picture_and_is_answered(
    robot: LibraryBot, ada: Member
) -> None:
    seen = []

    @robot.tree.command(description="Repaint a picture")
    async def paint(
        interaction: discord.Interaction, image: discord.Attachment, prompt: str
    ) -> None:
        seen.append((image.filename, image.content_type, image.width, image.height))
        seen.append(await image.read() == picture())
        await interaction.response.send_message(f"queued: {prompt}")

    await robot.open()
    upload = await ada.upload(picture(), filename="my cat.png")
    await ada.command("paint", image=upload, prompt="as an oil painting")
    message = await ada.next_message()
    assert message["content"] == "queued: as an oil painting"
    assert message["interaction_metadata"]["name"] == "paint"
    assert seen == [("my_cat.png", "image/png", 320, 240), True]


async def test_the_bot_learns_who_where_and_in_which_language(
    robot: LibraryBot, lin: Member
) -> None:
    seen = []

    @robot.tree.command(description="Who am I")
    async def whoami(interaction: discord.Interaction) -> None:
        seen.append((interaction.user.display_name, interaction.locale, interaction.guild_locale))
        assert isinstance(interaction.channel, discord.TextChannel)
        seen.append((interaction.guild.name, interaction.channel.name))
        seen.append((interaction.app_permissions.attach_files, interaction.filesize_limit))
        await interaction.response.send_message("you", ephemeral=True)

    await robot.open()
    await lin.command("whoami", channel="read-only")
    assert seen == [
        ("Lin", discord.Locale.chinese, discord.Locale.american_english),
        ("Sandbox studio", "read-only"),
        (False, 10 * 1024 * 1024),
    ]


async def test_every_type_of_option_arrives_resolved(robot: LibraryBot, ada: Member) -> None:
    seen = {}

    @robot.tree.command(description="Everything")
    async def everything(
        interaction: discord.Interaction,
        count: app_commands.Range[int, 1, 4],
        strength: float,
        spoiler: bool,
        user: discord.Member,
        role: discord.Role,
        channel: discord.TextChannel,
        who: discord.Member | discord.Role,
    ) -> None:
        seen.update(count=count, strength=strength, spoiler=spoiler, user=user.name)
        seen.update(role=role.name, channel=channel.name, who=who.name)
        await interaction.response.send_message("ok")

    await robot.open()
    guild = robot.guilds[0]
    painter = str(discord.utils.get(guild.roles, name="Painter").id)
    given = {"user": ada.id, "role": painter, "channel_": ada.channel("lounge"), "who": painter}
    await ada.command("everything", count=2, strength=0.5, spoiler=True, **given)
    assert seen == {
        "count": 2,
        "strength": 0.5,
        "spoiler": True,
        "user": "ada",
        "role": "Painter",
        "channel": "lounge",
        "who": "Painter",
    }


async def test_a_sub_command_arrives_with_its_branch(robot: LibraryBot, mira: Member) -> None:
    group = app_commands.Group(name="admin", description="Manage")

    @group.command(description="Set a limit")
    async def limits(interaction: discord.Interaction, daily: int) -> None:
        await interaction.response.send_message(f"{interaction.command.qualified_name} {daily}")

    robot.tree.add_command(group)
    await robot.open()
    await mira.command("admin limits", daily=5)
    message = await mira.next_message()
    assert message["content"] == "admin limits 5"
    assert message["interaction_metadata"]["name"] == "admin limits"


async def test_a_message_menu_brings_the_message_with_its_pictures(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.context_menu(name="Repaint this picture")
    async def repaint(interaction: discord.Interaction, message: discord.Message) -> None:
        names = [attachment.filename for attachment in message.attachments]
        await interaction.response.send_message(f"{message.content} {names}")

    await robot.open()
    said = await ada.say("look", uploads=[await ada.upload(picture(), filename="cat.png")])
    await ada.message_menu("Repaint this picture", message=said)
    answer = await ada.next_message(lambda one: one["author"]["bot"])
    assert answer["content"] == "look ['cat.png']"


async def test_a_user_menu_brings_the_member_and_a_fetchable_avatar(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.context_menu(name="Repaint avatar")
    async def repaint(interaction: discord.Interaction, member: discord.Member) -> None:
        avatar = await member.display_avatar.read()
        await interaction.response.send_message(f"{member.global_name} {avatar[1:4].decode()}")

    await robot.open()
    await ada.user_menu("Repaint avatar", user_id=ada.id)
    assert (await ada.next_message())["content"] == "Ada PNG"


async def test_autocomplete_offers_the_bots_choices(robot: LibraryBot, ada: Member) -> None:
    @robot.tree.command(description="Paint in a style")
    async def paint(interaction: discord.Interaction, style: str) -> None:
        await interaction.response.send_message(style)

    @paint.autocomplete("style")
    async def styles(
        interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current} one", value="one")]

    await robot.open()
    choices = await ada.autocomplete("paint", option="style", text="oil")
    assert [(choice["name"], choice["value"]) for choice in choices] == [("oil one", "one")]


async def test_a_localised_command_keeps_its_translations(robot: LibraryBot, ada: Member) -> None:
    class Chinese(app_commands.Translator):
        async def translate(
            self,
            string: app_commands.locale_str,
            locale: discord.Locale,
            _: app_commands.TranslationContextTypes,
        ) -> str | None:
            return "重绘" if locale is discord.Locale.chinese and str(string) == "paint" else None

    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("ok")

    await robot.tree.set_translator(Chinese())
    await robot.open()
    assert ada.commands == [] or ada.commands[0]["name"] == "paint"
    await ada.online()
    assert ada.commands[0]["name_localizations"] == {"zh-CN": "重绘"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "the option 'count' is required"),
        ({"count": 9}, "count: 1 to 4 is allowed, not 9"),
        ({"count": "two"}, "count: a whole number is expected"),
        ({"count": 1, "colour": "red"}, "there is no option 'colour'"),
    ],
)
async def test_the_client_lets_no_unfit_command_through(
    robot: LibraryBot, ada: Member, given: Json, reason: str
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction, count: app_commands.Range[int, 1, 4]) -> None:
        raise AssertionError("never reached")

    await robot.open()
    with pytest.raises(Refused, match=reason):
        await ada.command("paint", **given)


async def test_a_moderators_command_is_closed_to_members(
    robot: LibraryBot, ada: Member, mira: Member
) -> None:
    @robot.tree.command(description="Manage")
    @app_commands.default_permissions(manage_guild=True)
    async def manage(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("done")

    await robot.open()
    with pytest.raises(Refused, match="permissions"):
        await ada.command("manage")
    await mira.command("manage")


async def test_a_command_works_in_the_direct_channel_where_its_contexts_allow(
    robot: LibraryBot, ada: Member
) -> None:
    @robot.tree.command(description="Anywhere")
    @app_commands.allowed_contexts(guilds=True, dms=True)
    async def anywhere(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"{interaction.guild} {interaction.user.name}")

    @robot.tree.command(description="Servers")
    @app_commands.guild_only()
    async def servers(interaction: discord.Interaction) -> None:
        raise AssertionError("never reached")

    await robot.open()
    await ada.command("anywhere", channel="dm")
    assert (await ada.next_message())["content"] == "None ada"
    with pytest.raises(Refused, match="used here"):
        await ada.command("servers", channel="dm")


async def test_the_answer_carries_a_gallery_of_files(robot: LibraryBot, ada: Member) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        files = [file(f"{n}.png", description=f"number {n}") for n in range(3)]
        await interaction.response.send_message("done", files=files)

    await robot.open()
    await ada.command("paint")
    message = await ada.next_message()
    shown = [(one["filename"], one["description"], one["width"]) for one in message["attachments"]]
    assert shown == [(f"{n}.png", f"number {n}", 320) for n in range(3)]
    assert await ada.fetch(message["attachments"][1]["url"]) == picture("crimson")
