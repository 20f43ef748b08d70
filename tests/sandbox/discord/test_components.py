"""Buttons, selects and modals, clicked and filled in by a user."""

from __future__ import annotations

import re
from typing import Any, cast

import discord
import pytest
from discord import ui

from sandbox.discord.core.json_types import Json
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member, Refused, Unanswered
from tests.sandbox.discord.library_bot import LibraryBot, file, picture


class ButtonsAndSelects(ui.View):
    """A classic view with two buttons and two selects."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Count", custom_id="count")
    async def count(self, interaction: discord.Interaction, _: ui.Button) -> None:
        await interaction.response.edit_message(content=f"{interaction.message.content}+1")

    @ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction, _: ui.Button) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later", attachments=[file()])

    @ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, _: discord.Interaction, __: ui.Button) -> None:
        raise AssertionError("never reached")

    @ui.select(
        custom_id="style",
        max_values=2,
        options=[discord.SelectOption(label=name) for name in ("oil", "ink", "chalk")],
    )
    async def style(self, interaction: discord.Interaction, select: ui.Select) -> None:
        await interaction.response.send_message(" and ".join(select.values), ephemeral=True)

    @ui.select(cls=ui.UserSelect, custom_id="who")
    async def who(self, interaction: discord.Interaction, select: ui.UserSelect) -> None:
        await interaction.response.send_message(select.values[0].name)


class Form(ui.Modal, title="Paint"):
    """A modal with one of everything."""

    words = ui.TextDisplay("Fill me")
    prompt = ui.Label(text="Prompt", component=ui.TextInput(custom_id="prompt", max_length=20))
    style = ui.Label(
        text="Style",
        component=ui.Select(
            custom_id="style", options=[discord.SelectOption(label="oil")], required=False
        ),
    )
    pictures = ui.Label(text="Pictures", component=ui.FileUpload(custom_id="files", max_values=2))
    agree = ui.Label(text="Agree", component=ui.Checkbox(custom_id="agree"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        fields = (self.pictures, self.prompt, self.style, self.agree)
        pictures, prompt, style, agree = (cast("Any", one.component) for one in fields)
        sizes = [len(await one.read()) for one in pictures.values]
        answers = (prompt.value, style.values, sizes)
        await interaction.response.send_message(f"{answers} {agree.value}")


@pytest.fixture
async def shown(robot: LibraryBot, ada: Member) -> Json:
    """Return the message with the classic view."""

    @robot.tree.command(description="Show")
    async def show(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("1", view=ButtonsAndSelects())

    await robot.open()
    await ada.command("show")
    return await ada.next_message()


async def test_a_button_updates_its_message(shown: Json, ada: Member) -> None:
    await ada.press(shown, "count")
    assert (await ada.next_message(after=1))["content"] == "1+1"


async def test_a_deferred_update_edits_its_message_later(shown: Json, ada: Member) -> None:
    await ada.press(shown, "later")
    message = await ada.next_message(lambda one: one["content"] == "later")
    assert message["id"] == shown["id"]
    assert len(message["attachments"]) == 1


async def test_a_select_brings_its_values(shown: Json, ada: Member) -> None:
    await ada.press(shown, "style", values=["oil", "chalk"])
    assert (await ada.next_message(after=1))["content"] == "oil and chalk"


async def test_a_user_select_brings_the_member(shown: Json, ada: Member, lin: Member) -> None:
    await ada.press(shown, "who", values=[lin.id])
    assert (await ada.next_message(after=1))["content"] == "lin"


@pytest.mark.parametrize(
    ("custom_id", "values"),
    [("off", None), ("none", None), ("style", []), ("style", ["mud"]), ("style", ["oil"] * 3)],
)
async def test_what_can_not_be_pressed_is_refused(
    shown: Json, ada: Member, custom_id: str, values: list[str] | None
) -> None:
    with pytest.raises(Refused):
        await ada.press(shown, custom_id, values=values)


async def test_everybody_who_sees_a_message_may_press_its_buttons(
    shown: Json, lin: Member, ada: Member
) -> None:
    await lin.press(shown, "count")
    await ada.next_message(lambda one: one["content"] == "1+1")


async def test_a_dynamic_item_is_found_again_by_its_id(robot: LibraryBot, ada: Member) -> None:
    class Again(ui.DynamicItem[ui.Button], template=r"again:(?P<job>\d+)"):
        def __init__(self, job: int) -> None:
            super().__init__(ui.Button(label="Again", custom_id=f"again:{job}"))
            self.job = job

        @classmethod
        async def from_custom_id(
            cls, _: discord.Interaction, __: ui.Item[Any], match: re.Match[str]
        ) -> Again:
            return cls(int(match["job"]))

        async def callback(self, interaction: discord.Interaction) -> None:
            await interaction.response.send_message(f"again {self.job}")

    @robot.tree.command(description="Show")
    async def show(interaction: discord.Interaction) -> None:
        view = ui.LayoutView(timeout=None)
        view.add_item(ui.ActionRow(Again(17)))
        await interaction.response.send_message(view=view)

    robot.add_dynamic_items(Again)
    await robot.open()
    await ada.command("show")
    await ada.press(await ada.next_message(), "again:17")
    assert (await ada.next_message(after=1))["content"] == "again 17"


async def test_a_modal_brings_what_was_filled_in(robot: LibraryBot, ada: Member) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form())

    await robot.open()
    answer = await ada.command("paint")
    assert answer.modal["title"] == "Paint"
    upload = await ada.upload(picture())
    await ada.submit(answer, prompt="a cat", style=["oil"], files=[upload], agree=True)
    message = await ada.next_message()
    assert message["content"] == f"('a cat', ['oil'], [{len(picture())}]) True"
    assert message["interaction_metadata"]["triggering_interaction_metadata"]["name"] == "paint"


@pytest.mark.parametrize("prompt", ["", "x" * 21])
async def test_a_modal_is_not_sent_with_a_field_out_of_bounds(
    robot: LibraryBot, ada: Member, prompt: str
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form())

    await robot.open()
    answer = await ada.command("paint")
    with pytest.raises(Refused, match="1 to 20 characters"):
        await ada.submit(answer, prompt=prompt, files=[await ada.upload(picture())])


async def test_a_modal_opened_by_a_button_can_update_the_message(
    robot: LibraryBot, ada: Member
) -> None:
    class Ask(ui.Modal, title="Ask"):
        prompt = ui.TextInput(label="Prompt", custom_id="prompt")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.edit_message(content=self.prompt.value)

    class Opener(ui.View):
        @ui.button(label="Edit", custom_id="edit")
        async def edit(self, interaction: discord.Interaction, _: ui.Button) -> None:
            await interaction.response.send_modal(Ask())

    @robot.tree.command(description="Show")
    async def show(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("before", view=Opener())

    await robot.open()
    await ada.command("show")
    answer = await ada.press(await ada.next_message(), "edit")
    await ada.submit(answer, prompt="after")
    assert (await ada.next_message(after=1))["content"] == "after"


async def test_a_modal_can_not_answer_a_modal(robot: LibraryBot, ada: Member, place: Place) -> None:
    class Twice(ui.Modal, title="Twice"):
        prompt = ui.TextInput(label="Prompt", custom_id="prompt")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            with pytest.raises(discord.HTTPException, match="can not be answered with 9"):
                await interaction.response.send_modal(Twice())
            place.clock.advance(3)

    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Twice())

    await robot.open()
    answer = await ada.command("paint")
    with pytest.raises(Unanswered, match="did not respond"):
        await ada.submit(answer, prompt="x")
